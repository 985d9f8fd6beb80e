"""`runner.py recommend`: the command as an operator types it."""

import json

import pytest

from ops.deploy.releases import Places
from tests.operator_shell import make_project, runner
from tests.recsys.serving.worlds import but_for_the_fit
from tests.worlds import snapshot


@pytest.fixture
def project(places: Places) -> Places:
    make_project(places.root)
    return places


def test_a_table_and_json(project: Places) -> None:
    done = runner(project.root, "recommend", "u0", "-k", "2")
    assert (done.returncode, but_for_the_fit(done.stderr)) == (0, "")
    assert "the newest one, not in Staging" in done.stdout
    before = snapshot(project.root)
    done = runner(project.root, "recommend", "u0", "-k", "2", "--json")
    said = json.loads(done.stdout)
    assert [item["rank"] for item in said["items"]] == [1, 2]
    assert said["items"][0]["product_id"] == "p0"
    assert said["bought"][0] == "Kem số 2"
    assert snapshot(project.root) == before


def test_what_is_excluded_and_not_known_is_told(project: Places) -> None:
    done = runner(project.root, "recommend", "u0", "--exclude", "p1,p2")
    told = but_for_the_fit(done.stderr)
    assert (done.returncode, len(told.splitlines())) == (0, 1)
    assert "not in the model: 'p1,p2'; write one product id" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["u0", "-k", "0"], 2, "greater than or equal to 1"),
        (["u0", "--brand", "Nobody"], 2, "no product of brand 'Nobody'"),
        (["u0", "--model", "als-0123456789ab"], 3, "no model 'als-0123456789ab'"),
        (["u0", "--model", "../x"], 3, "not the id of a model"),
        ([], 2, "USER"),
    ],
)
def test_a_bad_input_is_one_message(
    project: Places, arguments: list[str], code: int, words: str
) -> None:
    done = runner(project.root, "recommend", *arguments)
    assert (done.returncode, done.stdout) == (code, "")
    assert words in done.stderr
    assert "Traceback" not in done.stderr
