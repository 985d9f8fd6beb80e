"""Spellings that are kept are those that a look at each would give."""

import hashlib
from pathlib import Path

import polars as pl
import pytest

from recsys.comments import spellings
from recsys.comments.spellings import hashes, spell

COMMENTS = pl.Series(["TỐT  lắm", "tốt lắm", "", "\u200b", "tốt lắm", "Tệ"])


def rows(table: pl.DataFrame) -> list[tuple[object, ...]]:
    return sorted(table.rows())


def test_each_spelling_stands_there_once_with_its_text() -> None:
    found = {row[0]: row[1:] for row in spell(COMMENTS, None).rows()}
    assert {comment: text for comment, (text, _, _) in found.items()} == {
        "TỐT  lắm": "tốt lắm",
        "tốt lắm": "tốt lắm",
        "Tệ": "tệ",
        "": "",
        "\u200b": "",
    }
    digest = hashlib.blake2b("tệ".encode(), digest_size=16).digest()
    high, low = (int.from_bytes(digest[at : at + 8], "little") for at in (0, 8))
    assert found["Tệ"] == ("tệ", high, low)
    assert hashes(pl.Series(["tệ"])).tolist() == [[high], [low]]
    assert len(spell(COMMENTS.head(0), None)) == 0


def test_what_is_kept_saves_the_look_and_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spellings, "FEWEST", 1)
    cache = tmp_path / "quality.bin"
    spell(COMMENTS, cache)
    looked: list[int] = []
    really = spellings.read_each

    def counted(new: pl.Series) -> pl.DataFrame:
        looked.append(len(new))
        return really(new)

    monkeypatch.setattr(spellings, "read_each", counted)
    more = pl.concat([COMMENTS, pl.Series(["mới"])])
    assert rows(spell(more, cache)) == rows(spell(more, None))
    assert rows(spell(more, cache)) == rows(spell(more, None))
    assert looked == [1, 6, 0, 6]
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["quality.spellings.arrow", "quality.spellings.json"]
    (tmp_path / names[0]).write_bytes(b"torn")
    assert rows(spell(more, cache)) == rows(spell(more, None))


def test_the_file_does_not_outgrow_the_comments(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spellings, "FEWEST", 1)
    cache = tmp_path / "quality.bin"
    sizes = []
    for first in (0, 1000, 2000):
        spell(
            pl.Series([f"comment {number + first:04}" for number in range(900)]), cache
        )
        sizes.append((tmp_path / "quality.spellings.arrow").stat().st_size)
    assert len(set(sizes)) == 1


def test_few_new_ones_are_not_worth_another_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spellings, "FEWEST", 100)
    cache = tmp_path / "quality.bin"
    many = pl.Series([f"comment {number}" for number in range(200)])
    spell(many.head(99), cache)
    assert not list(tmp_path.iterdir())
    spell(many.head(199), cache)
    kept = (tmp_path / "quality.spellings.arrow").read_bytes()
    spell(many, cache)
    assert (tmp_path / "quality.spellings.arrow").read_bytes() == kept


def test_another_normal_form_knows_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spellings, "FEWEST", 1)
    cache = tmp_path / "quality.bin"
    spell(COMMENTS, cache)
    assert spellings._read(cache) is not None
    monkeypatch.setattr(pl, "__version__", "another")
    assert spellings._read(cache) is None
