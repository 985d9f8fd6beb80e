"""What shops call their columns and events, the likeliest first; without case, accents, spaces and
marks.
"""

import re
import unicodedata
from collections.abc import Iterable


def _listed(names: str) -> tuple[str, ...]:
    return tuple(names.split())


USER = _listed(
    "userid user customerid customeremail customer visitorid memberid reviewerid buyerid clientid "
    "accountid email billingemail buyeremail commentauthoremail authoremail uid member reviewer "
    "buyer client visitor author username nickname kunde kundennummer kundennr kundenid khachhang "
    "makhachhang nguoidung utilisateur idclient cliente usuario sessionid usersession session "
    "sodienthoai dienthoai sdt phonenumber billingphone phone"
)
PRODUCT = _listed(
    "productid parentasin movieid itemid articleid asin productsku sku itemsku lineitemsku masku "
    "stockcode productcode itemcode bookid goodsid artistid trackid songid isbn product item movie "
    "article variantid commentpostid postid lineitemname artikelnummer artikelnr artikelid artikel "
    "produktid produkt masanpham masp mahang mahanghoa sanpham producto idproducto produit "
    "productname handle id"
)
# of products, orders, or lines of these
VAGUE = _listed("id item article artikel")
# of which a user has several
SESSION = _listed("sessionid usersession session visitorid visitor")
TIME = _listed(
    "timestamp createdat eventtime reviewtime unixreviewtime cmtdate commentdate reviewdate "
    "orderdate purchasedate purchasedat ordertime datetime date time processedat paidat ts "
    "updatedat datum zeit ngay ngaymua thoigian fecha commentdategmt"
)
RATING = _listed(
    "rating stars score overall reviewrating star rate note bewertung sterne danhgia sosao diem "
    "sao puntuacion calificacion valoracion avaliacao valutazione puan ocena hodnoceni points "
    "thumbs liked grade vote"
)
EVENT = _listed(
    "event eventtype action behavior behaviortype behaviour activity interaction interactiontype "
    "eventname sukien"
)
TEXT = _listed(
    "title reviewtitle summary reviewsummary comment reviewtext text review body reviewbody "
    "content commentcontent bemerkung kommentar nhanxet binhluan noidung comentario commentaire "
    "feedback message notes note"
)
PRODUCT_NAME = _listed(
    "productname producttitle itemname lineitemname movietitle tensanpham"
)
NAME = _listed(
    "productname title name producttitle itemname movietitle bezeichnung tensanpham tenhang "
    "tenhanghoa ten"
)
BRAND = _listed(
    "brand vendor store maker manufacturer marke hersteller thuonghieu nhanhieu publisher"
)
TYPE = _listed(
    "type category producttype maincategory productcategory categories kategorie genres loai "
    "loaisanpham nhomhang danhmuc"
)
PRICE = _listed(
    "price variantprice saleprice regularprice preis gia giaban giabanle dongia precio prix"
)
# numbers that are no ratings, as words of a name
COUNT = _listed(
    "quantity qty count amount number num no nr id code units pieces items total subtotal price "
    "cost discount tax fee weight size age day days week weekday month hour hours year soluong sl "
    "menge anzahl stueck cantidad quantidade quantite nombre quantita adet ilosc aantal"
)

CHANGED = _listed(
    "updatedat modifiedat changedat lastupdated lastmodified lastmodifiedat updated modified "
    "changed updatetime modifiedon updatedon datemodified geaendertam ngaycapnhat"
)
COUNTED = _listed(
    "id rowid reviewid ratingid eventid orderid orderitemid lineitemid interactionid purchaseid "
    "commentid transactionid seq sequence number nr"
)

ORDER = _listed(
    "orderid ordernumber orderno ordernr order invoiceid invoicenumber invoiceno invoice basketid "
    "cartid transactionid orderitemid madonhang madon sohoadon bestellnummer bestellnr bestellid "
    "pedido idpedido commande numerocommande"
)

EVENT_WEIGHTS = {
    "view": 0.2,
    "pageview": 0.2,
    "productview": 0.2,
    "detail": 0.2,
    "pv": 0.2,
    "click": 0.2,
    "wishlist": 0.4,
    "addtowishlist": 0.4,
    "favorite": 0.4,
    "fav": 0.4,
    "like": 0.4,
    "cart": 0.5,
    "addtocart": 0.5,
    "basket": 0.5,
    "checkout": 0.7,
    "purchase": 1.0,
    "buy": 1.0,
    "order": 1.0,
    "transaction": 1.0,
    "sale": 1.0,
    "removefromcart": 0.0,
    "search": 0.0,
    "return": -0.5,
    "refund": -0.5,
    "dislike": -1.0,
}


# orders that came to nothing
UNDONE = _listed(
    "cancelled canceled cancellation refunded refund returned voided failed chargeback declined "
    "void rejected denied abandoned expired abgelehnt rechazado rechazada refusee "
    "storniert stornierung retourniert erstattet zurueckgegeben zurueckgesendet zurueckerstattet "
    "annule annulee rembourse remboursee retourne retournee cancelado cancelada anulado anulada "
    "devuelto devuelta devolvido reembolsado reembolsada annullato rimborsato restituito "
    "geannuleerd terugbetaald geretourneerd anulowane zwrocone iptal iade "
    "dahuy huy huydon hoantien hoanhang trahang chuyenhoan doitra thatbai khongnhan boomhang "
    "bomhang khongthanhcong giaokhongthanhcong undelivered undeliverable storno rueckerstattet "
    "anulowano dibatalkan отменен отменено 已取消 已退款 キャンセル"
)
# columns that say how far an order is, and the words by which it is on its way or there
STATUS = _listed(
    "status orderstatus statusname orderstate paymentstatus financialstatus fulfillmentstatus "
    "shippingstatus deliverystatus shipmentstatus trangthai trangthaidonhang tinhtrang "
    "tinhtrangdonhang statut statutcommande estadopedido estadodelpedido bestellstatus "
    "lieferstatus zahlungsstatus statoordine durum siparisdurumu stav статус"
)
DONE = _listed(
    "completed complete paid delivered shipped fulfilled processing processed confirmed approved "
    "success successful succeeded done finished pending hold onhold open new active received sent "
    "invoiced partial partially unfulfilled authorized captured settled ok accepted dispatched "
    "transit ready packed picked purchased placed ordered valid verified "
    "hoanthanh dagiao dathanhtoan danggiao dangxuly xacnhan daxacnhan choxacnhan chothanhtoan "
    "thanhcong vanchuyen giaohang danhanhang danhan moi "
    "bezahlt versendet versandt geliefert zugestellt abgeschlossen erledigt offen bestaetigt "
    "paye payee livre livree expedie expediee termine terminee confirme confirmee encours "
    "pagado pagada enviado enviada entregado entregada completado completada confirmado pendiente "
    "pago pagato spedito consegnato completato"
)
NAMES_TOO = {
    "huy"
}  # of people, too, where they stand without their accent in other words
LONGEST = 3  # words of such a word: hoan tien
# what stands in a column of such marks, and where nothing is marked
YES = _listed("yes y true t 1 x co ja oui si sim tak evet")
NO = _listed("no n false f none null nan na nein non nao khong")
# what customers think of a product, in words: for it, and against it
FOR = _listed(
    "up thumbsup like likes liked love loved positive good great happy satisfied recommended gut "
    "positiv zufrieden empfohlen bon bonne positif bueno positivo bom recomendado tot tichcuc "
    "thich hailong"
)
AGAINST = _listed(
    "down thumbsdown dislike dislikes disliked hate hated negative bad poor unhappy unsatisfied "
    "dissatisfied notrecommended schlecht negativ unzufrieden nichtempfohlen mauvais mauvaise "
    "negatif malo negativo ruim norecomendado te xau tieucuc khongtot khongthich khonghailong"
)
# columns that say it by yes or no
OPINION = _listed(
    "recommended isrecommended recommend recommends wouldrecommend willrecommend votedup upvoted "
    "thumbsup thumbup thumb thumbs liked isliked like satisfied issatisfied positive ispositive "
    "empfohlen weiterempfehlung weiterempfohlen recommande recomendado recomienda hailong thich"
)
# how many, and for how much; below 0 for goods that came back
BOUGHT = _listed(
    "quantity qty units soluong sl menge anzahl cantidad quantidade quantite quantita adet ilosc "
    "aantal price unitprice total amount subtotal thanhtien tongtien dongia"
)
TAKEN_OFF = _listed(
    "discount discounts tax taxes fee fees shipping adjustment giamgia giam chietkhau thue phi "
    "rabatt"
)

_LETTERS = str.maketrans({"đ": "d", "ø": "o", "ł": "l", "ı": "i", "æ": "ae", "œ": "oe"})
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})


def composed(text: str) -> str:
    """The text with each accent in one with its letter (NFC), as keyboards write it."""
    return unicodedata.normalize("NFC", text)


def bare(name: str) -> str:
    """A name without case, accents, spaces and marks: danhgia for `Đánh giá`."""
    letters = unicodedata.normalize("NFKD", name).casefold().translate(_LETTERS)
    return "".join(letter for letter in letters if letter.isalnum())


def spellings(name: str) -> tuple[str, ...]:
    """The ways to write a name bare: `Geändert` as geandert, and as geaendert."""
    whole = composed(name).casefold()
    return tuple(dict.fromkeys((bare(name), bare(whole.translate(_UMLAUTS)))))


def by_name(columns: Iterable[str]) -> dict[str, str]:
    """The columns by their bare names; of two with one name the first."""
    found: dict[str, str] = {}
    for column in columns:
        for name in spellings(column):
            found.setdefault(name, column)
    return found


def parts_of(text: str) -> list[str]:
    """The words of a text or name in small letters, with their accents: `lineItem_nr` has three."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", composed(text))
    return [part for part in re.split(r"[\W_]+", apart.casefold()) if part]


def is_undone(status: str, *, is_text: bool = False) -> bool:
    """Whether a status says that an order came to nothing, in any of its words; a text has to be
    the word alone.
    """
    return _says(status, UNDONE, is_text=is_text)


def is_done(status: str) -> bool:
    """Whether a status says that an order is on its way, or there."""
    return _says(status, DONE)


def _says(status: str, names: tuple[str, ...], *, is_text: bool = False) -> bool:
    """Whether a status is one of these names, or has one in its words."""
    if not set(spellings(status)).isdisjoint(names):
        return True
    parts = [] if is_text else parts_of(status)
    runs = [
        "".join(parts[at : at + length])
        for at in range(len(parts))
        for length in range(1, LONGEST + 1)
    ]
    return any(
        not set(spellings(run)).isdisjoint(names)
        for run in runs
        if run not in NAMES_TOO
    )
