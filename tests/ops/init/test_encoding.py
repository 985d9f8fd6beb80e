"""Encodings are found by their bytes, and a sample lets a person judge."""

import gzip
from pathlib import Path

import pytest

from ops.init.encoding import encoding_of

FRENCH = "très bien, déjà reçu; élégant\n"
GERMAN = "größer als gedacht; schöne Qualität, fährt übermäßig\n"
VIETNAMESE = "sản phẩm rất tốt, giao hàng đúng hẹn; mình sẽ ủng hộ nữa, được lắm\n"


def viscii(text: str) -> bytes:
    """Windows-1258: letters with their tone mark behind them."""
    import unicodedata

    parts = []
    for letter in text:
        try:
            parts.append(letter.encode("cp1258"))
        except UnicodeEncodeError:
            whole = unicodedata.normalize("NFD", letter)
            base = unicodedata.normalize("NFC", whole[:-1])
            if len(whole) == 3 and whole[1] not in "\u0302\u0306\u031b":
                base = unicodedata.normalize("NFC", whole[0] + whole[2])
                whole = whole[0] + whole[2] + whole[1]
            parts.append((base + whole[-1]).encode("cp1258"))
    return b"".join(parts)


@pytest.mark.parametrize(
    ("content", "wanted"),
    [
        (b"a,b\n1,2\n", "utf-8"),
        (FRENCH.encode(), "utf-8"),
        (FRENCH.encode("cp1252"), "cp1252"),
        (GERMAN.encode("latin-1"), "cp1252"),
        (viscii(VIETNAMESE), "cp1258"),
        (("a,b\n" * 50).encode("utf-16"), "utf-16"),
        (("a,b\n" * 50).encode("utf-16-le"), "utf-16-le"),
        (("a,b\n" * 50).encode("utf-16-be"), "utf-16-be"),
        (gzip.compress(FRENCH.encode("cp1252"), mtime=0), "cp1252"),
    ],
)
def test_the_encoding(tmp_path: Path, content: bytes, wanted: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    assert encoding_of(path).name == wanted


def test_one_letter_at_the_end_of_a_large_file_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"a,b\n" * 600_000 + b"caf\xe9,1")
    found = encoding_of(path)
    assert (found.name, found.sample) == ("cp1252", "café")
