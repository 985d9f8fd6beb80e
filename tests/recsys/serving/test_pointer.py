"""releases/current: an id, or a refusal."""

from pathlib import Path

import pytest

from recsys.program.errors import DataError
from recsys.serving import pointer
from tests.worlds import complains


def test_nothing_is_published_yet(tmp_path: Path) -> None:
    assert pointer.current(tmp_path) is None


def test_what_was_switched_to_is_current(tmp_path: Path) -> None:
    for model_id in ("als-0123456789ab", "bpr-ba9876543210"):
        pointer.switch(tmp_path, model_id)
        assert pointer.current(tmp_path) == model_id
    assert [path.name for path in tmp_path.iterdir()] == ["current"]


@pytest.mark.parametrize(
    "content", [b"", b"\xff", b"../../etc", b"als-0123456789ab/../..", b"x" * 9999]
)
def test_a_pointer_that_names_no_model_is_refused(
    tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "current").write_bytes(content)
    with complains(DataError, "current", "promote"):
        pointer.current(tmp_path)


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("als-0123456789ab")
    (tmp_path / "current").symlink_to(tmp_path / "elsewhere")
    with complains(DataError, "current"):
        pointer.current(tmp_path)


# some of wordlists that are thrown at servers (big-list-of-naughty-strings, dotdotpwn)
HOSTILE = [
    *("", ".", "..", "/", "current", "../../etc/passwd", "/etc/passwd", "..\\..\\x"),
    *("als-0123456789ab/..", "als-0123456789ab\n", "als-0123456789ab\x00", "%2e%2e%2f"),
    *("ALS-0123456789AB", "als-0123456789a", "als-0123456789abc", "-0123456789ab"),
    *("$HOME", "`id`", "nil", "\u202eals-0123456789ab", "als-０１２３４５６７８９ab"),
]


@pytest.mark.parametrize("model_id", HOSTILE)
def test_what_is_no_id_never_becomes_a_folder(model_id: str) -> None:
    with complains(DataError, "not the id of a model"):
        pointer.check_id(model_id)
