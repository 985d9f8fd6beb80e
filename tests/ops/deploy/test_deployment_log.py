"""The ledger: pure rules over rows first, then the table."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.deploy import deployment_log
from ops.deploy.deployment_log import Intent, Row
from recsys.program.errors import GateError, StoreError

NOW = datetime(2026, 3, 1, tzinfo=UTC)


class Story:
    """Rows as deployments write them: `Story().promote("a").rollback("a", "pending").rows`."""

    def __init__(self) -> None:
        self.rows: list[Row] = []

    def _row(self, action, model, former, status, intent=None):
        number = len(self.rows) + 1
        self.rows.append(
            Row(
                number,
                NOW + timedelta(hours=number),
                action,
                model,
                ord(model[0]),
                former,
                ord(former[0]) if former else None,
                status,
                "",
                None,
                intent,
            )
        )
        return number

    def _do(self, action, model, status):
        top = deployment_log.in_production(self.rows)
        intent = self._row(action, model, top.model_id if top else None, "started")
        if status != "started":
            self._row(action, model, None, status, intent)
        return self

    def promote(self, model, status="promoted"):
        return self._do("promote", model, status)

    def rollback(self, model, status="promoted"):
        return self._do("rollback", model, status)

    def confirm(self, status):
        top = deployment_log.in_production(self.rows)
        self._row("confirm", top.model_id, None, status, top.id)
        return self

    def stack(self):
        return "".join(deployment.model_id for deployment in deployment_log.stack(self.rows))

    def target(self):
        return deployment_log.rollback_target(self.rows).model_id


def test_nothing_deployed():
    assert deployment_log.in_production([]) is None
    with pytest.raises(GateError, match="nothing was deployed yet"):
        deployment_log.rollback_target([])


def test_promotions_pile_up():
    story = Story().promote("a").promote("b", "verified").promote("c")
    assert (story.stack(), story.target()) == ("abc", "b")


def test_a_single_deployment_has_nothing_further_back():
    with pytest.raises(GateError, match=r"nothing further back.*before a "):
        Story().promote("a").target()


def test_two_rollbacks_go_two_back_never_to_and_fro():
    story = Story().promote("a").promote("b").promote("c")
    story.rollback(story.target())
    assert (story.stack(), story.target()) == ("ab", "a")
    story.rollback(story.target())
    assert story.stack() == "a"
    with pytest.raises(GateError, match="nothing further back"):
        story.target()


@pytest.mark.parametrize("status", ["failed", "started"])
def test_what_failed_or_never_ended_is_not_in_the_stack(status):
    story = Story().promote("a").promote("b").promote("x", status)
    assert (story.stack(), story.target()) == ("ab", "a")


def test_pending_is_in_production_but_never_a_target():
    story = Story().promote("a").promote("b", "pending")
    assert deployment_log.in_production(story.rows).status == "pending"
    assert story.target() == "a"
    story.promote("c")
    assert (story.stack(), story.target()) == ("ac", "a")


def test_pending_that_was_confirmed_ran():
    story = Story().promote("a").promote("b", "pending").confirm("verified").promote("c")
    assert (story.stack(), story.target()) == ("abc", "b")


def test_failed_confirmation_leaves_it_pending():
    story = Story().promote("a").promote("b", "pending").confirm("failed")
    assert deployment_log.in_production(story.rows).status == "pending"
    assert story.promote("c").stack() == "ac"


def test_the_target_of_a_pending_rollback_ran_before_and_stays():
    story = Story().promote("a").promote("b").promote("c").rollback("b", "pending")
    assert deployment_log.in_production(story.rows).status == "pending"
    assert story.promote("d").target() == "b"


def test_every_layer_of_a_model_that_was_left_goes():
    story = Story().promote("a").promote("b").promote("c").promote("b")
    assert story.target() == "c"
    assert story.rollback("c").stack() == "ac"


def test_the_same_model_again_is_one_layer():
    assert Story().promote("a").promote("b").promote("b", "pending").stack() == "ab"


def test_target_from_a_champion_that_the_ledger_does_not_know():
    story = Story().promote("a").promote("b")
    assert [each.model_id for each in deployment_log.rollback_targets(story.rows, "z")] == [
        "b",
        "a",
    ]


@given(
    st.lists(
        st.tuples(
            st.sampled_from("PR"),
            st.sampled_from("abcd"),
            st.sampled_from(["promoted", "verified", "pending", "failed", "started"]),
        )
    )
)
def test_rollbacks_always_end_and_never_return(actions):
    story = Story()
    ran = set()
    for action, model, status in actions:
        if action == "P":
            story.promote(model, status)
            ran |= {model} if status in deployment_log.RAN else set()
        elif deployment_log.rollback_targets(story.rows):
            story.rollback(story.target(), status)
    left = []
    while deployment_log.rollback_targets(story.rows):
        left.append(deployment_log.in_production(story.rows).model_id)
        target = story.target()
        assert target in ran
        assert target not in left
        story.rollback(target)


# ---- the table ----


def _intent(model="als-1", action="promote"):
    return Intent(action, model, 1, None, None, NOW)


def test_round_trip(tmp_path):
    db = tmp_path / "state" / "runner.db"
    first = deployment_log.begin(db, _intent(), NOW)
    deployment_log.finish(db, first, "pending", "offline", NOW + timedelta(minutes=1))
    deployment_log.confirm(db, first, "verified", "it serves", NOW + timedelta(days=1))
    second = deployment_log.begin(
        db, Intent("promote", "als-2", 2, "als-1", 1, None), NOW + timedelta(days=2)
    )
    written = [
        (row.id, row.action, row.model_id, row.status, row.intent)
        for row in deployment_log.rows(db)
    ]
    assert written == [
        (1, "promote", "als-1", "started", None),
        (2, "promote", "als-1", "pending", 1),
        (3, "confirm", "als-1", "verified", 1),
        (4, "promote", "als-2", "started", None),
    ]
    assert deployment_log.current(db) == deployment_log.Deployment(
        1, NOW, "promote", "als-1", 1, None, None, "verified", "it serves", NOW
    )
    assert deployment_log.interrupted(deployment_log.rows(db)).id == second
    assert [each.model_id for each in deployment_log.history(db, 1)] == ["als-2"]


def test_reading_creates_nothing(tmp_path):
    db = tmp_path / "state" / "runner.db"
    assert (deployment_log.current(db), deployment_log.history(db, 5)) == (None, [])
    assert list(tmp_path.iterdir()) == []


def test_reading_leaves_the_files_as_they_are(tmp_path):
    db = tmp_path / "runner.db"
    deployment_log.begin(db, _intent(), NOW)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    deployment_log.history(db, 5)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_database_of_the_runner_without_deployments(tmp_path):
    db = tmp_path / "runner.db"
    with closing(sqlite3.connect(db)) as connection:
        connection.execute("CREATE TABLE runs (id TEXT)")
    assert deployment_log.rows(db) == []


@pytest.mark.parametrize(
    "statement", ["DELETE FROM deployments", "UPDATE deployments SET status = 'verified'"]
)
def test_the_database_refuses_to_change_or_delete(tmp_path, statement):
    db = tmp_path / "runner.db"
    deployment_log.begin(db, _intent(), NOW)
    with (
        closing(sqlite3.connect(db)) as connection,
        pytest.raises(sqlite3.IntegrityError, match="append-only"),
    ):
        connection.execute(statement)


def test_outcome_of_an_unknown_intent(tmp_path):
    with pytest.raises(StoreError, match="no deployment 7"):
        deployment_log.finish(tmp_path / "runner.db", 7, "failed", "", NOW)


def test_a_file_that_is_no_database(tmp_path):
    db = tmp_path / "runner.db"
    db.write_text("no database at all, but long enough to be looked at" * 100)
    with pytest.raises(StoreError, match=r"runner\.db.*restore it"):
        deployment_log.rows(db)


def test_processes_that_write_at_once_lose_nothing(tmp_path):
    db = tmp_path / "runner.db"
    script = (
        "import sys, pathlib, datetime; from ops.deploy import deployment_log as ledger\n"
        "for n in range(20):\n"
        "    ledger.begin(pathlib.Path(sys.argv[1]), ledger.Intent('promote', 'als-1', n, None, None, None),"
        " datetime.datetime.now(datetime.UTC))"
    )
    children = [
        subprocess.Popen([sys.executable, "-c", script, str(db)], cwd=Path(__file__).parents[3])
        for _ in range(3)
    ]
    assert [child.wait() for child in children] == [0, 0, 0]
    assert len(deployment_log.rows(db)) == 60


def test_the_ledger_is_light():
    script = "import sys; from ops.deploy import deployment_log as ledger; print([m for m in ('mlflow', 'pandas', 'numpy') if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[3],
    )
    assert done.stdout.strip() == "[]"
