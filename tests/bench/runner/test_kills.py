"""One cycle of kills ends well; and what a campaign would have to see is seen."""

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from bench.runner import killing, kills, sameness
from bench.runner.kills import Lives


@pytest.fixture(scope="module")
def lives(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lives]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kills, "KILLS_A_JOB", 3)
        patch.setattr(kills, "LATER_S", 0.6)  # seldom over before its moment
        yield kills.born(tmp_path_factory.mktemp("lives"), 5, victims=1)


@pytest.mark.xdist_group("kills")
def test_a_cycle_is_mended_and_what_is_wrong_would_be_seen(lives: Lives) -> None:
    (row,) = lives.cycle()
    assert row["problems"] == []
    assert sum(row["kills"].values()) >= 8
    assert max(row["reruns"].values()) <= killing.MOST_RERUNS
    (victim,) = lives.victims
    assert sameness.registry(victim)[-1][1] == "Production"

    path = victim.folder / "data/merged/interactions.parquet"
    merged = pl.read_parquet(path)
    twice = merged.filter(pl.col("comment") == "drop 1 row 3")
    pl.concat([merged, twice]).write_parquet(path)
    assert list(sameness.lost_or_doubled(victim, 1, kills.ROWS_A_DROP)) == [
        "row 3 of drop 1 is there 2 times"
    ]
    merged.filter(pl.col("comment") != "drop 1 row 3").write_parquet(path)
    assert list(sameness.lost_or_doubled(victim, 1, kills.ROWS_A_DROP)) == [
        "row 3 of drop 1 is there 0 times"
    ]
    lock = victim.folder / "dvc.lock"
    lock.write_text(lock.read_text().replace("md5: ", "md5: 0"))
    (found,) = sameness.differences(lives.calm, victim)
    assert found.startswith("outs: ")


def test_a_run_after_kills_should_take_less_but_no_less_than_the_last_one_did() -> None:
    lives = Lives(*[None] * 3, took={"train": 10.0}, last={"train": 4.0})
    found = [lives.should_take("train", number) for number in range(4)]
    assert found == pytest.approx([10.0, 7.0, 4.9, 4.0])
    assert Lives(*[None] * 3, took={"train": 10.0}).should_take("train", 9) < 1


def test_the_table_counts_all_cycles() -> None:
    row = {
        "seed": 1,
        "kills": {"train, all": 2, "train, one": 1},
        "reruns": {"train": 2},
        "problems": [],
    }
    worse = {**row, "seed": 2, "reruns": {"train": 3}, "problems": ["a row is lost"]}
    text = kills.markdown([row, worse], kills.machine.machine(()))
    assert "6 kills in 2 cycles, seeds [1, 2]; 1 things were wrong" in text
    assert "| train | 4 | 2 | 3 |" in text
    assert text.endswith("- a row is lost\n")


def test_a_campaign_ends_with_what_it_has_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = {"kills": {"train, all": 4}, "reruns": {}, "problems": []}
    monkeypatch.setattr(kills, "born", lambda *_: Lives(*[None] * 3))
    monkeypatch.setattr(Lives, "cycle", lambda _: iter([row, row]))
    for arguments, cycles in (["--kills", "9"], 3), (["--kills", "1", "--add"], 4):
        kills.main([*arguments, "--folder", str(tmp_path)])
        found = kills.read_json(tmp_path / "kills.json")["cycles"]
        assert len(found) == cycles
    assert [one["seed"] for one in found] == [1, 1, 1, 2]
