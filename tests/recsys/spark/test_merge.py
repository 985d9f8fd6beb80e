"""merge by Spark gives the bytes that merge gives, on any cluster, and whoever is killed."""

import json
from pathlib import Path

import pytest

from recsys.spark.merge import SCRATCH
from tests.recsys.spark.clusters import START_S, standalone
from tests.recsys.spark.engines import needs_spark, one_at_a_time
from tests.recsys.spark.merging import begun, hashes, merged, shop
from tests.waiting import wait_for

pytestmark = [needs_spark, one_at_a_time]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop, merged by this machine into `local`."""
    folder = shop(tmp_path_factory.mktemp("shop"))
    merged(folder, "local", name="local")
    return folder


def test_the_bytes_are_those_of_one_machine(made: Path) -> None:
    """All outs: the tables, the quarantine, the accounts, what is odd."""
    found, said = merged(made, "spark")
    assert found == hashes(made / "local")
    assert "data_reviews_purchase.csv: read in " in said
    assert said.count("read in ") == 2  # the drop, too
    accounts = json.loads((made / "spark/merge.json").read_text())
    assert accounts["duplicates"] > 0
    assert len(accounts["quarantined_by_reason"]) >= 5
    assert not (made / SCRATCH).exists()


def test_so_they_are_with_other_parts(made: Path) -> None:
    sizes = {"part_bytes": 1 << 15, "partitions": 8}
    assert merged(made, "other", **sizes)[0] == hashes(made / "local")


def test_so_they_are_on_a_cluster_with_executors_of_its_own(made: Path) -> None:
    found, _ = merged(made, "cluster", master="local-cluster[2,1,1024]")
    assert found == hashes(made / "local")


def test_a_worker_that_is_killed_is_made_up_for(made: Path, tmp_path: Path) -> None:
    """On a standalone master with two workers; then with the one that is left."""
    with standalone(tmp_path) as cluster:
        process = begun(made, "killed", master=cluster.address)
        wait_for(lambda: list((made / SCRATCH).glob("read-*/*")), START_S)
        cluster.kill(0)
        said = process.communicate()[1]
        assert process.returncode == 0, said
        assert hashes(made / "killed") == hashes(made / "local")
        found, _ = merged(made, "one", master=cluster.address)
        assert found == hashes(made / "local")


def test_a_driver_that_is_killed_leaves_the_former_outs(made: Path) -> None:
    merged(made, "driver", name="local")
    process = begun(made, "driver")
    wait_for(lambda: list((made / SCRATCH).glob("read-*/*")), START_S)
    process.kill()
    process.communicate()
    assert hashes(made / "driver") == hashes(made / "local")
    assert merged(made, "driver")[0] == hashes(made / "local")
    assert not (made / SCRATCH).exists()


def test_what_stops_a_run_stops_it_with_the_same_words(
    made: Path, tmp_path: Path
) -> None:
    folder = shop(tmp_path / "shop")
    path = folder / "raw/data_reviews_purchase.csv"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    lines.insert(5000, "product_id,user_id,rating,comment,processed_comment,cmt_date\n")
    path.write_text("".join(lines), encoding="utf-8")
    said = []
    for name in ("local", "spark"):
        process = begun(folder, name, name=name)
        said.append(process.communicate()[1].splitlines()[-1])
        assert process.returncode == 3
    assert said[0] == said[1]
    assert "a second header with its columns in another order" in said[0]
