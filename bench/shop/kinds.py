"""The skin types and product categories of a generated shop, with the Vietnamese words of each.

Every phrase of this wing was written for it.
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
        (
            "bóng nhờn hơn hẳn",
            "bí da, đổ dầu liên tục",
            "chưa tới trưa mặt đã loáng dầu",
        ),
    ),
    Skin(
        "da khô",
        ("cấp ẩm sâu", "khóa ẩm qua đêm", "hết bong tróc"),
        ("khô căng, bong tróc", "da khô ráp như giấy", "cười cũng thấy căng rát"),
    ),
    Skin(
        "da nhạy cảm",
        (
            "dịu nhẹ không kích ứng",
            "làm dịu vùng ửng đỏ",
            "không cồn, không hương liệu",
        ),
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
        (
            "lau một lần là sạch lớp trang điểm",
            "không cay mắt",
            "không để lại màng dầu",
        ),
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


def pick(choices: Sequence[str], die: int) -> str:
    """The choice on which a die of any number of sides falls."""
    return choices[die % len(choices)]
