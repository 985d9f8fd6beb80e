"""What differs between registry and log, by versions and deployments alone."""

from datetime import UTC, datetime

import pytest

from ops.deploy import agreement
from ops.deploy.production import Deployment
from recsys.registry.versions import Version

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def version(number: int, model_id: str, stage: str = "Production") -> Version:
    return Version(number, model_id, "als", stage, "", NOW, False)


def deployed(number: int, model_id: str) -> Deployment:
    return Deployment(
        1, NOW, "promote", model_id, number, None, None, "promoted", "", None
    )


ONE, TWO = version(1, "als-1"), version(2, "als-2")
TOP = deployed(1, "als-1")


def test_nothing_differs_before_the_first_and_where_both_name_the_same() -> None:
    assert agreement.split(None, None, [ONE]) is None
    assert agreement.split(ONE, TOP, []) is None


@pytest.mark.parametrize(
    ("champion", "top", "kind", "step"),
    [
        (TWO, TOP, "moved", "`python runner.py rollback` goes back"),
        (version(3, "als-1"), TOP, "renumbered", "promote` writes it down"),
        (ONE, None, "unlogged", "promote` writes it down"),
    ],
)
def test_a_champion_that_the_log_does_not_have(
    champion: Version, top: Deployment | None, kind: str, step: str
) -> None:
    found = agreement.split(champion, top, [])
    assert found is not None
    assert (found.kind, found.version) == (kind, champion)
    assert step in found.step and champion.model_id in found.seen


def test_without_a_champion_the_version_of_the_log_is_looked_for() -> None:
    again = version(7, "als-1")
    for known, wanted in (([ONE, TWO], ONE), ([ONE, again], ONE), ([again], again)):
        found = agreement.split(None, TOP, known)
        assert found is not None
        assert (found.kind, found.version) == ("unnamed", wanted)


def test_a_version_that_is_gone_leaves_three_ways() -> None:
    found = agreement.split(None, TOP, [TWO])
    assert found is not None
    assert (found.kind, found.version) == ("gone", None)
    for way in ("a copy of mlruns/", "rollback", "--approve"):
        assert way in found.step
    empty = agreement.split(None, TOP, [])
    assert empty is not None
    assert "rollback" not in empty.step and "rm -rf mlruns/published" in empty.step


def test_a_version_without_an_id_is_known_by_its_number_alone() -> None:
    found = agreement.split(None, deployed(1, ""), [version(2, "")])
    assert found is not None and found.kind == "gone"


def test_on_a_shared_registry_only_what_stands_in_production_is_named_again() -> None:
    archived = version(1, "als-1", "Archived")
    kinds = [
        found.kind
        for known in ([ONE], [archived])
        if (found := agreement.split(None, TOP, known, is_shared=True))
    ]
    assert kinds == ["unnamed", "gone"]


def test_the_live_version_as_the_log_has_it() -> None:
    found = agreement.of_the_log(TOP)
    assert (found.number, found.model_id, found.created_at) == (1, "als-1", NOW)
