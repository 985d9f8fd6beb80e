"""Every drop becomes immutable batches, whoever still writes it; what cannot be used is put aside
with a reason.
"""

import json
import logging
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.house.imports import ROOT
from bench.speed import writer
from recsys.files.atomic import sha256_of
from recsys.intake import claims, drops, open_files
from recsys.program.errors import DataError
from tests.worlds import DROP_COLUMNS, Shop, complains, lines, make_shop, snapshot

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
HEADER = DROP_COLUMNS + "\n"
ROW, OTHER = "u,p1,5,good,2024-01-01 10:00:00", "v,p1,4,,2024-01-01 10:00:00"
LONG = 'w,p1,4,"two\nlines",2024-01-01 10:00:00'


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return make_shop(tmp_path)


def take(shop: Shop, settle_s: float = 0.0) -> list[str]:
    return drops.take(shop.staging, shop.batches, NOW, settle_s)


def text(shop: Shop) -> str:
    """The rows of all batches in their order."""
    found = ""
    for batch in drops.sealed(shop.batches):
        with batch.open() as handle:
            content = handle.read().decode()
        assert content.startswith(HEADER)
        found += content.removeprefix(HEADER)
    return found


def ledger(shop: Shop, *keys: str) -> list[tuple[Any, ...]]:
    entries = (
        json.loads(line) for line in (shop.batches / "ledger.jsonl").read_text().splitlines()
    )
    return [tuple(entry[key] for key in keys) for entry in entries]


def claimed(shop: Shop) -> list[str]:
    folder = shop.staging / ".claimed"
    return [str(path.relative_to(folder)) for path in sorted(folder.rglob("*")) if path.is_file()]


@contextmanager
def app(shop: Shop, name: str = "new_interactions.csv") -> Iterator[Any]:
    """A web app that holds its file open."""
    with (shop.staging / name).open("a", encoding="utf-8", buffering=1) as handle:
        yield handle


# ---- finished files ----


def test_drops_are_sealed_in_the_order_of_their_names_and_named_by_content(shop: Shop) -> None:
    digests = [
        sha256_of(shop.drop(name, row))[:16] for name, row in (("1.csv", ROW), ("2.csv", OTHER))
    ]
    assert take(shop) == [f"000001-{digests[0]}.csv", f"000002-{digests[1]}.csv"]
    assert text(shop) == f"{ROW}\n{OTHER}\n"
    assert snapshot(shop.staging) == {}


def test_later_drops_are_numbered_on_and_sealed_batches_are_never_rewritten(shop: Shop) -> None:
    shop.drop("a.csv", ROW)
    take(shop)
    before = {batch.path: batch.path.stat().st_mtime_ns for batch in drops.sealed(shop.batches)}
    shop.drop("a.csv", OTHER)
    assert take(shop)[0].startswith("000002-")
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_the_same_content_is_sealed_once(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    shop.drop("a.csv", ROW)
    shop.drop("b.csv", ROW)
    assert len(take(shop)) == 1
    shop.drop("c.csv", ROW)
    assert take(shop) == []
    assert text(shop) == f"{ROW}\n"
    assert snapshot(shop.staging) == {}
    assert caplog.text.count("0 rows added") == 2


def test_the_ledger_says_what_became_of_every_drop(shop: Shop) -> None:
    path = shop.drop("a.csv", ROW, OTHER)
    size, digest = path.stat().st_size, sha256_of(path)
    (name,) = take(shop)
    shop.drop("b.csv", ROW, OTHER)
    take(shop)
    keys = ("at", "file", "bytes", "rows", "sha256", "batch", "verdict", "reason")
    assert ledger(shop, *keys) == [
        (NOW.isoformat(), "a.csv", size, 2, digest, name, "sealed", ""),
        (NOW.isoformat(), "b.csv", size, 2, digest, name, "known", ""),
    ]
    assert [batch.received for batch in drops.sealed(shop.batches)] == [NOW]


def test_without_the_ledger_no_row_is_lost_or_doubled(shop: Shop) -> None:
    shop.drop("a.csv", ROW)
    with app(shop) as handle:
        handle.write(HEADER + OTHER + "\n")
        take(shop)
        (shop.batches / "ledger.jsonl").unlink()
        handle.write(LONG + "\n")
        take(shop)
    shop.drop("a.csv", ROW)
    take(shop)
    assert text(shop) == f"{ROW}\n{OTHER}\n{LONG}\n"
    assert [batch.received for batch in drops.sealed(shop.batches)] == [None, None, NOW]


def test_nothing_to_take_is_no_error(shop: Shop) -> None:
    assert take(shop) == []
    shop.staging.rmdir()
    assert take(shop) == []


def test_an_empty_file_waits_and_a_header_is_a_batch_without_rows(shop: Shop) -> None:
    (shop.staging / "a.csv").touch()
    assert take(shop) == []
    assert snapshot(shop.staging) == {"a.csv": b""}
    shop.drop("a.csv")
    assert len(take(shop)) == 1
    assert text(shop) == ""


def test_a_finished_file_without_a_last_newline_is_sealed_whole(shop: Shop) -> None:
    (shop.staging / "a.csv").write_text(HEADER + ROW)
    assert len(take(shop)) == 1
    assert text(shop) == ROW


def test_hard_links_are_fine_and_the_content_counts_once(shop: Shop) -> None:
    os.link(shop.drop("a.csv", ROW), shop.staging / "b.csv")
    assert len(take(shop)) == 1


def test_a_claim_that_an_earlier_version_left_is_taken(shop: Shop) -> None:
    (shop.staging / ".claimed").mkdir()
    (shop.staging / ".claimed" / "a.1.csv").write_text(lines(DROP_COLUMNS, [ROW]))
    assert len(take(shop)) == 1
    assert snapshot(shop.staging) == {}


def test_a_strange_file_among_the_batches_is_no_traceback(shop: Shop) -> None:
    (shop.batches / "1a-copy.csv").write_text(lines(DROP_COLUMNS, [OTHER]))
    (shop.batches / "aside").mkdir()
    shop.drop("a.csv", ROW)
    assert take(shop)[0].startswith("000001-")


def test_two_intakes_at_once_seal_each_drop_once(shop: Shop) -> None:
    for number in range(20):
        shop.drop(f"{number:02d}.csv", f"u{number},p1,5,,2024-01-01 10:00:00")
    script = "import sys; from pathlib import Path; from datetime import *; from recsys.intake import drops as intake; " \
             "intake.take(Path(sys.argv[1]), Path(sys.argv[2]), datetime.now(UTC))"  # fmt: skip
    command = [sys.executable, "-c", script, shop.staging, shop.batches]
    both = [subprocess.Popen(command, cwd=ROOT) for _ in range(2)]
    assert [each.wait() for each in both] == [0, 0]
    assert sorted(row.split(",")[0] for row in text(shop).splitlines()) == sorted(
        f"u{number}" for number in range(20)
    )
    assert snapshot(shop.staging) == {}


# ---- what is no drop ----


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
            [line + b".csv" for line in path.read_bytes().splitlines()] if path.exists() else []
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
    assert {name for name in snapshot(shop.folder) if not name.startswith("data/batches/")} == set(
        outside
    )
    assert all(character.isprintable() for message in caplog.messages for character in message)
    texts = {name.decode("utf-8", "backslashreplace") for name in names}
    assert {file for (file,) in ledger(shop, "file")} == {repr(text)[1:-1] for text in texts}


def test_a_name_that_is_no_text_is_kept_as_escapes(shop: Shop) -> None:
    name = b"\xff" * 251 + b".csv"
    path = Path(os.fsdecode(os.fsencode(shop.staging) + b"/" + name))
    with path.open("w", buffering=1) as handle:
        handle.write(f"{HEADER}{ROW}\n")
        take(shop)
        assert claimed(shop) == [
            f"000001.{len(HEADER) + len(ROW) + 1}.2.0/" + ("\\xff" * 13)[:50] + ".csv"
        ]


def test_refused_files_of_any_name_stay_in_the_folder_of_refused_ones(shop: Shop) -> None:
    names = strange_names()
    for name in names:
        Path(os.fsdecode(os.fsencode(shop.staging) + b"/" + name)).write_text("no,header\n")
    with complains(DataError, f"{len(names) - 1} more files"):
        take(shop)
    files = snapshot(shop.staging)
    assert len(files) == 2 * len(names)
    assert all(name.startswith(".refused/0") and name.isprintable() for name in files)


# ---- refused ----


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"user_id,product_id\n", "'rating' is missing"),
        (f"user_id,{HEADER}".encode(), "'user_id' stands there 2 times"),
        (lines(DROP_COLUMNS, [ROW]).encode("utf-16"), "UTF-16"),
        (b"\n", "needs a header"),
        (f"{ROW}\n{OTHER}\n".encode(), "a row, not a header"),
    ],
)
def test_a_wrong_header_is_put_aside_with_its_reason(
    shop: Shop, content: bytes, words: str
) -> None:
    (shop.staging / "a.csv").write_bytes(content)
    shop.drop("b.csv", ROW)
    place = shop.staging / ".refused" / "000001-a.csv"
    with complains(DataError, place, words):
        take(shop)
    assert text(shop) == f"{ROW}\n"
    assert place.read_bytes() == content
    assert words in place.with_name("000001-a.csv.reason.txt").read_text()
    assert ledger(shop, "file", "verdict", "batch")[0] == ("a.csv", "refused", None)
    assert words in ledger(shop, "reason")[0][0]
    assert take(shop) == []


def test_several_wrong_drops_are_one_message_with_a_count(shop: Shop) -> None:
    for name in ("a.csv", "b.csv", "c.csv"):
        (shop.staging / name).write_text("x\n")
    with complains(DataError, "000001-a.csv", "2 more files"):
        take(shop)
    (shop.staging / "a.csv").write_text("y\n")
    with complains(DataError, "000004-a.csv"):
        take(shop)
    assert len(snapshot(shop.staging)) == 8


def test_a_link_in_place_of_our_folder_is_refused(shop: Shop, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (shop.staging / ".claimed").symlink_to(tmp_path / "elsewhere")
    shop.drop("a.csv", ROW)
    with complains(DataError, shop.staging / ".claimed"):
        take(shop)
    assert snapshot(tmp_path / "elsewhere") == {}


# ---- a writer that goes on ----


def test_complete_rows_of_an_open_file_are_sealed_bit_by_bit(shop: Shop) -> None:
    with app(shop) as handle:
        handle.write(HEADER[:20])
        assert take(shop) == []
        handle.write(HEADER[20:])
        assert take(shop) == []
        handle.write(f"{ROW}\n{OTHER[:10]}")
        assert [name[:6] for name in take(shop)] == ["000001"]
        assert take(shop) == []
        handle.write(f"{OTHER[10:]}\n")
        assert [name[:6] for name in take(shop)] == ["000002"]
        assert len(claimed(shop)) == 1
        handle.write(f"{LONG}\n")
    assert [name[:6] for name in take(shop)] == ["000003"]
    assert text(shop) == f"{ROW}\n{OTHER}\n{LONG}\n"
    assert ledger(shop, "verdict", "rows") == [("partial", 1), ("partial", 1), ("sealed", 2)]
    assert snapshot(shop.staging) == {}


def test_a_quoted_newline_does_not_end_a_row(shop: Shop) -> None:
    with app(shop) as handle:
        handle.write(f"{HEADER}{ROW}\n" + LONG.split("\n")[0] + "\n")
        take(shop)
        assert text(shop) == f"{ROW}\n"
        handle.write(LONG.split("\n")[1] + "\n")
        take(shop)
        assert text(shop) == f"{ROW}\n{LONG}\n"


def test_a_stray_quote_holds_up_no_other_row(shop: Shop) -> None:
    stray = 's,p1,5,5" screen,2024-01-01'
    with app(shop) as handle:
        handle.write(f"{HEADER}{stray}\n{ROW}\n")
        take(shop)
        assert text(shop) == f"{stray}\n{ROW}\n"


def test_rows_that_repeat_in_an_open_file_are_all_sealed(shop: Shop) -> None:
    with app(shop) as handle:
        handle.write(HEADER)
        for _ in range(3):
            handle.write(f"{ROW}\n")
            take(shop)
    take(shop)
    assert text(shop) == f"{ROW}\n" * 3


def test_an_app_that_closed_its_file_begins_a_new_one(shop: Shop) -> None:
    with app(shop) as old:
        old.write(f"{HEADER}{ROW}\n")
        take(shop)
        with app(shop) as new:
            new.write(f"{HEADER}{OTHER}\n")
        old.write(f"{LONG}\n")
        take(shop)
    take(shop)
    assert sorted(text(shop)) == sorted(f"{ROW}\n{LONG}\n{OTHER}\n")
    assert snapshot(shop.staging) == {}


def test_an_unfinished_last_line_is_sealed_when_a_later_run_finds_it_unchanged(shop: Shop) -> None:
    with app(shop) as handle:
        handle.write(f"{HEADER}{ROW}\n{OTHER[:10]}")
    assert len(take(shop)) == 1
    assert text(shop) == f"{ROW}\n"
    assert len(take(shop)) == 1
    assert text(shop) == f"{ROW}\n{OTHER[:10]}"
    assert snapshot(shop.staging) == {}


def test_an_unfinished_last_line_that_is_finished_after_all_is_one_row(shop: Shop) -> None:
    with app(shop) as handle:
        handle.write(f"{HEADER}{ROW}\n{OTHER[:10]}")
    take(shop)
    (name,) = claimed(shop)
    with (shop.staging / ".claimed" / name).open("a") as handle:
        handle.write(f"{OTHER[10:]}\n")
    take(shop)
    assert text(shop) == f"{ROW}\n{OTHER}\n"


def test_a_writer_that_cuts_its_file_short_is_read_from_the_start(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    with app(shop) as handle:
        handle.write(f"{HEADER}{ROW}\n{LONG}\n")
        take(shop)
        handle.truncate(0)
        handle.write(f"{HEADER}{OTHER}\n")
        take(shop)
    take(shop)
    assert text(shop) == f"{ROW}\n{LONG}\n{OTHER}\n"
    assert "cut it short" in caplog.text


def test_intake_waits_for_a_writer_that_is_about_to_end(shop: Shop) -> None:
    with app(shop) as handle:
        handle.write(f"{HEADER}{ROW}\n{OTHER[:10]}")
        timer = threading.Timer(0.3, lambda: (handle.write(f"{OTHER[10:]}\n"), handle.close()))
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


PIECES = ("u#,p1,5,", "good #,2024-01-01\n", 'v#,p1,4,"two #\n', 'lines #",2024-01-01\n')


@settings(max_examples=60, deadline=None)
@given(steps=st.lists(st.sampled_from(["take", "take", "reopen", *PIECES])))
def test_any_rhythm_of_writing_and_taking_keeps_every_byte(
    tmp_path_factory: pytest.TempPathFactory, steps: list[str]
) -> None:
    """Pieces are numbered: two files that are the same to the last byte count once."""
    shop = make_shop(tmp_path_factory.mktemp("shop") / "shop")
    written = ""
    handle = (shop.staging / "new_interactions.csv").open("a", buffering=1)
    handle.write(HEADER)
    for number, step in enumerate(steps):
        if step == "take":
            take(shop)
        elif step == "reopen" and written.endswith("\n") and written.count('"') % 2 == 0:
            handle.close()
            handle = (shop.staging / "new_interactions.csv").open("a", buffering=1)
            handle.write("" if handle.tell() else HEADER)
        elif step != "reopen":
            handle.write(step.replace("#", str(number)))
            written += step.replace("#", str(number))
    handle.close()
    for _ in range(2):
        take(shop)
    assert sorted(text(shop)) == sorted(written)
    assert snapshot(shop.staging) == {}


# ---- who writes ----


def test_a_writer_of_another_user_is_seen_among_the_open_files(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        open_files.fcntl, "F_SETLEASE", -1
    )  # refused, as it is for a file of another user
    path = shop.drop("a.csv", ROW)
    with path.open("rb") as reader:
        assert not open_files.is_written(
            reader.fileno(), datetime.fromtimestamp(path.stat().st_mtime + 1e6, UTC)
        )
        with path.open("ab"):
            assert open_files.is_written(reader.fileno(), NOW)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another user")
def test_where_not_all_processes_can_be_seen_a_file_counts_as_written_for_a_day(shop: Shop) -> None:
    path = shop.drop("a.csv", ROW)
    mtime = path.stat().st_mtime
    with path.open("rb") as reader:
        child = os.fork()
        if child == 0:
            os.setuid(65534)
            answers = [open_files.is_written(reader.fileno(), datetime.fromtimestamp(mtime + hours * 3600, UTC))
                       for hours in (1, 23, 25)]  # fmt: skip
            os._exit(0 if answers == [True, True, False] else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


# ---- beside writers; a large file ----


@pytest.mark.parametrize("kind", writer.KINDS)
def test_beside_a_writer_of_a_row_a_millisecond_nothing_is_lost(tmp_path: Path, kind: str) -> None:
    result = writer.trial(tmp_path, kind, 2.0)
    assert (result.lost, result.doubled) == (0, 0)
    assert result.written > 300
    assert result.intakes >= 3
    assert result.batches >= 2


def test_the_measurement_finds_the_losses_of_the_obvious_way(tmp_path: Path) -> None:
    assert writer.trial(tmp_path, writer.KINDS[1], 1.5, "read, then move").lost


def test_a_large_file_passes_through_in_pieces(shop: Shop) -> None:
    """512 MB need at most 300 MB; here 128 MB in a process that may have 100 MB more than it begins
    with.
    """
    row = f"{ROW}{'x' * 1000}\n".encode()
    with (shop.staging / "a.csv").open("wb") as handle:
        handle.write(HEADER.encode())
        for _ in range(128):
            handle.write(row * 1000)
    script = (
        "import resource, sys; from pathlib import Path; from datetime import *; from recsys.intake import drops as intake\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "intake.take(Path(sys.argv[1]), Path(sys.argv[2]), datetime.now(UTC))\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, shop.staging, shop.batches],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    assert int(done.stdout) < 30_000
    assert ledger(shop, "rows") == [(128_000,)]


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
