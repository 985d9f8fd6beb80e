"""What the routes share; tests/test_service.py asks the real service."""

from recsys.serving import http
from recsys.serving.messages import Batch, Reload
from recsys.serving.recommender import Item


def test_an_answer_is_json_of_plain_values_and_items() -> None:
    item = Item("p1", "Kem đ", 1.5, {"factors": 1.5})
    body = http.JSON({"items": [item]}).body
    assert bytes(body).decode() == (
        '{"items":[{"product_id":"p1","name":"Kem đ","score":1.5,'
        '"parts":{"factors":1.5}}]}'
    )


def test_bodies_are_described_without_references() -> None:
    for kind in (Batch, Reload):
        described = http.takes(kind)["requestBody"]
        assert "$ref" not in str(described)
        assert described["content"]["application/json"]["schema"]["examples"]
