"""Syllables of a Vietnamese word are joined; without the package there is one message."""

import pytest

from recsys.program.errors import ConfigError
from recsys.texts import segmentation
from tests.worlds import complains


def test_none_leaves_a_text_as_it_is() -> None:
    assert segmentation.load_segmenter("none")("kem  dưỡng ẩm") == "kem  dưỡng ẩm"
    assert segmentation.segmenter_id("none") == ""


def test_syllables_of_a_word_are_joined() -> None:
    pytest.importorskip(
        "underthesea",
        reason="word segmentation is an optional extra: pip install underthesea",
    )
    segment = segmentation.load_segmenter("underthesea")
    assert (
        segment("Bác sĩ có thể cứu bệnh nhân bị ung thư")
        == "Bác_sĩ có_thể cứu bệnh_nhân bị ung_thư"
    )
    assert segment("") == ""
    assert segmentation.segmenter_id("underthesea").startswith("underthesea-")


def test_a_segmenter_that_is_not_installed_is_a_config_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(segmentation.util, "find_spec", lambda _: None)
    with complains(ConfigError, "embed.segmenter", "pip install underthesea", "none"):
        segmentation.segmenter_id("underthesea")
