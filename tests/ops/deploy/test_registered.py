"""The registry read without MLflow is the registry that MLflow reads."""

from pathlib import Path

import pytest

from ops.deploy import registered
from recsys.program.errors import StoreError
from recsys.registry import versions
from tests.ops.conftest import Shop


def agrees(shop: Shop) -> None:
    assert registered.versions(shop.mlruns) == versions.versions(shop.client)
    assert registered.challenger(shop.mlruns) == versions.challenger(shop.client)
    assert registered.champion(shop.mlruns) == versions.champion(shop.client)


def test_an_empty_registry_and_none_at_all(shop: Shop, tmp_path: Path) -> None:
    agrees(shop)
    assert registered.versions(tmp_path / "nowhere") == []
    assert registered.challenger(tmp_path / "nowhere") is None
    assert not (tmp_path / "nowhere").exists()


def test_staged_promoted_and_rolled_back_versions(shop: Shop) -> None:
    shop.put("als-000000000001", "bpr-000000000002")
    agrees(shop)
    shop.stage("als-000000000003")
    agrees(shop)
    waits = registered.challenger(shop.mlruns)
    assert waits and waits.model_id == "als-000000000003"


def test_what_was_staged_by_hand_waits_too_but_not_if_it_was_left(shop: Shop) -> None:
    first, second = shop.stage("als-000000000001"), shop.stage("als-000000000002")
    shop.client.delete_registered_model_alias(versions.MODEL, versions.CHALLENGER)
    with pytest.warns(FutureWarning):  # as somebody does it in the UI
        shop.client.transition_model_version_stage(
            versions.MODEL, str(first), "Staging"
        )
    agrees(shop)
    waits = registered.challenger(shop.mlruns)
    assert waits and waits.number == second
    versions.mark_rolled_back(shop.client, second)
    agrees(shop)
    waits = registered.challenger(shop.mlruns)
    assert waits and waits.number == first
    versions.mark_rolled_back(shop.client, first)
    agrees(shop)
    assert registered.challenger(shop.mlruns) is None


def test_a_file_that_is_no_database_is_one_message(tmp_path: Path) -> None:
    (tmp_path / "mlflow.db").write_bytes(b"x" * 4096)
    with pytest.raises(StoreError, match=r"mlflow\.db: .*restore it from a copy"):
        registered.versions(tmp_path)
