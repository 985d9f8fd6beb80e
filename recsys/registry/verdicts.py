"""The verdict on a version, in words: a tag, and a line of its card.

writes  mlruns/ (by MLflow): tag `verdict`, the description of the version, MODEL_CARD.md of its run

The caller holds `store.locked`.
"""

from typing import TYPE_CHECKING

from recsys.registry import card, versions

if TYPE_CHECKING:
    from mlflow import MlflowClient


def judge(client: "MlflowClient", number: int, verdict: str) -> None:
    """Let the version, and its card, have this verdict. Idempotent.

    StoreError if there is no such version.
    """
    version = versions.existing(client, number)
    client.set_model_version_tag(versions.MODEL, str(number), versions.VERDICT, verdict)
    found = client.get_model_version(versions.MODEL, str(number))
    describe(client, version, card.with_verdict(found.description or "", verdict))


def describe(client: "MlflowClient", version: versions.Version, text: str) -> None:
    """Let the version, and the files of its run, have this card; nothing if they have it."""
    number = str(version.number)
    if client.get_model_version(versions.MODEL, number).description == text:
        return
    if version.run_id:
        client.log_text(version.run_id, text, card.NAME)
    client.update_model_version(versions.MODEL, number, description=text)
