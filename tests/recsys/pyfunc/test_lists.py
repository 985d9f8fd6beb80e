"""What MLflow loads, anywhere and without pickle, gives the lists of the service."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from recsys.pyfunc import lists
from recsys.serving import release
from recsys.serving.recommender import Answer, Item, KeptPlace, Recommender, Wish
from recsys.serving.release import Release

USERS = [*(f"u{user}" for user in range(12)), "new", "cold", "sad", "nobody", "u0"]

LOADED = """
import json, sys
import mlflow.pyfunc, pandas
uri, config, users = sys.argv[1], json.loads(sys.argv[2]), json.loads(sys.argv[3])
model = mlflow.pyfunc.load_model(uri, model_config=config)
answers = {"id": model.model_id, "recsys": sys.modules["recsys"].__file__}
for name, data in {
    "texts": users,
    "frame": pandas.DataFrame({"user_id": users}),
    "example": model.input_example,
}.items():
    answers[name] = model.predict(data, params={"k": 4})
answers["usual"] = model.predict(["u0"])
for name, data, params in (("number", [7], {}), ("k", ["u0"], {"k": 0})):
    try:
        model.predict(data, params=params)
    except Exception as error:  # MLflow wraps ours in its own; the message is looked at
        answers[name] = str(error)
print(json.dumps(answers))
"""


def loaded(model: Path, config: dict[str, str] | None = None) -> dict[str, Any]:
    """What a process elsewhere, without the project on its path, gets from the model."""
    arguments = [str(model), json.dumps(config), json.dumps(USERS)]
    done = subprocess.run(
        [sys.executable, "-c", LOADED, *arguments],
        cwd="/",
        env={
            "PATH": os.environ["PATH"],
            "MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false",
            "MLFLOW_DISABLE_TELEMETRY": "true",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answers: dict[str, Any] = json.loads(done.stdout)
    return answers


def published(shop: Path) -> Release:
    (held,) = (shop / "releases").glob("als-*")
    return release.load(shop / "releases", held.name)


def wanted(recommender: Recommender, k: int) -> list[list[str]]:
    answers = [recommender.recommend(user, Wish(k=k)) for user in USERS]
    return [[item.product_id for item in answer.items] for answer in answers]


def products(answers: list[dict[str, Any]]) -> list[list[str]]:
    return [[item["product_id"] for item in each["items"]] for each in answers]


@pytest.fixture(scope="module")
def answers(shop: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Those of a copy of the folder: the place where it was made is none of its business."""
    copy = tmp_path_factory.mktemp("moved") / "model"
    shutil.copytree(shop / "model", copy)
    return loaded(copy)


def test_the_lists_are_those_of_the_service(shop: Path, answers: Any) -> None:
    recommender = Recommender(published(shop))
    assert products(answers["texts"]) == wanted(recommender, 4)
    assert answers["frame"] == answers["texts"]
    for user, told in zip(USERS, answers["texts"], strict=True):
        answer = recommender.recommend(user, Wish(k=4))
        assert (told["user_id"], told["how"]) == (user, answer.how)
        assert told["model_id"] == recommender.model_id
        for item, shown in zip(answer.items, told["items"], strict=True):
            assert shown["name"] == item.name
            assert shown["score"] == pytest.approx(item.score, rel=1e-5)
            assert shown["parts"] == pytest.approx(item.parts, rel=1e-4, abs=1e-5)


def test_users_who_are_not_known_go_by_the_rule_of_newcomers(answers: Any) -> None:
    told = {each["user_id"]: each["how"] for each in answers["texts"]}
    assert told["u0"] == "trained"
    assert told["new"] == "new user"
    assert told["cold"] == "fallback to content and popularity"
    assert told["sad"] == told["nobody"] == "fallback to popularity"


def test_the_length_of_a_list_is_a_param(answers: Any) -> None:
    assert {len(each["items"]) for each in answers["texts"]} == {4}
    assert len(answers["usual"][0]["items"]) == 6  # of ten products u0 has touched four
    assert "k: a number from 1 to 1000 is needed, not 0" in answers["k"]


def test_the_example_is_of_users_and_one_who_is_not_known(answers: Any) -> None:
    assert [each["how"] for each in answers["example"]] == [
        *("trained", "trained", "fallback to popularity")
    ]


def test_ids_are_texts(answers: Any) -> None:
    assert "Can not safely convert" in answers["number"]


def test_the_code_is_that_of_the_model(answers: Any) -> None:
    assert answers["recsys"].endswith("/model/code/recsys/__init__.py")
    assert answers["id"] == "m-1"


def test_a_hide_list_can_be_named(shop: Path, tmp_path: Path) -> None:
    (tmp_path / "hidden.txt").write_text("p4\np6\n")
    told = loaded(shop / "model", {"hide_list": str(tmp_path / "hidden.txt")})
    recommender = Recommender(published(shop))
    recommender.catalogue.hide(frozenset({"p4", "p6"}))
    assert products(told["texts"]) == wanted(recommender, 4)
    assert not {"p4", "p6"} & {item for row in products(told["texts"]) for item in row}


def test_what_is_delisted_beside_it_is_hidden_too(shop: Path, tmp_path: Path) -> None:
    (tmp_path / "hidden.txt").write_text("p4\n")
    (tmp_path / "delisted.txt").write_text("# no longer sold\np6\n")
    told = loaded(shop / "model", {"hide_list": str(tmp_path / "hidden.txt")})
    recommender = Recommender(published(shop))
    recommender.catalogue.hide(frozenset({"p4", "p6"}))
    assert products(told["texts"]) == wanted(recommender, 4)


def test_a_hide_list_that_is_not_there_is_refused(shop: Path, tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="no such file; name the hide list"):
        loaded(shop / "model", {"hide_list": str(tmp_path / "hiden.txt")})


def test_a_torn_release_is_refused(shop: Path, tmp_path: Path) -> None:
    copy = tmp_path / "model"
    shutil.copytree(shop / "model", copy)
    (path,) = copy.glob("artifacts/*/popularity.npy")
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(AssertionError, match="its hash is not the one"):
        loaded(copy)


def test_a_place_that_is_kept_for_new_items_says_so() -> None:
    items = [Item("p1", "Kem", 2.0, {}), KeptPlace("p9", "Serum", 1.0, {}, "new")]
    told = lists._told("u0", Answer("als-0", "trained", items))
    assert [item.get("place") for item in told["items"]] == [None, "new"]
