"""The real service over HTTP: its routes, refusals, switches, and its end."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from recsys.serving.recommender import Wish
from recsys.serving.shop_page import FILE
from tests.running_service import TOKEN, Running, Served, running, served_shop


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Served:
    return served_shop(tmp_path_factory.mktemp("shop"))


@pytest.fixture(scope="module")
def service(shop: Served) -> Iterator[Running]:
    with running(shop[0]) as started:
        yield started


def items(answer: requests.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [item["product_id"] for item in answer.json()["items"]]


def test_a_list_is_that_of_the_release(service: Running, shop: Served) -> None:
    for user in ("u0", "new", "cold", "sad", "nobody", "a/b", "đ", "..x", "%00"):
        answer = service.get(
            f"/recommend/{requests.utils.quote(user)}", params={"k": 4}
        )
        wanted = shop[1].recommend(user, Wish(k=4))
        assert items(answer) == [item.product_id for item in wanted.items]
        said = answer.json()
        assert (said["user_id"], said["how"]) == (user, wanted.how)
        assert said["model_id"] == shop[1].model_id
        # the test's own BLAS may be set otherwise: its last bits are others
        assert said["items"][0]["parts"] == pytest.approx(wanted.items[0].parts)
        assert said["request_id"] == answer.headers["X-Request-ID"]


def test_a_load_balancer_may_ask_for_the_head_of_health(service: Running) -> None:
    answer, whole = (
        requests.head(f"{service.url}/health", timeout=10),
        service.get("/health"),
    )
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-length"] == whole.headers["content-length"]
    assert requests.head(f"{service.url}/recommend/u0", timeout=10).status_code == 405
    assert service.get("/health").json()["status"] == "ok"


def test_why_a_product_is_in_a_list(service: Running) -> None:
    for user in ("u0", "new", "nobody", "a/b"):
        path = requests.utils.quote(user)
        for rank, product in enumerate(items(service.get(f"/recommend/{path}")), 1):
            answer = service.get(f"/why/{path}", params={"product": product})
            said = answer.json()
            assert (said["rank"], said["user_id"]) == (rank, user)
            assert said["request_id"] == answer.headers["X-Request-ID"]


def test_filters_and_exclusions(service: Running) -> None:
    query = {"k": 2, "brand": "lan", "exclude": ["p1", "p3"]}
    assert set(items(service.get("/recommend/u0", params=query))) <= {"p5", "p7", "p9"}
    assert len(items(service.get("/recommend/u0", params=query))) == 2
    like = items(service.get("/similar/p2", params={"k": 3, "brand": "Rosa"}))
    assert set(like) <= {"p0", "p4", "p6"} and len(like) == 3


def test_many_lists_by_one_model(service: Running, shop: Served) -> None:
    who: list[dict[str, Any]] = [
        {"user_id": "u0"},
        {"bought": ["p1", "p99"]},
        {"user_id": "u0", "bought": ["p1"]},
        {},
    ]
    said = service.post("/recommend", {"k": 3, "lists": who}).json()
    for one, found in zip(who, said["lists"], strict=True):
        wish = Wish(k=3, bought=one.get("bought", ()))
        wanted = shop[1].recommend(one.get("user_id"), wish)
        assert [item["product_id"] for item in found["items"]] == [
            item.product_id for item in wanted.items
        ]
    assert said["lists"][1]["unknown_products"] == ["p99"]


@pytest.mark.parametrize(
    ("path", "code", "words"),
    [
        ("/recommend/u0?k=0", 400, "k: a number from 1 to 1000"),
        ("/recommend/u0?k=ten", 400, "k: a number from 1 to 1000"),
        ("/recommend/u0?k=99999999999", 400, "k: "),
        ("/recommend/u0?exlude=p1", 400, "exlude: no parameter"),
        ("/recommend/u0?brand=Nobody", 400, "no product of brand 'Nobody'"),
        ("/recommend/u0?type=", 400, "no product of type"),
        ("/similar/p99", 404, "'p99' is not in the model"),
        ("/why/u0?product=p99", 404, "'p99' is not in the model"),
        ("/why/u0", 400, "product: one product id is needed"),
        ("/recommend", 405, "Method Not Allowed"),
        ("/ops", 404, "the page is off: set pages.in_service"),
        ("/nothing", 404, "Not Found"),
    ],
)
def test_a_bad_request_is_one_message(
    service: Running, path: str, code: int, words: str
) -> None:
    answer = service.get(path)
    assert answer.status_code == code
    said = answer.json()
    assert words in said["error"]
    assert said["request_id"] == answer.headers["X-Request-ID"]


@pytest.mark.parametrize(
    ("body", "code", "words"),
    [
        (b"", 400, "not JSON"),
        (b"{", 400, "not JSON"),
        (b"\xff", 400, "not JSON"),
        (b"[" * 100_000, 400, "not JSON"),
        (b"[]", 400, "the body"),
        (b"{}", 400, "lists: Field required"),
        (b'{"lists": []}', 400, "lists: "),
        (b'{"lists": [{"user": "u0"}]}', 400, "lists.0.user: Extra inputs"),
        (b'{"lists": [{"user_id": 7}]}', 400, "lists.0.user_id"),
        (b'{"lists": [{}], "k": 0}', 400, "k: "),
        (b'{"lists": [%s{}]}' % (b"{}," * 100), 400, "at most 100 items"),
        (b" " * (1 << 21), 413, "a body of more than"),
    ],
)
def test_a_bad_body_is_one_message(
    service: Running, body: bytes, code: int, words: str
) -> None:
    answer = requests.post(f"{service.url}/recommend", data=body, timeout=20)
    assert answer.status_code == code, answer.text
    assert words in answer.json()["error"]


def test_a_request_keeps_a_plain_id_of_its_caller(service: Running) -> None:
    def asked(name: str) -> str:
        answer = service.get("/health", headers={"X-Request-ID": name})
        return str(answer.headers["X-Request-ID"])

    assert asked("shop-1.2_3") == "shop-1.2_3"
    assert asked("<script>") != "<script>"
    assert len(asked("x" * 65)) == 16


def test_what_operators_ask(service: Running, shop: Served) -> None:
    health = service.get("/health").json()
    assert (health["status"], health["model_loaded"]) == ("ok", True)
    info = service.get("/model_info").json()
    assert info["model_id"] == shop[1].model_id
    assert info["manifest_sha256"] == shop[1].release.about.manifest_sha256
    assert (info["users"], info["products"]) == (15, 10)
    text = service.get("/metrics").text
    assert f'recommender_model_info{{model_id="{shop[1].model_id}"}} 1' in text
    assert 'recommender_requests_total{route="/health",code="200"}' in text
    paths = service.get("/openapi.json").json()["paths"]
    assert {"/recommend/{user_id}", "/recommend", "/similar/{product_id}"} <= set(paths)
    assert "/why/{user_id}" in paths
    assert "examples" in str(paths["/recommend"]["post"]["requestBody"])
    assert service.get("/docs").status_code == 200


def test_the_page_of_the_shop_is_there_where_it_is_switched_on(
    service: Running, shop: Served
) -> None:
    page = shop[0] / "releases" / FILE
    page.write_text("<p>all is well</p>")
    try:
        answer = service.get("/ops")
    finally:
        page.unlink()
    assert (answer.status_code, answer.text) == (200, "<p>all is well</p>")
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"


def test_the_token_stands_in_no_log(service: Running) -> None:
    assert TOKEN not in service.log.read_text()
