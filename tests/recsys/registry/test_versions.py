"""Stages and aliases move together, whatever is killed or runs beside it."""

from contextlib import suppress

import pytest

from recsys.program.errors import StoreError
from recsys.registry import store, versions

# MLflow's own table definitions use what SQLAlchemy 2.1 deprecates; nothing here can change that
pytestmark = pytest.mark.filterwarnings(
    "ignore:The ``noload`` loader strategy is deprecated"
)


@pytest.fixture
def client(mlruns):
    opened = store.client(mlruns)
    opened.create_registered_model(versions.MODEL)
    for number in (1, 2, 3):
        opened.create_model_version(
            versions.MODEL,
            source="file:///nowhere",
            tags={"model_id": f"als-{number}", "model_type": "als"},
        )
    return opened


def _stages(client):
    return [version.stage for version in versions.versions(client)]


def test_nothing_registered(mlruns):
    client = store.client(mlruns)
    assert versions.versions(client) == []
    assert (
        versions.champion(client),
        versions.challenger(client),
        versions.find(client, "als-1"),
    ) == (None,) * 3


def test_versions_and_find(client):
    found = versions.versions(client)
    assert [
        (each.number, each.model_id, each.model_type, each.stage) for each in found
    ] == [
        (1, "als-1", "als", "None"),
        (2, "als-2", "als", "None"),
        (3, "als-3", "als", "None"),
    ]
    assert found[0].created_at.utcoffset().total_seconds() == 0
    assert versions.find(client, "als-2") == found[1]
    assert versions.find(client, "als-9") is None


def test_the_newest_that_was_staged_by_hand_is_the_challenger(client):
    with pytest.warns(FutureWarning, match="transition_model_version_stage"):
        client.transition_model_version_stage(versions.MODEL, "1", "Staging")
        client.transition_model_version_stage(versions.MODEL, "2", "Staging")
    assert versions.challenger(client).number == 2


# ---- stages and aliases ----


def test_staging_archives_the_one_that_waited(client):
    assert versions.stage(client, 1)
    assert versions.stage(client, 2)
    assert versions.stage(client, 2)
    assert _stages(client) == ["Archived", "Staging", "None"]
    assert versions.challenger(client).number == 2


def test_production_and_rolled_back_are_not_staged(client):
    versions.set_production(client, 1)
    versions.mark_rolled_back(client, 2)
    assert not versions.stage(client, 1)
    assert not versions.stage(client, 2)
    assert _stages(client) == ["Production", "None", "None"]
    versions.unmark_rolled_back(client, 2)
    assert versions.stage(client, 2)


def test_production_moves_alias_and_stages(client):
    versions.stage(client, 1)
    versions.set_production(client, 1)
    versions.stage(client, 2)
    versions.mark_rolled_back(client, 2)
    versions.set_production(client, 2)
    versions.set_production(client, 2)
    assert _stages(client) == ["Archived", "Production", "None"]
    assert versions.champion(client).number == 2
    assert not versions.champion(client).rolled_back
    assert versions.challenger(client) is None


def test_the_challenger_stays_if_another_goes_to_production(client):
    versions.stage(client, 3)
    versions.set_production(client, 1)
    assert versions.challenger(client).number == 3


def test_a_version_that_does_not_exist(client):
    for change in (versions.stage, versions.set_production):
        with pytest.raises(StoreError, match="no version 9"):
            change(client, 9)
    assert _stages(client) == ["None"] * 3


class CutError(Exception):
    """Stands for a kill between two calls."""


CALLS = (
    "set_registered_model_alias",
    "transition_model_version_stage",
    "delete_registered_model_alias",
    "set_model_version_tag",
)


@pytest.mark.parametrize("cut", range(8))
@pytest.mark.parametrize("change", [versions.stage, versions.set_production])
def test_a_change_that_was_cut_short_is_mended_by_the_next(
    client, monkeypatch, change, cut
):
    versions.set_production(client, 1)
    versions.stage(client, 2)
    left = [cut]
    with monkeypatch.context() as patch:
        for name in CALLS:
            patch.setattr(client, name, _cutting(getattr(client, name), left))
        with suppress(CutError):
            change(client, 3)
    change(client, 3)
    if change is versions.stage:
        assert (_stages(client), versions.challenger(client).number) == (
            ["Production", "Archived", "Staging"],
            3,
        )
    else:
        assert (_stages(client), versions.champion(client).number) == (
            ["Archived", "Staging", "Production"],
            3,
        )


def _cutting(real, left):
    def call(*arguments, **named):
        if left[0] == 0:
            raise CutError
        left[0] -= 1
        return real(*arguments, **named)

    return call


PROMOTE_ROUND = """
import sys, pathlib
from recsys.registry import store, versions
folder = pathlib.Path(sys.argv[1])
client = store.client(folder)
for _ in range(5):
    with store.locked(folder):
        versions.set_production(client, int(sys.argv[2]))
        produced = [v.number for v in versions.versions(client) if v.stage == "Production"]
        assert produced == [versions.champion(client).number] == [int(sys.argv[2])], produced
"""


def test_processes_that_promote_at_once_leave_one_production(client, mlruns, forks):
    children = [forks.spawn(PROMOTE_ROUND, mlruns, number) for number in (1, 2, 3)]
    assert [child.wait() for child in children] == [0, 0, 0]
    produced = [
        each for each in versions.versions(client) if each.stage == "Production"
    ]
    assert produced == [versions.champion(client)]
