"""The real service while its model, its hide list or its pointer change."""

import shutil
import threading
from collections.abc import Iterator

import pytest
import requests

from ops.deploy import verify
from ops.deploy.releases import Places
from ops.deploy.service_client import Service
from recsys.program.errors import ServiceError
from recsys.serving import pointer
from tests.recsys.serving import worlds
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


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer wrong", f"Basic {TOKEN}"]
)
def test_a_reload_needs_the_token(service: Running, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}
    answer = service.post("/reload_model", {"model_id": "x"}, headers=headers)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert TOKEN not in answer.text


def test_a_reload_switches_and_can_go_back(service: Running, shop: Served) -> None:
    _, first, other = shop
    before = service.get("/model_info").json()["generation"]
    try:
        said = service.reload(other).json()
        assert (said["model_id"], said["generation"]) == (other, before + 1)
        assert service.get("/recommend/u0").json()["model_id"] == other
    finally:  # without an id it is what releases/current names
        assert service.reload(None).json()["model_id"] == first.model_id


@pytest.mark.parametrize(
    "model_id", ["als-0123456789ab", "../releases", "/etc", "", "als-0123456789ab\n"]
)
def test_what_cannot_be_loaded_changes_nothing(
    service: Running, shop: Served, model_id: str
) -> None:
    answer = (
        service.reload(model_id)
        if model_id
        else service.post(
            "/reload_model",
            {"model_id": ""},
            headers={"Authorization": f"Bearer {TOKEN}"},
        )
    )
    if model_id:
        assert answer.status_code == 409, answer.text
    assert service.get("/recommend/u0").json()["model_id"] == shop[1].model_id


def test_a_hostile_release_is_refused_and_the_former_serves_on(
    service: Running, shop: Served
) -> None:
    folder, first, other = shop
    releases = folder / "releases"
    hidden = releases / "set aside"
    shutil.move(releases / other, hidden)
    try:
        shutil.copytree(hidden, releases / other)
        worlds.damage(releases / other, "content", lambda array: array * float("nan"))
        answer = service.reload(other)
        assert answer.status_code == 409
        assert "infinite or none" in answer.json()["error"]
        assert service.get("/recommend/u0").json()["model_id"] == first.model_id
    finally:
        shutil.rmtree(releases / other)
        shutil.move(hidden, releases / other)


def test_every_answer_is_by_one_model_while_models_are_switched(
    service: Running, shop: Served
) -> None:
    _, first, other = shop
    body = {"k": 3, "lists": [{"user_id": f"u{row}"} for row in range(12)] * 4}
    wrong: list[str] = []
    stop = threading.Event()

    def ask() -> None:
        with requests.Session() as session:
            while not stop.is_set():
                url = f"{service.url}/recommend"
                answer = session.post(url, json=body, timeout=20)
                ids = {found["model_id"] for found in answer.json()["lists"]}
                if answer.status_code != 200 or len(ids) != 1:
                    wrong.append(answer.text)

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for _ in range(10):
        for model_id in (other, first.model_id):
            assert service.reload(model_id).status_code == 200
    stop.set()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_the_client_of_deploy_speaks_to_it(service: Running, shop: Served) -> None:
    client = Service(service.url, 20.0, TOKEN)
    assert client.look().verdict == "up"
    client.check_health()
    places = Places(shop[0])
    for model_id in (shop[2], shop[1].model_id):
        wanted = verify.expected(places, model_id)
        said = verify.load(client, wanted, shop[0] / "state")
        assert said.endswith("24 golden lists, 1 worker")
    assert client.info().model_id == shop[1].model_id
    with pytest.raises(ServiceError, match="HTTP 401") as caught:
        Service(service.url, 20.0, "another-token-than-it").reload(shop[2])
    assert "another-token" not in str(caught.value)


def test_the_hide_list_is_followed(service: Running, shop: Served) -> None:
    path = shop[0] / "releases/hidden.txt"
    path.write_text("p0\np1\n")
    service.wait_for("/model_info", "hidden_products", 2)
    assert not {"p0", "p1"} & set(items(service.get("/recommend/u0?k=100")))
    path.write_bytes(b"\xff\xff\xff\xff")
    service.wait_for("/health", "status", "degraded")
    assert not {"p0", "p1"} & set(items(service.get("/recommend/u0?k=100")))
    path.unlink()
    service.wait_for("/model_info", "hidden_products", 0)
    delisted = shop[0] / "releases/delisted.txt"
    delisted.write_text("# no longer sold\np2\nlong gone\n")
    service.wait_for("/model_info", "delisted_products", 1)
    assert "p2" not in items(service.get("/recommend/nobody?k=100"))
    delisted.unlink()
    service.wait_for("/model_info", "hidden_products", 0)
    assert "p2" in items(service.get("/recommend/nobody?k=100"))
    service.wait_for("/health", "status", "ok")


def test_the_pointer_is_followed(service: Running, shop: Served) -> None:
    folder, first, other = shop
    for model_id in (other, first.model_id):
        pointer.switch(folder / "releases", model_id)
        service.wait_for("/model_info", "model_id", model_id)
