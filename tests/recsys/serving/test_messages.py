"""Bodies: what is taken, and what is said of the rest."""

import orjson
import pytest

from recsys.program.errors import ConfigError
from recsys.serving.messages import Batch, Reload, Who, parsed, reply
from recsys.serving.recommender import Answer, Item, KeptPlace, Wish
from tests.worlds import complains


def test_a_batch_becomes_wishes() -> None:
    batch = parsed(
        Batch, b'{"lists": [{"user_id": "u0", "bought": ["p1"]}], "k": 3, "brand": "x"}'
    )
    assert batch.lists == [Who(user_id="u0", bought=["p1"])]
    assert batch.wish(batch.lists[0]) == Wish(3, [], "x", None, ["p1"])
    assert parsed(Reload, b"{}").model_id is None


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "not JSON"),
        (b'{"lists": [{"user_id": "\\ud800"}]}', "not JSON"),
        (b'{"lists": NaN}', "not JSON"),
        (b"7", "the body: "),
        (b'{"lists": [{}], "k": 1.5}', "k: "),
        (b'{"lists": [{"bought": "p1"}]}', "lists.0.bought: "),
        (
            b'{"lists": [{"a": 1, "b": 2}]}',
            "lists.0.a: Extra inputs are not permitted (and 1",
        ),
    ],
)
def test_the_first_wrong_key_is_named(content: bytes, words: str) -> None:
    with complains(ConfigError, words):
        parsed(Batch, content)


def test_unknown_products_are_said_where_there_are_some() -> None:
    said = reply("r", Answer("als-1", "trained", []), user_id="u0")
    assert list(said) == ["request_id", "model_id", "user_id", "how", "items"]
    said = reply("r", Answer("als-1", "trained", [], ["p9"]))
    assert said["unknown_products"] == ["p9"]


def test_a_product_on_a_place_for_new_ones_says_so_and_others_say_nothing() -> None:
    items = [Item("p1", "Kem", 1.5, {}), KeptPlace("p2", "Son", 1.0, {}, "new")]
    said = orjson.loads(orjson.dumps(reply("r", Answer("als-1", "trained", items))))
    assert said["items"] == [
        {"product_id": "p1", "name": "Kem", "score": 1.5, "parts": {}},
        {"product_id": "p2", "name": "Son", "score": 1.0, "parts": {}, "place": "new"},
    ]
