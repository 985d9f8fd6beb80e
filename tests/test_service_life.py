"""The real service from its start to its end: ports, workers, logs, packages."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from bench.house.imports import ROOT
from ops.deploy import verify
from ops.deploy.releases import Places
from ops.deploy.service_client import Service
from recsys.files.atomic import parse_json
from recsys.serving import looking, pointer
from tests.light import blocked
from tests.recsys.serving import worlds
from tests.running_service import TOKEN, Running, Served, command, running, served_shop

HEAVY = {
    *("mlflow", "torch", "pandas", "polars", "pyarrow", "sklearn", "dvc", "implicit"),
    *("numba", "scipy", "fastapi", "ruamel", "requests"),
}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Served:
    return served_shop(tmp_path_factory.mktemp("shop"))


@pytest.fixture(scope="module")
def service(shop: Served) -> Iterator[Running]:
    with running(shop[0]) as started:
        yield started


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


def test_lists_are_logged_where_it_is_asked_for(shop: Served, tmp_path: Path) -> None:
    log = tmp_path / "shown.jsonl"
    with running(shop[0], "--impressions", str(log)) as service:
        said = service.get("/recommend/u0?k=2").json()
    line = parse_json(log.read_bytes())
    assert line["products"] == [item["product_id"] for item in said["items"]]
    assert (line["request_id"], line["user_id"]) == (said["request_id"], "u0")


def test_told_to_stop_it_answers_what_is_under_way(
    shop: Served,
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


def test_a_port_that_is_taken_is_one_message(service: Running, shop: Served) -> None:
    port = int(service.url.rpartition(":")[2])
    done = subprocess.run(
        command(shop[0], port), cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, len(done.stderr.splitlines())) == (5, 1)
    assert "another program listens there" in done.stderr


def test_two_workers_both_follow_the_pointer(
    shop: Served,
) -> None:
    folder, first, other = shop
    with running(folder, "--workers", "2") as service:
        pointer.switch(folder / "releases", other)
        try:
            for _ in range(10):
                service.wait_for("/model_info", "model_id", other)
        finally:
            pointer.switch(folder / "releases", first.model_id)


def test_whoever_is_asked_knows_what_all_workers_have_counted(shop: Served) -> None:
    folder = shop[0]
    line = 'recommender_requests_total{{route="/recommend/{{user_id}}",code="200"}} {}'
    with running(folder, "--workers", "2") as service:
        for _ in range(20):
            service.get("/recommend/1")
        time.sleep(2 * looking.EVERY_S)
        end, told = time.monotonic() + 20, set()
        while len(told) < 2:  # whoever is free answers
            assert time.monotonic() < end
            with requests.Session() as one:  # a connection, of one worker
                told.add(one.get(f"{service.url}/model_info").json()["worker"])
                text = one.get(f"{service.url}/metrics").text
            assert line.format(20) in text.splitlines()


def test_a_reload_reaches_all_workers_and_each_is_verified(
    shop: Served,
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
