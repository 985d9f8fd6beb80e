"""A batch is set aside and brought back; nothing else can be."""

import json
import shutil
import subprocess
import sys

import pytest

from ops.quarantine import replay
from ops.quarantine.set_aside import set_aside
from recsys.intake import absent, compaction, last_run
from recsys.intake.batches import sealed
from recsys.program.errors import ConfigError, DataError
from tests.ops.quarantine.worlds import NOW, command, exported, mend, merged, places
from tests.worlds import Shop, complains, snapshot


def test_set_aside_and_back(shop: Shop) -> None:
    shop.drop(
        "a.csv", "z,p1,5,mới,2024-02-01 10:00:00", "z,p2,7,mới,2024-02-01 10:00:00"
    )
    assert merged(shop) == (12, 8, 4, 0)
    before = snapshot(shop.merged)
    (batch,) = sealed(shop.batches)
    done = command(shop, "set-aside", batch.name)
    assert (done.returncode, done.stderr) == (0, "")
    assert merged(shop) == (10, 7, 3, 0)
    back = done.stdout.splitlines()[-1].removeprefix("bring it back with: ")
    assert back in (shop.batches / "aside" / f"{batch.name}.txt").read_text(
        encoding="utf-8"
    )
    subprocess.run(back.split(), cwd=shop.folder, check=True)
    assert merged(shop) == (12, 8, 4, 0)
    assert snapshot(shop.merged) == before


def test_set_aside_frees_a_run_that_a_batch_blocks(shop: Shop) -> None:
    shop.drop("a.csv", *["z,p1,7,mới,2024-02-01 10:00:00"] * 20)
    merged(shop)
    assert len(json.loads(shop.metrics.read_text())["blocked"]) == 1
    set_aside(places(shop), "000001", NOW)
    assert merged(shop) == (10, 7, 3, 0)
    assert json.loads(shop.metrics.read_text())["blocked"] == {}


def test_a_replay_that_is_set_aside_puts_its_rows_back(shop: Shop) -> None:
    path = exported(shop)
    mend(path, 9, rating="4")
    replay.replay(path, places(shop), NOW)
    merged(shop)
    (batch,) = sealed(shop.batches)
    set_aside(places(shop), batch.name, NOW)
    assert merged(shop) == (10, 7, 3, 0)
    replay.replay(path, places(shop), NOW)
    assert merged(shop) == (10, 8, 2, 1)


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "..",
        "../raw/data_product.csv",
        "mended.csv",
        "000009-0123456789abcdef.csv",
        "*",
        "\x1b[31m",
    ],
)
def test_only_a_sealed_batch_can_be_set_aside(shop: Shop, name: str) -> None:
    shop.drop("a.csv", "z,p1,5,mới,2024-02-01 10:00:00")
    merged(shop)
    before = snapshot(shop.folder)
    (batch,) = sealed(shop.batches)
    with complains(ConfigError, batch.name) as _:
        set_aside(places(shop), name, NOW)
    assert snapshot(shop.folder) == before


def test_a_folded_batch_says_how_to_unpack_it(shop: Shop) -> None:
    for day in (1, 2):
        shop.drop("a.csv", f"z,p{day},5,mới,2024-02-0{day} 10:00:00")
        merged(shop)
    compaction.compact(shop.batches)
    batch = sealed(shop.batches)[0]
    with pytest.raises(DataError) as caught:
        set_aside(places(shop), batch.name, NOW)
    recipe = str(caught.value).split("`")[1].replace("python", sys.executable, 1)
    subprocess.run(recipe, shell=True, check=True)  # noqa: S602 - as the operator types it
    set_aside(places(shop), batch.name, NOW)
    assert len(sealed(shop.batches)) == 1


def test_a_missing_batch_is_let_go(shop: Shop) -> None:
    shop.drop("a.csv", "z,p1,5,mới,2024-02-01 10:00:00")
    merged(shop)
    (batch,) = sealed(shop.batches)
    batch.path.unlink()
    with complains(DataError, f"quarantine set-aside {batch.name}"):
        merged(shop)
    done = command(shop, "set-aside", "000001")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"{batch.name}: missing, and from now on meant to be")
    assert merged(shop) == (10, 7, 3, 0)
    done = command(shop, "set-aside", "--missing")
    assert (done.returncode, "no batch is missing" in done.stderr) == (2, True)


def test_all_missing_batches_are_let_go(shop: Shop) -> None:
    for day in (1, 2):
        shop.drop("a.csv", f"z,p{day},5,mới,2024-02-0{day} 10:00:00")
        merged(shop)
    for batch in sealed(shop.batches):
        batch.path.unlink()
    with complains(DataError, "and 1 more", "set-aside --missing"):
        merged(shop)
    assert command(shop, "set-aside", "--missing").returncode == 0
    assert merged(shop) == (10, 7, 3, 0)


def test_a_batch_that_was_set_aside_may_go_for_good(shop: Shop) -> None:
    shop.drop("a.csv", "z,p1,5,mới,2024-02-01 10:00:00")
    merged(shop)
    (batch,) = sealed(shop.batches)
    set_aside(places(shop), batch.name, NOW)
    (shop.batches / "aside" / batch.name).unlink()
    assert merged(shop) == (10, 7, 3, 0)


@pytest.mark.parametrize("words", [(), ("000001", "--missing")])
def test_a_name_or_all_that_are_missing(shop: Shop, words: tuple[str, ...]) -> None:
    done = command(shop, "set-aside", *words)
    assert (done.returncode, "name a BATCH" in done.stderr) == (2, True)


def test_what_went_with_the_log_is_let_go_before_a_run_has_said_so(shop: Shop) -> None:
    shop.drop("a.csv", "z,p1,5,mới,2024-02-01 10:00:00")
    merged(shop)
    (batch,) = sealed(shop.batches)
    shutil.rmtree(shop.batches)
    assert [
        line["batch"]
        for line in absent.look(shop.batches, last_run.of_project(shop.folder)).gone
    ] == [batch.name]
    done = command(shop, "set-aside", "--missing")
    assert (done.returncode, batch.name in done.stdout) == (0, True)
    left = absent.look(shop.batches, last_run.of_project(shop.folder))
    assert left == absent.Absent([], [])
