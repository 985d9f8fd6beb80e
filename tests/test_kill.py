"""Wherever intake, merge and compaction are killed, or the disk is full, the next run mends it.

Every file-changing call of a run is tried (tests/faults.py). After a plain second run no row is
lost or doubled, nothing half-made lies about, and the outs are byte for byte those of a run that
nobody disturbed.
"""

import json
import shutil
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from recsys.intake.batches import sealed
from recsys.program.errors import DataError, DiskError
from tests.faults import Faults, Outcome, serve
from tests.worlds import DROP_COLUMNS, Shop, make_shop, shipped_params, snapshot

HEADER = DROP_COLUMNS + "\n"
FIRST, SECOND, THIRD = (
    f"{user},p1,5,good,2024-01-0{day} 10:00:00\n"
    for day, user in enumerate("uvw", start=1)
)
FOURTH = 'x,p2,4,"two\nlines",2024-01-04 10:00:00\n'


@pytest.fixture(scope="module")
def faults() -> Iterator[Faults]:
    with serve() as server:
        yield server


@pytest.fixture
def shop(tmp_path: Path, faults: Faults) -> Shop:
    """A shop with one batch that is merged, and drops: new ones, and one that is sealed already."""
    shop = make_shop(tmp_path / "shop")
    known = json.loads(shipped_params())
    settings = {
        "merge": known["merge"] | {"settle_s": 0.0},
        "source": known["source"],
    }
    shop.params.write_text(json.dumps(settings))  # all is slow to parse
    shop.drop("old.csv", FIRST.strip())
    assert faults.run("merge", shop.folder).code == 0
    shop.drop("again.csv", FIRST.strip())  # known
    shop.drop("new.csv", SECOND.strip())
    (shop.staging / "new_interactions.csv").write_text(HEADER + THIRD + FOURTH)
    return shop


def rows(shop: Shop) -> Counter[str]:
    """The records of all batches, each with its count."""
    text = ""
    for batch in sealed(shop.batches):
        with batch.open() as handle:
            text += handle.read().decode().removeprefix(HEADER)
    return Counter(text.replace('"two\nlines"', '"two lines"').splitlines())


def wanted(*records: str) -> Counter[str]:
    return Counter(record.strip().replace("\n", " ") for record in records)


def outs(shop: Shop) -> dict[str, bytes]:
    return {**snapshot(shop.merged), **snapshot(shop.metrics.parent)}


def litter(shop: Shop) -> list[str]:
    """Temp files, and drops that nobody takes."""
    names = [
        str(path.relative_to(shop.folder))
        for path in shop.folder.rglob("*")
        if path.is_file()
    ]
    return [name for name in names if name.endswith(".part") or "staging/" in name]


def complaints(shop: Shop, rows_wanted: Counter[str]) -> list[str]:
    """What is wrong with a shop after it was mended."""
    try:
        found = rows(shop)
    except DataError as error:
        return [str(error)]
    return [
        *(f"lost: {row}" for row in rows_wanted - found),
        *(f"doubled: {row}" for row in found - rows_wanted),
        *(f"left: {name}" for name in litter(shop)),
    ]


def sealed_bytes(shop: Shop) -> dict[str, bytes]:
    """All that merge reads of the batches."""
    return {
        name: data
        for name, data in snapshot(shop.batches).items()
        if name != "ledger.jsonl"
    }


def campaign(
    faults: Faults, shop: Shop, fault: str, folder: Path, *, in_place: bool = False
) -> Iterator[str]:
    """What is wrong after merge failed at one change and ran again, for every change.

    Merge begins with intake: the changes of intake are tried on it alone, for speed, but for every
    eighth.
    """
    by_intake, changes = (
        faults.run(
            action, copied(shop, folder / "victim").folder, in_place=in_place
        ).changes
        for action in ("take", "merge")
    )
    assert changes > by_intake >= 25
    calm = copied(shop, folder / "calm")
    assert faults.run("merge", calm.folder).code == 0
    yield from complaints(calm, wanted(FIRST, SECOND, THIRD, FOURTH))
    good = {*outs(calm).items(), *outs(shop).items()}
    for at in range(1, changes + 1):
        victim = copied(shop, folder / "victim")
        action = "merge" if at > by_intake or at % 8 == 0 else "take"
        outcome = faults.run(action, victim.folder, fault, at, in_place=in_place)
        if fault == "kill":
            assert outcome.code == -signal.SIGKILL
        elif outcome.code != 0:  # at the end of a run only names are changed
            assert outcome.code == DiskError.exit_code
            yield from (
                f"{at}: left: {name}"
                for name in litter(victim)
                if name.endswith(".part")
            )
        names = [
            name for name, data in outs(victim).items() if (name, data) not in good
        ]
        yield from (
            f"{at}: half-made: {name}" for name in names if not name.endswith(".part")
        )
        if code := faults.run(action, victim.folder).code:
            yield f"{at}: the next run exits {code}"
        has_same_outs = action == "take" or outs(victim) == outs(calm)
        if sealed_bytes(victim) != sealed_bytes(calm) or not has_same_outs:
            yield f"{at}: other bytes than if nothing had happened"
        yield from (f"{at}: {what}" for what in complaints(victim, rows(calm)))


def copied(shop: Shop, folder: Path) -> Shop:
    """The shop as it is, in another folder."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(shop.folder, folder)
    return Shop(folder)


def test_merge_killed_at_every_change_loses_and_doubles_nothing(
    faults: Faults, shop: Shop, tmp_path: Path
) -> None:
    assert list(campaign(faults, shop, "kill", tmp_path)) == []


def test_the_campaign_finds_a_file_that_is_written_in_place(
    faults: Faults, shop: Shop, tmp_path: Path
) -> None:
    problems = campaign(faults, shop, "kill", tmp_path, in_place=True)
    assert any(
        "lost: " in problem for problem in problems
    )  # in a batch, and the drop is gone
    assert any("half-made: interactions.parquet" in problem for problem in problems)


def test_a_disk_full_at_every_change_costs_nothing(
    faults: Faults, shop: Shop, tmp_path: Path
) -> None:
    assert list(campaign(faults, shop, "full", tmp_path)) == []


# ---- a drop that is held open all the while, and one that is refused ----


def take(faults: Faults, shop: Shop, fault: str = "", at: int = 0) -> Outcome:
    """One intake."""
    return faults.run("take", shop.folder, fault, at)


def held_story(
    faults: Faults, shop: Shop, disturbed: Callable[[], object]
) -> list[str]:
    """An app writes rows, the last one in two halves, with an intake after each.

    The first intake is `disturbed`. What is wrong in the end.
    """
    (shop.staging / "bad.csv").write_text("no,header\n")
    (shop.staging / "new.csv").unlink()
    with (shop.staging / "new_interactions.csv").open("w") as app:
        app.write(HEADER + SECOND + FOURTH[:15])
        app.flush()
        disturbed()
        codes = [take(faults, shop).code]
        app.write(FOURTH[15:])
        app.flush()
        codes.append(take(faults, shop).code)
        app.write(THIRD)
    codes.append(take(faults, shop).code)
    refused = [path.name for path in (shop.staging / ".refused").iterdir()]
    shutil.rmtree(shop.staging / ".refused")
    problems = complaints(shop, wanted(FIRST, SECOND, THIRD, FOURTH))
    problems += [
        f"exit {code}" for code in codes if code not in (0, DataError.exit_code)
    ]
    if len(refused) != 2:
        problems.append(f"refused: {refused}")
    return problems


@pytest.mark.parametrize("fault", ["kill", "full"])
def test_a_drop_that_is_held_open_survives_every_fault(
    faults: Faults, shop: Shop, tmp_path: Path, fault: str
) -> None:
    changes: list[int] = []
    calm = copied(shop, tmp_path / "calm")
    assert (
        held_story(faults, calm, lambda: changes.append(take(faults, calm).changes))
        == []
    )
    assert changes[0] > 30
    for at in range(1, changes[0] + 1):
        victim = copied(shop, tmp_path / "victim")
        disturbed = partial(take, faults, victim, fault, at)
        assert held_story(faults, victim, disturbed) == [], at


# ---- compaction ----


@pytest.mark.parametrize("fault", ["kill", "full"])
def test_compaction_that_fails_at_every_change_keeps_every_batch(
    faults: Faults, shop: Shop, tmp_path: Path, fault: str
) -> None:
    assert faults.run("merge", shop.folder).code == 0
    names = [batch.name for batch in sealed(shop.batches)]
    calm = copied(shop, tmp_path / "calm")
    changes = faults.run("compact", calm.folder).changes
    assert changes >= 8
    for at in range(1, changes + 1):
        victim = copied(shop, tmp_path / "victim")
        assert faults.run("compact", victim.folder, fault, at).code in (
            0,
            -signal.SIGKILL,
            DiskError.exit_code,
        )
        assert [batch.name for batch in sealed(victim.batches)] == names, at
        assert faults.run("compact", victim.folder).code == 0
        assert snapshot(victim.batches) == snapshot(calm.batches), at
    assert faults.run("merge", victim.folder).code == 0
    assert outs(victim) == outs(shop)
