"""The words of a generated shop: invented brands, Vietnamese product texts and review comments.

Every phrase was written for this file. A comment is composed from parts, so that its stars, its
user's skin type and its product's category can be read from the text.
"""

from collections.abc import Sequence
from typing import NamedTuple


class Skin(NamedTuple):
    """One skin type: its name, what helps it (in product texts and praise), what harms it."""

    name: str
    benefits: tuple[str, ...]
    harms: tuple[str, ...]


class Category(NamedTuple):
    """One kind of product: name, capacities from small to large, price of the smallest in dong."""

    name: str
    capacities: tuple[str, ...]
    price: int
    effects: tuple[str, ...]
    flaws: tuple[str, ...]


SKINS = (
    Skin(
        "da dầu",
        ("kiềm dầu suốt ngày", "giảm bóng nhờn", "thông thoáng lỗ chân lông"),
        ("bóng nhờn hơn hẳn", "bí da, đổ dầu liên tục", "chưa tới trưa mặt đã loáng dầu"),
    ),
    Skin(
        "da khô",
        ("cấp ẩm sâu", "khóa ẩm qua đêm", "hết bong tróc"),
        ("khô căng, bong tróc", "da khô ráp như giấy", "cười cũng thấy căng rát"),
    ),
    Skin(
        "da nhạy cảm",
        ("dịu nhẹ không kích ứng", "làm dịu vùng ửng đỏ", "không cồn, không hương liệu"),
        ("đỏ rát cả mặt", "châm chích khó chịu", "nổi mẩn ngứa sau hai hôm"),
    ),
    Skin(
        "da hỗn hợp",
        ("cân bằng vùng chữ T", "ẩm má mà không nhờn trán", "điều hòa dầu và nước"),
        (
            "trán thì nhờn, má thì khô",
            "vùng chữ T đổ dầu nhiều hơn",
            "da lúc khô lúc nhờn, rất khó chịu",
        ),
    ),
    Skin(
        "da mụn",
        ("giảm sưng nốt mụn", "gom cồi mụn nhanh", "ngừa mụn ẩn quay lại"),
        ("lên thêm mụn ẩn", "mụn sưng to hơn", "nổi một loạt mụn ở cằm"),
    ),
    Skin(
        "da thường",
        ("giữ da mềm mịn", "da sáng khỏe tự nhiên", "nuôi dưỡng hằng ngày"),
        ("da xỉn đi thấy rõ", "da sần sùi hơn trước", "bôi xong da cứ nằng nặng"),
    ),
)

CATEGORIES = (
    Category(
        "Kem chống nắng",
        ("30ml", "50ml", "70ml"),
        185_000,
        ("nâng tông nhẹ", "tán nhanh, ráo mặt", "đi nắng cả ngày không cháy"),
        ("vón cục", "trôi hết khi ra mồ hôi"),
    ),
    Category(
        "Sữa rửa mặt",
        ("100ml", "150ml", "300ml"),
        120_000,
        ("bọt mịn", "rửa xong sạch mà không kin kít", "mặt sạch thoáng"),
        ("rửa không sạch", "mùi xà phòng nồng"),
    ),
    Category(
        "Nước tẩy trang",
        ("150ml", "250ml", "500ml"),
        110_000,
        ("lau một lần là sạch lớp trang điểm", "không cay mắt", "không để lại màng dầu"),
        ("lau mãi không sạch", "cay xè mắt"),
    ),
    Category(
        "Nước hoa hồng",
        ("120ml", "180ml", "250ml"),
        150_000,
        ("thấm nhanh", "vỗ vài cái là da căng", "mùi thoảng rất thư giãn"),
        ("đổ ra toàn mùi cồn", "thấm không vào"),
    ),
    Category(
        "Tinh chất",
        ("15ml", "30ml", "50ml"),
        260_000,
        ("mờ thâm sau một tháng", "chất lỏng nhẹ như nước", "da bóng khỏe dần lên"),
        ("dính như keo", "dùng hết chai không thấy gì"),
    ),
    Category(
        "Kem dưỡng ẩm",
        ("30ml", "50ml", "80ml"),
        210_000,
        ("sáng dậy da căng mềm", "kem xốp, dễ tán", "lớp nền hôm sau mịn hơn"),
        ("bết, khó tán", "kem tách nước"),
    ),
    Category(
        "Mặt nạ",
        ("1 miếng", "5 miếng", "10 miếng"),
        25_000,
        ("miếng ôm sát mặt", "nhiều dưỡng chất", "đắp xong da sáng liền"),
        ("miếng giấy cứng", "khô queo sau năm phút"),
    ),
    Category(
        "Son dưỡng",
        ("3g", "4g", "5g"),
        70_000,
        ("môi mềm cả ngày", "lên màu hồng nhẹ", "không dính tóc"),
        ("son chảy nhão", "mùi sáp khó ngửi"),
    ),
    Category(
        "Tẩy tế bào chết",
        ("60ml", "100ml", "200ml"),
        95_000,
        ("hạt nhỏ không rát", "da nhẵn ngay lần đầu", "sạch sừng ở cánh mũi"),
        ("hạt sắc cào da", "chà mãi không ra gì"),
    ),
    Category(
        "Xịt khoáng",
        ("50ml", "150ml", "300ml"),
        90_000,
        ("hạt sương li ti", "mát mặt ngày nóng", "giữ lớp nền tươi"),
        ("vòi xịt bị tắc", "tia nước to, ướt tóc"),
    ),
    Category(
        "Sữa tắm",
        ("250ml", "500ml", "900ml"),
        105_000,
        ("thơm lâu", "tắm xong người mịn", "bọt nhiều, dễ xả"),
        ("mùi gắt", "nhớt, xả mãi không hết"),
    ),
    Category(
        "Sữa dưỡng thể",
        ("150ml", "250ml", "400ml"),
        135_000,
        ("da tay chân mềm hẳn", "thấm nhanh không rít", "thơm nhẹ lên áo"),
        ("bết vào quần áo", "mùi để lâu bị chua"),
    ),
    Category(
        "Kem mắt",
        ("10ml", "15ml", "25ml"),
        240_000,
        ("đỡ quầng thâm", "vùng mắt đỡ nhăn", "dịu, không nổi hạt"),
        ("nổi hạt thịt li ti", "bôi cay mắt"),
    ),
    Category(
        "Phấn nước",
        ("12g", "15g", "20g"),
        290_000,
        ("che phủ tự nhiên", "bền màu đến chiều", "tiệp tông da"),
        ("xuống tông xám xịt", "mốc nền ở cánh mũi"),
    ),
)

BRAND_HEADS = (
    "Zuve",
    "Morva",
    "Quenvi",
    "Thilu",
    "Naora",
    "Velku",
    "Sanhé",
    "Lirvo",
    "Mianu",
    "Kovy",
    "Duyra",
    "Faelo",
    "Ruvi",
    "Tosha",
    "Ébany",
    "Hazu",
    "Ocli",
    "Pinra",
    "Gavy",
    "Yvemo",
)
BRAND_TAILS = (
    "lia",
    "ren",
    "mys",
    "thô",
    "vane",
    "nori",
    "dell",
    "quy",
    "sắc",
    "mộc",
    "kinh",
    "tora",
    "phúc",
    "belle",
    "zan",
    "luna",
    "vị",
    "chi",
    "rosé",
    "tâm",
)
BRANDS = len(BRAND_HEADS) * len(BRAND_TAILS)  # distinct names that can be made
ORIGINS = ("Việt Nam", "Hàn Quốc", "Nhật Bản", "Pháp", "Thái Lan", "Mỹ", "Đức")
ACTIVES = (
    "rau má",
    "tràm trà",
    "nghệ tươi",
    "lá trà xanh",
    "hoa cúc",
    "yến mạch",
    "vỏ bưởi",
    "hạt gấc",
    "niacinamide",
    "hyaluronic acid",
    "vitamin C",
    "ceramide",
    "salicylic acid",
    "panthenol",
    "squalane",
    "tinh dầu sả",
)
DESIGNS = ("chai có vòi nhấn", "tuýp nắp bật", "hũ thủy tinh", "chai nhựa tái chế", "hộp giấy cứng")
EXPIRIES = (
    "24 tháng kể từ ngày sản xuất",
    "36 tháng kể từ ngày sản xuất",
    "12 tháng sau khi mở nắp",
)
ALL_SKINS = "mọi loại da"
BLURBS = (
    "Kết cấu mỏng, hợp với thời tiết nóng ẩm.",
    "Công thức được rút gọn để người mới cũng dễ dùng.",
    "Dùng sáng và tối, mỗi lần một lượng vừa đủ.",
    "Nên thử ở vùng da nhỏ trước khi dùng lần đầu.",
    "Bao bì gọn, tiện mang theo khi đi xa.",
    "Bảo quản nơi khô mát, tránh ánh nắng trực tiếp.",
    "Hương thơm nhẹ, tan đi sau vài phút.",
    "Sản phẩm không thử nghiệm trên động vật.",
)

SHORT_PRAISE = (
    "Tốt",
    "ok shop",
    "Rất thích",
    "Sản phẩm tốt",
    "đáng tiền",
    "Hàng chuẩn, sẽ ủng hộ tiếp",
    "quá ổn luôn",
    "Mê",
    "Tuyệt vời",
    "dùng ok",
    "Giao nhanh, đóng gói kỹ",
    "Chưa dùng nhưng giao hàng nhanh",
)
SHORT_MIXED = (
    "Tạm được",
    "bình thường",
    "Cũng thường thôi",
    "không đặc sắc",
    "Chưa thấy hiệu quả",
    "tàm tạm",
)
SHORT_BLAME = (
    "Thất vọng",
    "Không hợp",
    "tệ",
    "Phí tiền",
    "Sẽ không mua lại",
    "dở quá",
    "Không như quảng cáo",
)
PRAISE_OPENERS = (
    "Mình rất thích",
    "Em này dùng thích lắm,",
    "Mua lần thứ hai rồi,",
    "Ưng cực kỳ",
    "Được bạn giới thiệu mua thử",
    "Săn đúng đợt giảm giá nên hốt ngay",
    "Cả nhà mình đều dùng",
    "Lâu lắm mới gặp được",
    "Không hối hận khi mua",
    "Đợt này mình đổi sang",
)
MIXED_OPENERS = (
    "Cũng muốn thích",
    "Dùng được nửa tháng",
    "Đọc khen nhiều nên mua",
    "Chắc mình kỳ vọng hơi cao ở",
    "Không chê hẳn nhưng",
)
BLAME_OPENERS = (
    "Rất thất vọng về",
    "Không hiểu sao nhiều người khen",
    "Lần đầu và lần cuối mua",
    "Phí tiền cho",
    "Buồn với",
)
PRAISE_ENDS = (
    "Sẽ mua lại.",
    "Giá này là quá hời.",
    "Shop tư vấn nhiệt tình.",
    "Mọi người nên thử!",
    "10 điểm!",
    "Giao hàng nhanh, gói kỹ.",
    "Hết chai này mua tiếp.",
    "Cảm ơn shop nhiều nha.",
    'Mình chấm "đỉnh".',
)
MIXED_ENDS = (
    "Chắc không mua lại.",
    "Dùng cho hết rồi đổi.",
    "Giá hơi cao so với chất lượng.",
    "Để xem thêm, nhưng hơi tiếc.",
)
BLAME_ENDS = (
    "Không bao giờ mua lại.",
    "Đem cho người khác rồi.",
    "Mọi người cân nhắc kỹ.",
    "Xin trả hàng mà shop không nhận.",
    'Quảng cáo "thần kỳ" mà vậy đó.',
)
SMALL_COMPLAINTS = (
    "chỉ tiếc là giá hơi cao",
    "trừ một sao vì giao chậm",
    "mùi hơi nồng một chút",
    "nắp hơi khó mở",
)
HAPPY_MARKS = (" 😍", " ❤️❤️", " 👍", " 🥰", "!!!", " :))", " nha")
SAD_MARKS = (" 😞", " 😡", " 👎", "...", " huhu", " :(", " nhé")

COMMENT_DICE = 10  # random integers that one comment consumes
PRODUCT_DICE = 8  # and that one product family's texts consume
EMPTY, SHORT, MEDIUM = 12, 38, 78  # percent limits of the comment lengths; the rest is long


def brand_names(count: int) -> list[str]:
    """The first `count` of BRANDS invented one-word brands; ValueError beyond them."""
    if count > BRANDS:
        raise ValueError(f"{count} brands asked, {BRANDS} can be named")
    return [BRAND_HEADS[i % 20] + BRAND_TAILS[(i + i // 20) * 7 % 20] for i in range(count)]


class ProductTexts(NamedTuple):
    """What a product's page says; `description` is lower case, as a cleaned export is."""

    name: str
    description: str
    ingredient: str
    feature: str
    skin_type: str
    capacity: str


def describe(
    category: Category,
    brand: str,
    origin: str,
    skins: Sequence[Skin],
    variant: int,
    dice: Sequence[int],
) -> ProductTexts:
    """The texts of one product for `skins`.

    `variant`: 0 the product itself, 1 two of it, 2 a larger capacity. `dice`: PRODUCT_DICE
    non-negative random integers, equal within a family.
    """
    benefit = _pick(skins[0].benefits, dice[0])
    target = ALL_SKINS if len(skins) == len(SKINS) else ", ".join(skin.name for skin in skins)
    capacity = category.capacities[dice[1] % 2 + (variant == 2)]
    active, second = _pick(ACTIVES, dice[2]), _pick(ACTIVES, dice[2] + 1 + dice[3] % 5)
    name = f"{category.name} {brand} {active} {benefit} cho {target}".title() + f" {capacity}"
    features = [benefit, _pick(category.effects, dice[4])]
    features += [_pick(skin.benefits, dice[5]) for skin in skins[:2]]
    description = [
        f"{category.name} {brand} đến từ {origin}, dành cho {target}.",
        f"Thành phần chính là {active} và {second}, giúp {benefit}; {brand} giữ riêng công thức này.",
        f"Điểm được yêu thích: {', '.join(dict.fromkeys(features[1:]))}.",
        f"Dùng cùng các sản phẩm {brand} khác để thấy rõ hiệu quả.",
        _pick(BLURBS, dice[6]),
        _pick(BLURBS, dice[6] + 1 + dice[7] % 7),
    ]
    if variant == 1:
        name, capacity = f"Combo 2 {name}", f"2 x {capacity}"
        description.insert(0, "Bộ hai sản phẩm tiết kiệm hơn mua lẻ.")
    return ProductTexts(
        name,
        " ".join(description).lower(),
        f"Nước tinh khiết, {active}, {second}, glycerin",
        "; ".join(dict.fromkeys(features)),
        target.replace(", ", "|"),
        capacity,
    )


def compose(stars: int, mismatch: bool, skin: Skin, category: Category, dice: Sequence[int]) -> str:
    """One review comment, possibly empty, that agrees with `stars` (1 to 5).

    `mismatch`: a dislike blames the user's skin type rather than the product. `dice`: COMMENT_DICE
    non-negative random integers, the only source of chance.
    """
    length = dice[0] % 100
    if length < EMPTY:
        return ""
    short, openers, ends, marks = _voice(stars)
    if length < SHORT:
        return _finish(_pick(short, dice[1]), marks, dice)
    name = category.name.lower() if dice[2] % 3 else "em " + category.name
    first = f"{_pick(openers, dice[3])} {name} này"
    parts = [f"{first}, {_reason(stars, mismatch, skin, category, dice)}"]
    if stars == 4:
        parts[0] += f", {_pick(SMALL_COMPLAINTS, dice[4])}"
    if length >= MEDIUM:
        parts += [_detail(stars, skin, category, dice), _pick(ends, dice[5])]
    elif dice[6] % 2:
        parts.append(_pick(ends, dice[5]))
    separator = (
        "\n"
        if dice[7] % 8 == 0
        else ". "
        if length < MEDIUM
        else ".\n"
        if dice[7] % 8 == 1
        else ". "
    )
    return _finish(separator.join(part.rstrip(".") for part in parts), marks, dice)


def _pick(choices: Sequence[str], die: int) -> str:
    return choices[die % len(choices)]


def _voice(stars: int) -> tuple[Sequence[str], ...]:
    """Short comments, openers, endings and marks for that many stars."""
    if stars >= 4:
        return SHORT_PRAISE, PRAISE_OPENERS, PRAISE_ENDS, HAPPY_MARKS
    if stars == 3:
        return SHORT_MIXED, MIXED_OPENERS, MIXED_ENDS, SAD_MARKS
    return SHORT_BLAME, BLAME_OPENERS, BLAME_ENDS, SAD_MARKS


def _reason(stars: int, mismatch: bool, skin: Skin, category: Category, dice: Sequence[int]) -> str:
    forms: tuple[str, ...]
    if stars >= 4:
        forms = (
            "{effect}, {skin} dùng rất hợp",
            "mình {skin} mà dùng thấy {benefit}",
            "{effect}, {benefit}",
            "{benefit}, hợp với {skin}",
        )
    elif mismatch:
        forms = (
            "không hợp với {skin} của mình, {harm}",
            "mình {skin} dùng vào {harm}",
            "{harm}, ai {skin} nên tránh",
        )
    else:
        forms = (
            "chất lượng kém, {flaw}",
            "{flaw}, không đáng tiền",
            "hàng kém hơn mình nghĩ: {flaw}",
        )
    return _pick(forms, dice[8]).format(
        skin=skin.name,
        effect=_pick(category.effects, dice[9]),
        benefit=_pick(skin.benefits, dice[4]),
        harm=_pick(skin.harms, dice[9]),
        flaw=_pick(category.flaws, dice[9]),
    )


def _detail(stars: int, skin: Skin, category: Category, dice: Sequence[int]) -> str:
    weeks = 1 + dice[1] % 8
    if stars >= 4:
        effect, benefit = _pick(category.effects, dice[2]), _pick(skin.benefits, dice[6])
        return f"Mình dùng được {weeks} tuần, {effect}, da thì {benefit}"
    if stars == 3:
        return f"Sau {weeks} tuần chưa thấy khác gì, {_pick(category.flaws, dice[2])}"
    return f"Mới {weeks} tuần đã phải ngưng, {_pick(category.flaws, dice[2])}, {_pick(skin.harms, dice[6])}"


def _finish(text: str, marks: Sequence[str], dice: Sequence[int]) -> str:
    """`text` with a user's habits: an emoji, capitals, stray spaces."""
    habit = dice[0] // 100 % 100
    if habit < 25:
        text += _pick(marks, dice[6] // 7)
    if habit % 33 == 1:
        text = text.upper()
    return f" {text} " if habit % 25 == 2 else text
