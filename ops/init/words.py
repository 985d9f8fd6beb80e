"""What shops call their columns and events, the likeliest first; without case, spaces and marks."""


def _listed(names: str) -> tuple[str, ...]:
    return tuple(names.split())


USER = _listed(
    "userid user customerid customeremail customer visitorid memberid reviewerid buyerid clientid "
    "accountid email commentauthoremail authoremail uid member reviewer buyer client visitor "
    "author username nickname kunde kundennummer kundennr kundenid khachhang makhachhang nguoidung "
    "utilisateur idclient cliente usuario sessionid usersession session"
)
PRODUCT = _listed(
    "productid parentasin movieid itemid articleid asin productsku sku lineitemsku bookid goodsid "
    "isbn product item movie article variantid commentpostid postid lineitemname artikelnummer "
    "artikelnr artikelid artikel produktid produkt masanpham masp sanpham producto idproducto "
    "produit productname handle id"
)
TIME = _listed(
    "timestamp createdat eventtime reviewtime unixreviewtime cmtdate commentdate reviewdate "
    "orderdate purchasedate purchasedat ordertime datetime date time processedat paidat ts "
    "updatedat datum zeit ngay ngaymua thoigian fecha commentdategmt"
)
RATING = _listed(
    "rating stars score overall reviewrating star rate note bewertung sterne danhgia sosao diem "
    "puntuacion calificacion points thumbs liked grade vote"
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
    "productname title name producttitle itemname movietitle bezeichnung ten"
)
BRAND = _listed(
    "brand vendor store maker manufacturer marke hersteller thuonghieu publisher"
)
TYPE = _listed(
    "type category producttype maincategory productcategory kategorie genres loai"
)
PRICE = _listed("price variantprice saleprice regularprice preis gia precio prix")

CHANGED = _listed(
    "updatedat modifiedat changedat lastupdated lastmodified lastmodifiedat updated modified "
    "changed updatetime modifiedon updatedon datemodified geaendertam ngaycapnhat"
)
COUNTED = _listed(
    "id rowid reviewid ratingid eventid orderid orderitemid lineitemid interactionid purchaseid "
    "commentid transactionid seq sequence number nr"
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
    "cancelled canceled refunded returned voided failed chargeback declined storniert retourniert "
    "annule annulee rembourse cancelado devuelto dahuy huy hoantien trahang"
)


def bare(name: str) -> str:
    """A name without case, spaces and marks."""
    return "".join(letter for letter in name.lower() if letter.isalnum())
