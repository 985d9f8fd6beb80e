"""Files that are no table of text: what they are, and what to do with them."""

from pathlib import Path

from recsys.program.errors import ConfigError
from recsys.source.foreign_file import naming_damage, open_unpacked
from recsys.source.forms import CR_ENDS

OLD_EXCEL = b"\xd0\xcf\x11\xe0"  # .xls
PACKED = (b"PK\x03\x04", OLD_EXCEL)  # .xlsx and other zips
SHEETS = (b"[Content_Types].xml", b"opendocument.spreadsheet")  # in .xlsx and .ods
LOOKED_AT = 1 << 16  # bytes


def refuse_other_formats(path: Path) -> None:
    """ConfigError if the file is a spreadsheet, an archive, a page, a database, or one JSON list;
    or its lines end in CR alone.
    """
    with naming_damage(str(path)), open_unpacked(path) as handle:
        start = handle.read(LOOKED_AT)
    if advice := _advice(path, start):
        raise ConfigError(f"{path}: {advice}")


def _advice(path: Path, start: bytes) -> str:
    """What the file is and what to do; "" if it may be a table of text."""
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(PACKED):
        return _how_to_unpack(path, start)
    if start.startswith(b"SQLite format 3"):
        return f"a database of SQLite; name it with --sql sqlite:///{path} TABLE"
    if text.startswith(b"["):
        return (
            "one JSON list; write an object a line (JSON Lines), e.g. with "
            "jq -c '.[]', and name that file"
        )
    if (text[:1] == b"<" and text[1:2].isalpha()) or text.startswith((b"<!", b"<?")):
        return (
            "a page of HTML or XML (some shops call it .xls or .csv); export it as CSV"
        )
    if start.startswith(
        (b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd", b"7z\xbc\xaf", b"Rar!")
    ):
        return (
            "an archive; unpack it, and name the file in it (only gzip is read packed)"
        )
    if start.startswith(b"%PDF"):
        return "a PDF; export it as CSV"
    if b"\r" in start and b"\n" not in start:
        return CR_ENDS
    return ""


def _how_to_unpack(path: Path, start: bytes) -> str:
    """What to do with a spreadsheet, or an archive."""
    csv_file = path.with_suffix(".csv").name
    if start.startswith(OLD_EXCEL) or any(mark in start for mark in SHEETS):
        return (
            "a spreadsheet: its ids and dates may have been changed by it already, so it is not "
            "read; best take the export of the shop itself; else in Excel File > Save As > CSV "
            "UTF-8, in LibreOffice File > Save As > Text CSV, or "
            f"`soffice --headless --convert-to csv {path.name}`; then name {csv_file}"
        )
    return f"a zip archive; unpack it (`unzip {path.name}`), and name the file in it"
