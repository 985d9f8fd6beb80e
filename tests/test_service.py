"""The real service over HTTP: its routes, refusals, switches, and its end."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from bench.house.imports import ROOT
from ops.deploy import verify
from ops.deploy.releases import Places
from ops.deploy.service_client import Service
from recsys.files.atomic import parse_json
from recsys.program.errors import ServiceError
from recsys.serving import pointer
from recsys.serving.recommender import Recommender, Wish
from recsys.serving.shop_page import FILE
from tests.light import blocked
from tests.recsys.serving import worlds
from tests.running_service import TOKEN, Running, command, running

HEAVY = {
    *("mlflow", "torch", "pandas", "polars", "pyarrow", "sklearn", "dvc", "implicit"),
    *("numba", "scipy", "fastapi", "ruamel", "requests"),
}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Recommender, str]:
    """A folder with two releases, the recommender of the first, and the id of the second."""
    folder = tmp_path_factory.mktemp("shop")
    other = worlds.publish(folder, content=0.9)
    first = worlds.recommender(folder)
    pointer.switch(folder / "releases", first.model_id)
    return folder, first, other


@pytest.fixture(scope="module")
def service(shop: tuple[Path, Recommender, str]) -> Iterator[Running]:
    with running(shop[0]) as started:
        yield started


def items(answer: requests.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [item["product_id"] for item in answer.json()["items"]]


def test_a_list_is_that_of_the_release(
    service: Running, shop: tuple[Path, Recommender, str]
) -> None:
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


def test_many_lists_by_one_model(
    service: Running, shop: tuple[Path, Recommender, str]
) -> None:
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


def test_what_operators_ask(
    service: Running, shop: tuple[Path, Recommender, str]
) -> None:
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


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer wrong", f"Basic {TOKEN}"]
)
def test_a_reload_needs_the_token(service: Running, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}
    answer = service.post("/reload_model", {"model_id": "x"}, headers=headers)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert TOKEN not in answer.text


def test_a_reload_switches_and_can_go_back(
    service: Running, shop: tuple[Path, Recommender, str]
) -> None:
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
    service: Running, shop: tuple[Path, Recommender, str], model_id: str
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
    service: Running, shop: tuple[Path, Recommender, str]
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
    service: Running, shop: tuple[Path, Recommender, str]
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


def test_the_client_of_deploy_speaks_to_it(
    service: Running, shop: tuple[Path, Recommender, str]
) -> None:
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


def test_the_hide_list_is_followed(
    service: Running, shop: tuple[Path, Recommender, str]
) -> None:
    path = shop[0] / "releases/hidden.txt"
    path.write_text("p0\np1\n")
    service.wait_for("/model_info", "hidden_products", 2)
    assert not {"p0", "p1"} & set(items(service.get("/recommend/u0?k=100")))
    path.write_bytes(b"\xff\xff\xff\xff")
    service.wait_for("/health", "status", "degraded")
    assert not {"p0", "p1"} & set(items(service.get("/recommend/u0?k=100")))
    path.unlink()
    service.wait_for("/model_info", "hidden_products", 0)
    service.wait_for("/health", "status", "ok")


def test_the_pointer_is_followed(
    service: Running, shop: tuple[Path, Recommender, str]
) -> None:
    folder, first, other = shop
    for model_id in (other, first.model_id):
        pointer.switch(folder / "releases", model_id)
        service.wait_for("/model_info", "model_id", model_id)


def test_the_page_of_the_shop_is_there_where_it_is_switched_on(
    service: Running, shop: tuple[Path, Recommender, str]
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


# ---- its life ----
def test_without_a_model_it_says_so_and_takes_the_first_one(tmp_path: Path) -> None:
    (tmp_path / "releases").mkdir()
    with running(tmp_path) as service:
        health = service.get("/health")
        assert health.status_code == 503
        assert health.json()["model_loaded"] is False
        answer = service.get("/recommend/u0")
        assert answer.status_code == 503
        assert "runner.py promote" in answer.json()["error"]
        assert service.reload(None).status_code == 404
        pointer.switch(tmp_path / "releases", worlds.publish(tmp_path))
        service.wait_for("/health", "status", "ok")


def test_lists_are_logged_where_it_is_asked_for(
    shop: tuple[Path, Recommender, str], tmp_path: Path
) -> None:
    log = tmp_path / "shown.jsonl"
    with running(shop[0], "--impressions", str(log)) as service:
        said = service.get("/recommend/u0?k=2").json()
    line = parse_json(log.read_bytes())
    assert line["products"] == [item["product_id"] for item in said["items"]]
    assert (line["request_id"], line["user_id"]) == (said["request_id"], "u0")


def test_told_to_stop_it_answers_what_is_under_way(
    shop: tuple[Path, Recommender, str],
) -> None:
    body = {"lists": [{"user_id": "u0"}] * 100}
    with running(shop[0]) as service:
        answers: list[int] = []

        def ask() -> None:
            answers.append(service.post("/recommend", body).status_code)

        threads = [threading.Thread(target=ask) for _ in range(8)]
        for thread in threads:
            thread.start()
        service.get("/health")
        service.process.send_signal(signal.SIGTERM)
        for thread in threads:
            thread.join()
        assert service.process.wait(20) in (0, -signal.SIGTERM)
        assert answers == [200] * 8


def test_a_port_that_is_taken_is_one_message(
    service: Running, shop: tuple[Path, Recommender, str]
) -> None:
    port = int(service.url.rpartition(":")[2])
    done = subprocess.run(
        command(shop[0], port), cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, len(done.stderr.splitlines())) == (5, 1)
    assert "another program listens there" in done.stderr


def test_two_workers_both_follow_the_pointer(
    shop: tuple[Path, Recommender, str],
) -> None:
    folder, first, other = shop
    with running(folder, "--workers", "2") as service:
        pointer.switch(folder / "releases", other)
        try:
            for _ in range(10):
                service.wait_for("/model_info", "model_id", other)
        finally:
            pointer.switch(folder / "releases", first.model_id)


def test_a_reload_reaches_all_workers_and_each_is_verified(
    shop: tuple[Path, Recommender, str],
) -> None:
    folder, first, other = shop
    with running(folder, "--workers", "2") as service:
        client = Service(service.url, 20.0, TOKEN)
        for model_id in (other, first.model_id, first.model_id):
            wanted = verify.expected(Places(folder), model_id)
            said = verify.load(client, wanted, folder / "state")
            assert said.endswith("24 golden lists, 2 workers")
        assert pointer.current(folder / "releases") == first.model_id
        generations = [
            one.generation for one in verify.attested(client, folder / "state")
        ]
        assert min(generations) >= 4
    assert verify.attested(client, folder / "state") == []


def test_it_is_light() -> None:
    code = "import sys, service; print(*{name.split('.')[0] for name in sys.modules})"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert not HEAVY & set(done.stdout.split())


SERVED = """
import sys
from pathlib import Path
from recsys.serving.desk import Desk
about = Desk(Path(sys.argv[1])).load(sys.argv[2]).about()
print(about["new_item_places"])
"""


@pytest.mark.parametrize("in_the_container", [True, False])
def test_a_model_that_keeps_places_is_served_by_what_the_container_has(
    tmp_path: Path, in_the_container: bool
) -> None:
    packages = (ROOT / "tools/service/packages.txt").read_text().split()
    without = HEAVY - set(packages) if in_the_container else HEAVY
    model_id = worlds.publish(tmp_path, places=2)
    done = subprocess.run(
        [sys.executable, "-c", SERVED, str(tmp_path / "releases"), model_id],
        cwd=ROOT,
        env=os.environ | blocked(tmp_path / "without", without),
        capture_output=True,
        text=True,
        check=False,
    )
    if in_the_container:
        assert (done.returncode, done.stdout) == (0, "2\n"), done.stderr
    else:
        assert "DataError" in done.stderr and "needs the package scipy" in done.stderr


@pytest.mark.skipif(not socket.has_ipv6, reason="no IPv6 here")
def test_an_address_of_ipv6_is_looked_at_as_such(tmp_path: Path) -> None:
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as taken:
        port = taken.getsockname()[1]
        done = subprocess.run(
            command(tmp_path, port, "--host", "::1"),
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 5, done.stderr
    assert f"::1:{port}: another program listens there" in done.stderr
