"""What the rows of the deployment log say: what is in production, and what lies below it."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.deploy import production
from ops.deploy.deployment_log import Row

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
        top = production.in_production(self.rows)
        intent = self._row(action, model, top.model_id if top else None, "started")
        if status != "started":
            self._row(action, model, None, status, intent)
        return self

    def promote(self, model, status="promoted"):
        return self._do("promote", model, status)

    def rollback(self, model, status="promoted"):
        return self._do("rollback", model, status)

    def confirm(self, status):
        top = production.in_production(self.rows)
        self._row("confirm", top.model_id, None, status, top.id)
        return self

    def stack(self):
        return "".join(
            deployment.model_id for deployment in production.stack(self.rows)
        )

    def target(self):
        return production.rollback_targets(self.rows)[0].model_id


def test_nothing_deployed():
    assert production.in_production([]) is None
    assert production.rollback_targets([]) == []


def test_promotions_pile_up():
    story = Story().promote("a").promote("b", "verified").promote("c")
    assert (story.stack(), story.target()) == ("abc", "b")


def test_a_single_deployment_has_nothing_further_back():
    assert production.rollback_targets(Story().promote("a").rows) == []


def test_two_rollbacks_go_two_back_never_to_and_fro():
    story = Story().promote("a").promote("b").promote("c")
    story.rollback(story.target())
    assert (story.stack(), story.target()) == ("ab", "a")
    story.rollback(story.target())
    assert story.stack() == "a"
    assert production.rollback_targets(story.rows) == []


@pytest.mark.parametrize("status", ["failed", "started"])
def test_what_failed_or_never_ended_is_not_in_the_stack(status):
    story = Story().promote("a").promote("b").promote("x", status)
    assert (story.stack(), story.target()) == ("ab", "a")


def test_pending_is_in_production_but_never_a_target():
    story = Story().promote("a").promote("b", "pending")
    assert production.in_production(story.rows).status == "pending"
    assert story.target() == "a"
    story.promote("c")
    assert (story.stack(), story.target()) == ("ac", "a")


def test_pending_that_was_confirmed_ran():
    story = (
        Story().promote("a").promote("b", "pending").confirm("verified").promote("c")
    )
    assert (story.stack(), story.target()) == ("abc", "b")


def test_failed_confirmation_leaves_it_pending():
    story = Story().promote("a").promote("b", "pending").confirm("failed")
    assert production.in_production(story.rows).status == "pending"
    assert story.promote("c").stack() == "ac"


def test_the_target_of_a_pending_rollback_ran_before_and_stays():
    story = Story().promote("a").promote("b").promote("c").rollback("b", "pending")
    assert production.in_production(story.rows).status == "pending"
    assert story.promote("d").target() == "b"


def test_every_layer_of_a_model_that_was_left_goes():
    story = Story().promote("a").promote("b").promote("c").promote("b")
    assert story.target() == "c"
    assert story.rollback("c").stack() == "ac"


def test_the_same_model_again_is_one_layer():
    assert Story().promote("a").promote("b").promote("b", "pending").stack() == "ab"


def test_target_from_a_champion_that_the_log_does_not_know():
    story = Story().promote("a").promote("b")
    targets = production.rollback_targets(story.rows, "z")
    assert [target.model_id for target in targets] == ["b", "a"]


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
            ran |= {model} if status in production.RAN else set()
        elif production.rollback_targets(story.rows):
            story.rollback(story.target(), status)
    left = []
    while production.rollback_targets(story.rows):
        left.append(production.in_production(story.rows).model_id)
        target = story.target()
        assert target in ran
        assert target not in left
        story.rollback(target)


@pytest.mark.parametrize("outcome", ["promoted", "failed"])
def test_an_intent_without_an_outcome_was_interrupted(outcome):
    story = Story().promote("a", "started")
    assert production.interrupted(story.rows).model_id == "a"
    assert production.interrupted(Story().promote("a", outcome).rows) is None
