"""Which model answers: in production, else in Staging, else as trained."""

from pathlib import Path

import pytest

from ops.deploy.releases import Places
from ops.recommendations import source
from recsys.files.atomic import write_json
from recsys.program.errors import ConfigError, DataError, DiskError
from recsys.serving import pointer, trained
from tests.recsys.serving import worlds
from tests.worlds import complains, snapshot


def test_as_trained_before_anything_is_registered(places: Places) -> None:
    before = snapshot(places.root)
    found = source.choose(places, None)
    assert found.where == "the newest one, not in Staging"
    assert len(found.recommender.recommend("u0").items) == 6
    assert snapshot(places.root) == before  # a look writes nothing


def test_the_best_of_the_evaluation_goes_first(places: Places) -> None:
    write_json(places.root / source.METRICS, {"best": "bpr"})
    assert source.choose(places, None).recommender.model_id.startswith("als-")
    write_json(places.root / source.METRICS, {"best": "als"})
    assert source.choose(places, None).recommender.model_id.startswith("als-")


def test_what_is_released_is_in_production(places: Places) -> None:
    served = worlds.publish(places.root)
    pointer.switch(places.releases, served)
    worlds.save_model(places.models / "als", popularity=9.0)
    found = source.choose(places, None)
    assert (found.where, found.recommender.model_id) == ("in production", served)


def test_a_model_is_asked_for_by_its_id(places: Places) -> None:
    model_id = trained.ids(places.models, places.mlruns)[0]
    found = source.choose(places, model_id)
    assert (found.where, found.recommender.model_id) == ("as asked for", model_id)
    for wrong in ("als-0123456789ab", "../als"):
        with complains(DataError, wrong):
            source.choose(places, wrong)


def test_in_memory_it_is_what_would_be_published(places: Places) -> None:
    before = source.choose(places, None).recommender.recommend("u0").items
    worlds.publish(places.root)
    assert source.choose(places, None).recommender.recommend("u0").items == before


def test_hidden_products_are_left_out(places: Places) -> None:
    places.releases.mkdir()
    (places.releases / "hidden.txt").write_text("p0\n")
    (places.releases / "delisted.txt").write_text("p9\n")
    shown = source.choose(places, None).recommender.recommend("u0").items
    assert not {"p0", "p9"} & {item.product_id for item in shown}


def test_a_line_that_hides_nothing_is_told(
    places: Places, capsys: pytest.CaptureFixture[str]
) -> None:
    places.releases.mkdir()
    (places.releases / "hidden.txt").write_text("p0\np0.0\n")
    source.choose(places, None)
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "hidden.txt: 1 line names no product" in said


def test_nothing_was_trained_yet(tmp_path: Path) -> None:
    with complains(DataError, "no model yet", "make repro"):
        source.choose(Places(tmp_path), None)


@pytest.mark.parametrize("text", ["process: {}\n", "process: 4\n", "{}\n"])
def test_a_missing_threshold_is_said(places: Places, text: str) -> None:
    places.params.write_text(text)
    with complains(ConfigError, "process.positive_threshold"):
        source.choose(places, None)


def test_no_list_is_made_where_what_is_hidden_is_not_known(places: Places) -> None:
    places.releases.symlink_to(places.root / "share")
    with complains(DiskError, "releases: a link to", "bring it back"):
        source.choose(places, None)
