"""The empty route answers as the service does, and does nothing."""

from pathlib import Path

from bench.house.imports import ROOT
from bench.speed import service


def test_it_answers(tmp_path: Path) -> None:
    program = str(ROOT / "bench/speed/empty_route.py")
    with service.server(tmp_path, program, "{port}") as started:
        said = started.get("/recommend/u0?k=3").json()
    assert said == {"user_id": "u0", "k": 3, "items": []}
