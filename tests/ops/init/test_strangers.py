"""Files that are no table of text are named, with what to do."""

from pathlib import Path

import pytest

from ops.init.strangers import refuse_other_formats
from recsys.program.errors import ConfigError
from tests.worlds import complains


@pytest.mark.parametrize(
    ("start", "words"),
    [
        (b"PK\x03\x04 [Content_Types].xml", "Save As > CSV UTF-8"),
        (b"PK\x03\x04 reviews.csv", "unzip a.csv"),
        (b"SQLite format 3\0", "--sql sqlite:///"),
        (b"\xef\xbb\xbf [1]", "JSON Lines"),
        (b"<table><tr>", "HTML"),
        (b'<?xml version="1.0"?>', "HTML or XML"),
        (b"BZh91AY&SY", "an archive"),
        (b"%PDF-1.7", "a PDF"),
        (b"user,item\ru1,p1\r", "CR only"),
    ],
)
def test_what_it_is_and_what_to_do(tmp_path: Path, start: bytes, words: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(start)
    with complains(ConfigError, "a.csv: ", words):
        refuse_other_formats(path)


@pytest.mark.parametrize("start", [b"user,item\n", b"<3,u1\n", b"{", b"", b"a\r\n"])
def test_a_table_of_text_is_none(tmp_path: Path, start: bytes) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(start)
    refuse_other_formats(path)
