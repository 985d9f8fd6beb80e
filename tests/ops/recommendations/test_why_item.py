"""`runner.py why-item`: the command as an operator types it."""

import json

import pytest

from ops.deploy.releases import Places
from ops.recommendations import source, why_item
from recsys.serving import why
from tests.operator_shell import make_project, runner
from tests.recsys.serving.worlds import but_for_the_fit
from tests.worlds import snapshot


@pytest.fixture
def project(places: Places) -> Places:
    make_project(places.root)
    return places


def test_text_and_json_of_a_product_in_the_list(project: Places) -> None:
    before = snapshot(project.root)
    done = runner(project.root, "why-item", "u0", "p0")
    assert (done.returncode, but_for_the_fit(done.stderr)) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[1] == "user u0 (trained) likes 4 products"
    assert lines[2] == "product p0 Kem số 0"
    assert lines[4] == "rank 1 of 6 products that may be shown"
    said = json.loads(runner(project.root, "why-item", "u0", "p0", "--json").stdout)
    assert (said["rank"], said["where"]) == (1, "the newest one, not in Staging")
    assert [one["product_id"] for one in said["nearest"]] == ["p2", "p4", "p6", "p8"]
    assert snapshot(project.root) == before


def told(places: Places, user: str, product: str) -> str:
    found = source.choose(places, None)
    return why_item.as_text(found, user, why.why(found.recommender, user, product))


def test_what_keeps_it_out_is_said(places: Places) -> None:
    text = told(places, "u0", "p4")
    assert f"not in the list: {why.SEEN}" in text
    assert "it would have rank 1, beside 6 products that may be shown" in text


def test_who_is_not_known_is_told_so(places: Places) -> None:
    text = told(places, "x\x07", "p1")
    assert r"user x\x07 (fallback to popularity) is not known to the model" in text
    assert "most like it" not in text


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["u0", "p99"], 3, "product 'p99' is not in the model"),
        (["u0"], 2, "PRODUCT"),
        (["u0", "p1", "--bought", "-1"], 2, "greater than or equal to 0"),
    ],
)
def test_a_bad_input_is_one_message(
    project: Places, arguments: list[str], code: int, words: str
) -> None:
    done = runner(project.root, "why-item", *arguments)
    assert (done.returncode, done.stdout) == (code, "")
    assert words in done.stderr
    assert "Traceback" not in done.stderr
