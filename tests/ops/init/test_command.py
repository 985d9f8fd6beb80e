"""`python runner.py init` as an operator runs it."""

import json
import os
import pty
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bench.house.imports import ROOT
from ops.init import command
from ops.init.plan import Answers
from recsys.program.errors import ConfigError
from recsys.program.params import read
from recsys.shop_csv.rating_scale import Scale
from tests.ops.init.mapped import RATINGS
from tests.worlds import Shop, complains, make_shop, snapshot


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    shop = make_shop(tmp_path / "project")
    shop.params.write_bytes((ROOT / "params.yaml").read_bytes())
    (tmp_path / "a.csv").write_text("".join(f"{line}\n" for line in RATINGS))
    return shop


def init(shop: Shop, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ops.init.command", "--from", "..", *arguments],
        cwd=shop.folder,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        env=os.environ | {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
    )


def test_without_a_zone_nothing_is_written_and_one_line_says_what_to_do(
    shop: Shop,
) -> None:
    before = snapshot(shop.folder)
    done = init(shop, "a.csv", "--yes")
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "--zone Asia/Ho_Chi_Minh" in done.stderr
    for options in (["--dry-run"], []):
        done = init(shop, "a.csv", "--zone", "UTC", *options)
        assert (done.returncode, done.stderr) == (0, "")
        assert "nothing was written" in done.stdout
    assert snapshot(shop.folder) == before


def test_yes_writes_and_names_the_next_command(shop: Shop) -> None:
    done = init(shop, "a.csv", "--zone", "UTC", "--yes")
    assert done.stdout.splitlines()[-1] == "written to params.yaml; next: make repro"
    assert (shop.raw / "a.csv").read_text() == "".join(f"{line}\n" for line in RATINGS)
    assert "user: user" in shop.params.read_text(encoding="utf-8")


def test_a_file_that_merge_would_not_take_is_not_written(shop: Shop) -> None:
    good = [f"u{number},p1,5,2024-01-05" for number in range(10)]
    bad = [f"u{number},p1,6,2024-01-05" for number in range(11)]
    lines = [RATINGS[0], *good, *bad]
    (shop.folder.parent / "a.csv").write_text("".join(f"{line}\n" for line in lines))
    before = snapshot(shop.folder)
    done = init(shop, "a.csv", "--zone", "UTC", "--scale", "1,5", "--yes")
    assert done.returncode == 3
    assert (
        "11 of its first 21 rows would be refused, more than merge.max" in done.stderr
    )
    assert snapshot(shop.folder) == before


def test_json_is_json(shop: Shop) -> None:
    done = init(shop, "a.csv", "--zone", "UTC", "--json")
    found = json.loads(done.stdout)
    assert (found["written"], found["merge"]["zone"]) == (False, "UTC")
    assert found["source"]["interactions"][0]["user"] == "user"
    assert found["files"][0]["accepted"] == 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["b.csv"], "no such file"),
        (["a.csv", "--zone", "Mars/Olympus"], "Mars/Olympus"),
        (["a.csv", "--user", "nobody", "--zone", "UTC"], "no column 'nobody'"),
        (["a.csv", "--dates", "YMD"], "DMY or MDY"),
        (["a.csv", "--weight", "view"], "--weight view=0.2"),
        (["a.csv", "--scale", "1-10"], "--scale 1,10"),
        (["a.csv", "--scale", "6,1"], "where 1 is the best, turn the ratings round"),
    ],
)
def test_wrong_options_are_one_line_and_exit_2(
    shop: Shop, arguments: list[str], words: str
) -> None:
    done = init(shop, *arguments, "--yes")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    assert words in done.stderr


def test_answers() -> None:
    found = command.answers_of(
        {"user": ["u"], "time": None}, ["a=b=0.5"], "UTC", None, "1,10"
    )
    said = Answers({}, {"a=b": 0.5}, "UTC", None, Scale(1, 10), named={"user": ["u"]})
    assert found == said
    with complains(ConfigError, "--scale"):
        command.answers_of({}, [], None, None, "10")


def answered(shop: Shop, answers: bytes, program: list[str], *files: str) -> str:
    """What init says on a terminal to a person who answers so."""
    leader, follower = pty.openpty()
    with subprocess.Popen(
        [sys.executable, *program, *files],
        cwd=shop.folder,
        stdin=follower,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    ) as process:
        os.write(leader, answers)
        told, _ = process.communicate(timeout=60)
    os.close(leader)
    os.close(follower)
    assert process.returncode == 0, told
    return told


@pytest.mark.parametrize(
    "program", [["-m", "ops.init.command", "--from", ".."], ["runner.py", "init"]]
)
def test_on_a_terminal_it_asks_what_is_not_clear_and_whether_to_write(
    shop: Shop, program: list[str]
) -> None:
    """A person names a wrong zone, a right one, and says yes."""
    shutil.copy(ROOT / "runner.py", shop.folder)
    file = "../a.csv" if "runner.py" in program else "a.csv"
    told = answered(shop, b"Mars/Olympus\nUTC\ny\n", program, file)
    assert "do not say their zone" in told
    assert "no time zone is named 'Mars/Olympus'" in told
    assert told.endswith("written to params.yaml; next: make repro\n")


def test_on_a_terminal_an_answer_is_one_to_the_file_that_asked(shop: Shop) -> None:
    """The answer to the second question undid the first one, which was asked again, for ever."""
    header = "buyer,sku,order_date"
    rows = ("u1,p1,2024-01-05", "u2,p2,2024-01-05")
    for name, column, cells in (
        ("b.csv", "status", ("paid", "cancelled")),
        ("c.csv", "refunded", ("yes", "")),
    ):
        lines = [f"{row},{cell}" for row, cell in zip(rows, cells, strict=True)]
        text = "\n".join([f"{header},{column}", *lines, ""])
        (shop.folder.parent / name).write_text(text)
    answers = b"usr\nbuyer\nstatus\ncancelled=0\nnone\nUTC\ny\n"
    program = ["-m", "ops.init.command", "--from", "..", "--weight", "paid=1"]
    told = answered(shop, answers, [*program, "--user", "usr"], "b.csv", "c.csv")
    assert told.count("no column 'usr'") == 2
    entries = read(shop.params)["source"]["interactions"]
    assert [entry["event"] for entry in entries] == ["status", ""]
