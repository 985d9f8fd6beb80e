"""Each threshold of the models on both sides."""

from datetime import timedelta

import pytest

from ops.deploy import agreement
from ops.deploy.deployment_log import Row
from ops.deploy.production import Deployment
from ops.health import models
from ops.health.checks import Level
from recsys.program.errors import DataError
from recsys.ranking.evaluation_file import Evaluation
from recsys.registry.versions import Version
from tests.ops.health.worlds import DAY, LIMITS, NOW

SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("age", "level"),
    [(30 * DAY, "ok"), (30 * DAY + SECOND, "warning"), (-SECOND, "warning")],
)
def test_model_age(age: timedelta, level: Level) -> None:
    assert models.check_age("als-1", NOW - age, NOW, LIMITS, NOW).level == level


def test_an_old_model_is_well_where_no_event_is_newer() -> None:
    created = NOW - 90 * DAY
    found = models.check_age("als-1", created, created, LIMITS, NOW)
    assert (found.level, found.next_step) == ("ok", "")
    assert found.value == "90.0 days (als-1), and no event is newer"
    newer = models.check_age("als-1", created, created + SECOND, LIMITS, NOW)
    assert newer.level == "warning"
    assert "`python runner.py run train`" in newer.next_step


def evaluation(als: float, popularity: float = 0.0) -> Evaluation:
    return Evaluation(
        best="als",
        primary="recall_at_10",
        test_users=9,
        test_users_in_all=9,
        models={
            "als": {"recall_at_10": als},
            "popularity": {"recall_at_10": popularity},
        },
    )


@pytest.mark.parametrize(
    ("recall", "level"), [(0.1, "ok"), (0.0999, "critical"), (0, "critical"), (1, "ok")]
)
def test_recall_is_that_of_the_best_model(recall: float, level: Level) -> None:
    found = models.check_recall(evaluation(recall, 0.9), LIMITS)
    assert found.level == level
    assert bool(found.next_step) is (level == "critical")


@pytest.mark.parametrize(
    ("recall", "level"), [(0.21, "ok"), (0.2, "warning"), (0.19, "warning")]
)
def test_the_best_model_beats_popularity(recall: float, level: Level) -> None:
    assert models.check_over_popularity(evaluation(recall, 0.2)).level == level


def test_an_evaluation_without_recall_at_10_says_how_to_get_it() -> None:
    without = Evaluation(
        best="als",
        primary="recall_at_5",
        test_users=9,
        test_users_in_all=9,
        models={"als": {"recall_at_5": 0.5}, "popularity": {"recall_at_5": 0.1}},
    )
    with pytest.raises(DataError, match=r"metrics/evaluate\.json.*cutoffs.*`dvc repro"):
        models.check_recall(without, LIMITS)


def test_no_deployment_is_no_bad_one() -> None:
    rows: list[Row] = []
    assert models.check_deployment(rows).level == "ok"


def test_what_the_court_has_ruled() -> None:
    assert models.check_court([], False).level == "ok"
    former = models.check_court(["the former champion is better"], False)
    assert (former.level, former.value) == ("warning", "the former champion is better")
    assert "python runner.py rollback" in former.next_step
    below = models.check_court(["a", "b"], True)
    assert (below.level, below.value, below.exit_code) == ("critical", "a / b", 4)


def test_the_champion_by_registry_log_and_pointer() -> None:
    version = Version(2, "als-2", "als", "Production", "", NOW, False)
    top = Deployment(1, NOW, "promote", "als-1", 1, None, None, "promoted", "", None)
    assert models.check_champion(None, None, None).level == "ok"
    assert models.check_champion(None, top, "als-1").level == "ok"
    assert models.check_champion(None, top, None).level == "ok"
    other = models.check_champion(None, top, "als-2")
    assert (other.level, "promote" in other.next_step) == ("warning", True)
    for is_shared, level in ((False, "warning"), (True, "ok")):
        moved = agreement.split(version, top, [], is_shared)
        assert models.check_champion(moved, top, "als-2").level == level
        assert models.check_champion(moved, top, "als-1").level == "warning"
    gone = agreement.split(None, top, [])
    assert models.check_champion(gone, top, "als-1").level == "critical"
