"""The server of the tests starts, is emptied, and says why it cannot be had."""

import pytest

from bench.shared import mlflow_server
from bench.shared.mlflow_server import Running
from recsys.shared_store import rest


def test_it_is_emptied_between_tests(shared_store: Running) -> None:
    url = shared_store.url
    rest.ask(url, "registered-models/create", {"name": "one"})
    gone = rest.ask(url, "experiments/create", {"name": "recommender"})
    rest.ask(url, "experiments/delete", gone)
    mlflow_server.empty(url)
    assert rest.ask(url, "registered-models/search") == {}
    rest.ask(url, "experiments/create", {"name": "recommender"})


def test_without_a_driver_that_is_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mlflow_server.postgres, "missing", lambda: "")
    monkeypatch.setenv(mlflow_server.PYTHON, "/bin/false")
    assert mlflow_server.missing() == (
        "no psycopg2 is installed (pip install '.[server]')"
    )
