"""Vietnamese review comments of a generated shop, composed from parts.

The stars, the user's skin type and the product's category can be read from the text.
"""

from collections.abc import Sequence

from bench.shop.kinds import Category, Skin, pick

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
# Percent limits of the comment lengths; the rest is long.
EMPTY, SHORT, MEDIUM = 12, 38, 78


def compose(
    stars: int, mismatch: bool, skin: Skin, category: Category, dice: Sequence[int]
) -> str:
    """One review comment, possibly empty, that agrees with `stars` (1 to 5).

    `mismatch`: a dislike blames the user's skin type rather than the product. `dice`: COMMENT_DICE
    non-negative random integers, the only source of chance.
    """
    length = dice[0] % 100
    if length < EMPTY:
        return ""
    short, openers, ends, marks = voice(stars)
    if length < SHORT:
        return finish(pick(short, dice[1]), marks, dice)
    name = category.name.lower() if dice[2] % 3 else "em " + category.name
    first = f"{pick(openers, dice[3])} {name} này"
    parts = [f"{first}, {reason(stars, mismatch, skin, category, dice)}"]
    if stars == 4:
        parts[0] += f", {pick(SMALL_COMPLAINTS, dice[4])}"
    if length >= MEDIUM:
        parts += [detail(stars, skin, category, dice), pick(ends, dice[5])]
    elif dice[6] % 2:
        parts.append(pick(ends, dice[5]))
    separator = separator_of(length, dice[7] % 8)
    return finish(separator.join(part.rstrip(".") for part in parts), marks, dice)


def separator_of(length: int, die: int) -> str:
    """What stands between the sentences; some users begin a line with each."""
    if die == 0:
        return "\n"
    return ".\n" if die == 1 and length >= MEDIUM else ". "


def voice(stars: int) -> tuple[Sequence[str], ...]:
    """Short comments, openers, endings and marks for that many stars."""
    if stars >= 4:
        return SHORT_PRAISE, PRAISE_OPENERS, PRAISE_ENDS, HAPPY_MARKS
    if stars == 3:
        return SHORT_MIXED, MIXED_OPENERS, MIXED_ENDS, SAD_MARKS
    return SHORT_BLAME, BLAME_OPENERS, BLAME_ENDS, SAD_MARKS


def reason(
    stars: int, mismatch: bool, skin: Skin, category: Category, dice: Sequence[int]
) -> str:
    """Why the user likes or dislikes the product."""
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
    return pick(forms, dice[8]).format(
        skin=skin.name,
        effect=pick(category.effects, dice[9]),
        benefit=pick(skin.benefits, dice[4]),
        harm=pick(skin.harms, dice[9]),
        flaw=pick(category.flaws, dice[9]),
    )


def detail(stars: int, skin: Skin, category: Category, dice: Sequence[int]) -> str:
    """What a long comment tells beside the reason."""
    weeks = 1 + dice[1] % 8
    if stars >= 4:
        effect, benefit = pick(category.effects, dice[2]), pick(skin.benefits, dice[6])
        return f"Mình dùng được {weeks} tuần, {effect}, da thì {benefit}"
    if stars == 3:
        return f"Sau {weeks} tuần chưa thấy khác gì, {pick(category.flaws, dice[2])}"
    flaw, harm = pick(category.flaws, dice[2]), pick(skin.harms, dice[6])
    return f"Mới {weeks} tuần đã phải ngưng, {flaw}, {harm}"


def finish(text: str, marks: Sequence[str], dice: Sequence[int]) -> str:
    """`text` with a user's habits: an emoji, capitals, stray spaces."""
    habit = dice[0] // 100 % 100
    if habit < 25:
        text += pick(marks, dice[6] // 7)
    if habit % 33 == 1:
        text = text.upper()
    return f" {text} " if habit % 25 == 2 else text
