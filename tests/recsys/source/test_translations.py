"""Translations are kept by what they are made of: speed, never results."""

from pathlib import Path

import pytest

from recsys.program.errors import DataError
from recsys.source.translations import Translations
from tests.recsys.source.mapping import interactions
from tests.worlds import complains

CONTENT = "user,item,stars,when,note\nu1,p1,5,2024-01-01,a\nu2,p1\n"


def csv_of(made: Translations) -> bytes:
    with made.of("a.csv", interactions()).account.source.open() as handle:
        return handle.read()


@pytest.fixture
def made(tmp_path: Path) -> Translations:
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw/a.csv").write_text(CONTENT)
    return Translations(tmp_path / "raw", tmp_path / "kept")


def test_what_is_kept_is_what_would_be_made(made: Translations) -> None:
    first = made.of("a.csv", interactions())
    again = made.of("a.csv", interactions())
    assert len(list(made.folder.iterdir())) == 2
    assert (again.counts, again.names) == (first.counts, first.names)
    assert again.account.source.form == first.account.source.form
    assert again.account.sha256 == first.account.sha256


@pytest.mark.parametrize("damage", [b"", b"user_id\n"])
def test_what_is_torn_is_made_anew(made: Translations, damage: bytes) -> None:
    right = csv_of(made)
    for path in made.folder.glob("*.csv"):
        path.write_bytes(damage)
    assert csv_of(made) == right
    for path in made.folder.glob("*.json"):
        path.write_bytes(damage)
    assert csv_of(made) == right


def test_another_file_or_mapping_is_another_translation(made: Translations) -> None:
    forms = {made.of("a.csv", interactions()).account.source.form}
    forms.add(made.of("a.csv", interactions(text=[])).account.source.form)
    (made.raw / "a.csv").write_text(CONTENT + "u3,p1,5,2024-01-01,b\n")
    forms.add(made.of("a.csv", interactions()).account.source.form)
    assert len(forms) == 3


def test_what_is_used_no_more_goes(made: Translations) -> None:
    made.of("a.csv", interactions())
    later = Translations(made.raw, made.folder)
    later.of("a.csv", interactions(text=[]))
    later.forget_others()
    assert len(list(made.folder.iterdir())) == 2


def test_a_file_that_is_gone_is_named(made: Translations) -> None:
    with complains(DataError, "b.csv: no such file", "init"):
        made.of("b.csv", interactions())
