"""Drops are claimed whatever their names; what is no drop stays; a writer is waited for."""

import logging
import os
import socket
import threading
import time
from pathlib import Path

import pytest

from bench.house.imports import ROOT
from recsys.intake import claims
from recsys.program.errors import DataError
from tests.recsys.intake.worlds import (
    HEADER,
    OTHER,
    ROW,
    app,
    claimed,
    log_lines,
    take,
    text,
)
from tests.worlds import DROP_COLUMNS, Shop, complains, lines, snapshot

# ---- what is claimed ----


def test_a_claim_that_an_earlier_version_left_is_taken(shop: Shop) -> None:
    (shop.staging / ".claimed").mkdir()
    (shop.staging / ".claimed" / "a.1.csv").write_text(lines(DROP_COLUMNS, [ROW]))
    assert len(take(shop)) == 1
    assert snapshot(shop.staging) == {}


def test_the_name_of_the_claim_folder_is_the_whole_state(shop: Shop) -> None:
    with app(shop) as handle:
        handle.write(f"{HEADER}{ROW}\n")
        take(shop)
        (claim,) = claims.claims_left(shop.staging)
        assert (claim.ticket, claim.offset, claim.number, claim.size) == (
            1,
            len(HEADER) + len(ROW) + 1,
            2,
            0,
        )


def test_a_link_in_place_of_our_folder_is_refused(shop: Shop, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (shop.staging / ".claimed").symlink_to(tmp_path / "elsewhere")
    shop.drop("a.csv", ROW)
    with complains(DataError, shop.staging / ".claimed"):
        take(shop)
    assert snapshot(tmp_path / "elsewhere") == {}


def test_other_files_folders_links_and_pipes_stay(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("notes.txt", "half.csv.part", ".hidden.csv"):
        (shop.staging / name).write_text("x")
    (shop.staging / "folder.csv").mkdir()
    (shop.staging / "link.csv").symlink_to(shop.reviews)
    os.mkfifo(shop.staging / "pipe.csv")
    with socket.socket(socket.AF_UNIX) as listener:
        home = Path.cwd()
        os.chdir(shop.staging)  # the path of a socket has at most 107 bytes
        try:
            listener.bind("socket.csv")
        finally:
            os.chdir(home)
    before = sorted(path.name for path in shop.staging.iterdir())
    assert take(shop) == []
    assert sorted(path.name for path in shop.staging.iterdir()) == before
    assert caplog.text.count("not a regular file") == 4


def test_what_dvc_cannot_look_through_is_named(shop: Shop) -> None:
    shop.drop("a.csv", ROW)
    (shop.staging / "folder").mkdir()
    (shop.staging / "link.csv").symlink_to(shop.reviews)
    assert claims.strangers(shop.staging) == []
    (shop.staging / "dangling.csv").symlink_to("nowhere")
    os.mkfifo(shop.staging / "folder/pipe")
    no_text = shop.staging / os.fsdecode(b"\xff.csv")
    no_text.touch()
    assert claims.strangers(shop.staging) == [
        shop.staging / "dangling.csv", shop.staging / "folder/pipe", no_text
    ]  # fmt: skip


# ---- names ----


def strange_names() -> list[bytes]:
    """The naughty strings that can be file names, and some that are no text."""
    found = [
        b"\xff\xfe.csv",
        b"-rf.csv",
        b"a\nb.csv",
        b"\x1b[2J.csv",
        "\u202egpj.csv".encode(),
        b" .csv",
        b"'; x.csv",
    ]
    for name in (
        "blns/blns.txt",
        "traversal/directory_traversal.txt",
        "traversal/crlfinjection.txt",
    ):
        path = (
            ROOT.parent / "shared/torture" / name
        )  # lists for tests, where they lie beside the project
        found += (
            [line + b".csv" for line in path.read_bytes().splitlines()]
            if path.exists()
            else []
        )
    return [
        name
        for name in dict.fromkeys(found)
        if b"/" not in name and len(name) <= 255 and not name.startswith(b".")
    ]


def test_names_may_be_any_bytes_and_are_shown_as_escapes(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    outside = snapshot(shop.folder)
    names = strange_names()
    folder = os.fsencode(shop.staging)
    for number, name in enumerate(names):
        Path(os.fsdecode(folder + b"/" + name)).write_text(
            lines(DROP_COLUMNS, [f"u{number},p1,5,,2024-01-01"])
        )
    assert len(take(shop)) == len(names)
    assert snapshot(shop.staging) == {}
    assert {
        name for name in snapshot(shop.folder) if not name.startswith("data/batches/")
    } == set(outside)
    assert all(
        character.isprintable() for message in caplog.messages for character in message
    )
    texts = {name.decode("utf-8", "backslashreplace") for name in names}
    assert {file for (file,) in log_lines(shop, "file")} == {
        repr(text)[1:-1] for text in texts
    }


def test_a_name_that_is_no_text_is_kept_as_escapes(shop: Shop) -> None:
    name = b"\xff" * 251 + b".csv"
    path = Path(os.fsdecode(os.fsencode(shop.staging) + b"/" + name))
    with path.open("w", buffering=1) as handle:
        handle.write(f"{HEADER}{ROW}\n")
        take(shop)
        assert claimed(shop) == [
            f"000001.{len(HEADER) + len(ROW) + 1}.2.0/" + ("\\xff" * 13)[:50] + ".csv"
        ]


def test_refused_files_of_any_name_stay_in_the_folder_of_refused_ones(
    shop: Shop,
) -> None:
    names = strange_names()
    for name in names:
        Path(os.fsdecode(os.fsencode(shop.staging) + b"/" + name)).write_text(
            "no,header\n"
        )
    with complains(DataError, f"{len(names) - 1} more files"):
        take(shop)
    files = snapshot(shop.staging)
    assert len(files) == 2 * len(names)
    assert all(name.startswith(".refused/0") and name.isprintable() for name in files)


# ---- waiting ----


def test_intake_waits_for_a_writer_that_is_about_to_end(shop: Shop) -> None:
    with app(shop) as handle:
        handle.write(f"{HEADER}{ROW}\n{OTHER[:10]}")
        timer = threading.Timer(
            0.3, lambda: (handle.write(f"{OTHER[10:]}\n"), handle.close())
        )
        timer.start()
        began = time.monotonic()
        assert len(take(shop, settle_s=20)) == 1
        assert time.monotonic() - began < 10
        timer.join()
    assert text(shop) == f"{ROW}\n{OTHER}\n"


def test_intake_does_not_wait_longer_than_it_is_told(shop: Shop) -> None:
    with app(shop) as handle:
        handle.write(f"{HEADER}{ROW}\n")
        began = time.monotonic()
        take(shop, settle_s=0.3)
        assert 0.3 <= time.monotonic() - began < 3
