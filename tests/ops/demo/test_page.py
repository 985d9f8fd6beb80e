"""The page leads to all that is up, says how things are, and asks nothing of any network."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from ops.demo import page
from ops.demo.page import Shown

SHOWN = Shown(
    "http://127.0.0.1:8001", "http://127.0.0.1:5001/#/x?a=1&b=2", "u/1", "p<1"
)


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    (tmp_path / "evaluation.html").write_text("<p>good</p>")
    server = page.serve("127.0.0.1", 0, SHOWN, tmp_path, lambda: "up & well")
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def test_it_leads_to_all_and_shows_the_status(address: str) -> None:
    text = requests.get(address, timeout=20).text
    assert re.findall('href="([^"]*)"', text) == [
        "http://127.0.0.1:8001/recommend/u%2F1?k=5",
        "http://127.0.0.1:8001/similar/p%3C1?k=5",
        "http://127.0.0.1:8001/docs",
        "http://127.0.0.1:5001/#/x?a=1&amp;b=2",
        "/evaluation.html",
    ]
    assert "<pre>up &amp; well</pre>" in text
    assert "python runner.py recommend u/1" in text


def test_it_needs_no_network(address: str) -> None:
    text = requests.get(address, timeout=20).text
    assert not re.search(r"src=|@import|url\(|<script|<link", text)
    assert {
        found.split(":")[0] for found in re.findall(r"https?://([^/\"]+)", text)
    } == {"127.0.0.1"}


def test_reports_are_served_and_nothing_else(address: str) -> None:
    assert requests.get(f"{address}/evaluation.html", timeout=20).text == "<p>good</p>"
    for path in ("/gate.html", "/test_page.py", "/../params.yaml", "/%2e%2e/x"):
        assert requests.get(address + path, timeout=20).status_code == 404
