"""Which store the environment names."""

from pathlib import Path

import pytest

from recsys.program.errors import ConfigError
from recsys.shared_store import address
from recsys.shared_store.address import Address

SERVER = "http://mlflow.shop:5000"


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"MLFLOW_TRACKING_URI": ""},
        {"MLFLOW_TRACKING_URI": "sqlite:///mlruns/mlflow.db"},
        {"MLFLOW_TRACKING_URI": f"sqlite:///{Path('mlruns/mlflow.db').resolve()}"},
    ],
)
def test_the_store_is_the_local_one(environment: dict[str, str]) -> None:
    assert address.shared(environment) is None


def test_a_server_has_runs_and_registry() -> None:
    found = address.shared({"MLFLOW_TRACKING_URI": f"{SERVER}/"})
    assert found == Address(SERVER, SERVER)


def test_the_registry_may_be_another_servers() -> None:
    both = {"MLFLOW_TRACKING_URI": SERVER, "MLFLOW_REGISTRY_URI": "https://registry"}
    found = address.shared(both)
    assert found == Address(SERVER, "https://registry")
    assert found.identity != Address(SERVER, SERVER).identity
    assert len(found.identity) == 12


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("postgresql://shop:secret@db/mlflow", "a postgresql address, not that of an"),
        ("sqlite:///elsewhere.db", "a sqlite address"),
        ("sqlite:////srv/shop/mlruns/mlflow.db", "a sqlite address"),
        ("databricks", "no address"),
        ("./mlruns", "no address"),
        ("http://", "a http address"),
        ("http://mlflow:5OOO", "no address"),
        ("http://[::1", "no address"),
        ("http://mlflow..shop", "no address"),
        ("http://mlflow shop", "no address"),
        ("http://shop:secret@mlflow", "MLFLOW_TRACKING_USERNAME"),
        ("http://secret@mlflow", "MLFLOW_TRACKING_USERNAME"),
        ("http://mlflow/?token=secret", "has no [?]"),
    ],
)
def test_what_is_neither_is_refused_and_not_shown(value: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said) as caught:
        address.shared({"MLFLOW_TRACKING_URI": value})
    assert "secret" not in str(caught.value)


def test_a_registry_alone_is_refused() -> None:
    with pytest.raises(ConfigError, match="set both, or neither"):
        address.shared({"MLFLOW_REGISTRY_URI": SERVER})


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("no host http://shop:se@cret@db:1/a", "no host http://db:1/a"),
        (
            "403 for url: https://s3/a?X-Sig=secret; again",
            "403 for url: https://s3/a; again",
        ),
        ("what? nothing", "what? nothing"),
    ],
)
def test_what_a_library_says_is_shown_without_keys(said: str, shown: str) -> None:
    assert address.without_secrets(said) == shown
