"""The server that does nothing answers, as often as it is asked."""

from pathlib import Path

import requests

from bench.house.imports import ROOT
from bench.speed import load, service


def test_it_answers(tmp_path: Path) -> None:
    program = str(ROOT / "bench/speed/nothing.py")
    with service.server(tmp_path, program, "{port}") as started:
        with requests.Session() as one:
            address = f"http://127.0.0.1:{started.port}/recommend/u0"
            assert [one.get(address).json() for _ in range(3)] == [{}] * 3
        assert load.run(started.port, lambda _: "/", 50, 500).failed == 0
