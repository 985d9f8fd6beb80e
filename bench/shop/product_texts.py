"""What the pages of a generated shop's products say: invented brands, Vietnamese texts."""

from collections.abc import Sequence
from typing import NamedTuple

from bench.shop.kinds import SKINS, Category, Skin, pick

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
DESIGNS = (
    "chai có vòi nhấn",
    "tuýp nắp bật",
    "hũ thủy tinh",
    "chai nhựa tái chế",
    "hộp giấy cứng",
)
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
PRODUCT_DICE = 8  # and that one product family's texts consume


def brand_names(count: int) -> list[str]:
    """The first `count` of BRANDS invented one-word brands; ValueError beyond them."""
    if count > BRANDS:
        raise ValueError(f"{count} brands asked, {BRANDS} can be named")
    return [
        BRAND_HEADS[i % 20] + BRAND_TAILS[(i + i // 20) * 7 % 20] for i in range(count)
    ]


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
    benefit = pick(skins[0].benefits, dice[0])
    target = (
        ALL_SKINS
        if len(skins) == len(SKINS)
        else ", ".join(skin.name for skin in skins)
    )
    capacity = category.capacities[dice[1] % 2 + (variant == 2)]
    active, second = pick(ACTIVES, dice[2]), pick(ACTIVES, dice[2] + 1 + dice[3] % 5)
    name = (
        f"{category.name} {brand} {active} {benefit} cho {target}".title()
        + f" {capacity}"
    )
    features = [benefit, pick(category.effects, dice[4])]
    features += [pick(skin.benefits, dice[5]) for skin in skins[:2]]
    description = [
        f"{category.name} {brand} đến từ {origin}, dành cho {target}.",
        f"Thành phần chính là {active} và {second}, giúp {benefit}; "
        f"{brand} giữ riêng công thức này.",
        f"Điểm được yêu thích: {', '.join(dict.fromkeys(features[1:]))}.",
        f"Dùng cùng các sản phẩm {brand} khác để thấy rõ hiệu quả.",
        pick(BLURBS, dice[6]),
        pick(BLURBS, dice[6] + 1 + dice[7] % 7),
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
