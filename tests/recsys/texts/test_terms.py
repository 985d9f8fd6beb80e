"""Terms are words and pairs; runs of characters where a script puts no spaces."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recsys.texts.lexical import lexical
from recsys.texts.terms import terms


def test_words_and_pairs() -> None:
    assert terms("Kem dưỡng ẨM!") == ["kem", "dưỡng", "ẩm", "kem dưỡng", "dưỡng ẩm"]
    assert terms("!! ?") == []


def test_runs_of_characters_where_there_are_no_spaces() -> None:
    assert terms("口紅 SPF") == ["口", "紅", "口紅", "spf"]
    assert terms("กขค") == ["ก", "ข", "ค", "กข", "ขค", "กขค"]


def test_a_letter_keeps_its_marks() -> None:
    assert terms("กี่ข") == ["กี่", "ข", "กี่ข"]
    assert terms("क्रीम") == ["क्रीम"]


@pytest.mark.parametrize(
    "word",
    ["ke\u0301m", "كَرِيم", "שָׁלוֹם", "क्रीम", "á̂", "\U00011305\U0001133c", "x²", "a_1"],
)
def test_a_mark_does_not_cut_a_word_in_any_script(word: str) -> None:
    assert terms(word) == [word]


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(st.text(max_size=30) | st.text("ab ẩe\u0301\u0e31\u0947_1!ก紅", max_size=12))
def test_a_text_with_spaces_has_the_words_that_it_has_beside_others(text: str) -> None:
    words = [one for one in terms(text) if " " not in one]
    beside = [one for one in terms(f"{text} 紅") if " " not in one]
    assert [*words, "紅"] == beside


# a soap and two creams in scripts and languages of the world
TEXTS = {
    "Thai": ("ครีมบำรุงผิวหน้า", "ครีมบำรุงผิวกาย", "สบู่ล้างมือ"),
    "Chinese": ("保湿面霜补水", "保湿面霜滋润", "洗手香皂"),
    "Japanese": ("保湿クリーム顔用", "保湿クリーム体用", "せっけんハンド"),
    "Khmer": ("ក្រែមលាបមុខ", "ក្រែមលាបខ្លួន", "សាប៊ូដុសដៃ"),
    "Lao": ("ຄີມທາໜ້າ", "ຄີມທາຕົວ", "ສະບູລ້າງມື"),
    "Burmese": ("မျက်နှာလိမ်းခရင်မ်", "ကိုယ်လိမ်းခရင်မ်", "ဆပ်ပြာ"),
    "Tibetan": ("གདོང་བྱུག་སྣུམ", "ལུས་བྱུག་སྣུམ", "ཡིས་ཙི"),
    "Hindi": ("चेहरे की क्रीम", "शरीर की क्रीम", "हाथ का साबुन"),
    "Korean": ("얼굴 크림 보습", "바디 크림 보습", "손 비누"),
    "Arabic": ("كريم مرطب للوجه", "كريم مرطب للجسم", "صابون اليدين"),
    "Vietnamese": ("kem dưỡng da mặt", "kem dưỡng toàn thân", "xà phòng rửa tay"),
}


@pytest.mark.parametrize("language", TEXTS)
def test_like_texts_have_like_vectors_in_any_script(language: str) -> None:
    cream, other, soap = TEXTS[language]
    vectors = lexical([cream, other, soap, f"{soap} 1", "x 1"], 4, 42)
    assert vectors[:4].any(axis=1).all()
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] + 0.3


@settings(max_examples=100, deadline=None, derandomize=True, database=None)
@given(st.text(max_size=30))
def test_any_text_has_terms_if_it_has_a_letter(text: str) -> None:
    found = terms(text)
    assert found == terms(text)
    has_letter = any(letter.isalnum() for letter in text.lower())
    assert bool(found) >= has_letter
