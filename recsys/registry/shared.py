"""A client of a shared MLflow store: a server that is asked first whether it is there.

reads and writes   an MLflow server
"""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import TYPE_CHECKING, Any

from recsys.program.errors import StoreError, in_one_line
from recsys.shared_store import lease, rest
from recsys.shared_store.address import Address, without_secrets

if TYPE_CHECKING:
    from mlflow import MlflowClient

# MLflow itself has 7 tries, minutes of silence, bars, and lines on each run; what the environment
# says goes before
PATIENCE = {
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "60",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
}
# what is changed under the lock of the registry: each asks first whether that is still held
CHANGES = (
    "create_registered_model",
    "create_model_version",
    "update_model_version",
    "delete_model_version",
    "set_model_version_tag",
    "transition_model_version_stage",
    "set_registered_model_alias",
    "delete_registered_model_alias",
)
# one try, and no longer than what is left of the lease then
BRIEF = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0", "MLFLOW_HTTP_REQUEST_TIMEOUT": "10"}
# of an error within an error within an error: what the innermost says
LAST_WORDS = re.compile(r"([^'\"():]+)[^\w]*$")
LONGEST = 300  # characters of an error
KIND = {"mlflow.experimentKind": "custom_model_development"}


def client(store: Address, experiment: str = "") -> "MlflowClient":
    """A client of the store; an `experiment` of this name is made if it is missing.

    StoreError if a server is not reached, MlflowException if it refuses.
    """
    for server in dict.fromkeys((store.tracking, store.registry)):
        rest.version(server)
    for name, value in PATIENCE.items():
        os.environ.setdefault(name, value)
    from mlflow import MlflowClient

    opened = MlflowClient(tracking_uri=store.tracking, registry_uri=store.registry)
    if experiment and opened.get_experiment_by_name(experiment) is None:
        _create(opened, experiment)
    if mine := lease.CURRENT.get():
        for name in CHANGES:
            setattr(opened, name, _guarded(getattr(opened, name), mine))
    return opened


def told(store: Address, error: Exception) -> StoreError:
    """What MLflow raises, for people: in one line, without keys."""
    said = without_secrets(in_one_line(error, limit=None))
    _, is_cut, cause = said.partition("Caused by ")
    if is_cut and (why := LAST_WORDS.search(cause)):
        return rest.unreached(store.tracking, why[1].strip())
    return StoreError(
        f"{store.tracking}: {said[:LONGEST]}; look at the log of the server, then run the same "
        f"again"
    )


def _guarded(change: Callable[..., Any], mine: lease.Lease) -> Callable[..., Any]:
    """The same change, made only while the lock is held."""

    @wraps(change)
    def guarded(*arguments: Any, **options: Any) -> Any:
        mine.check()
        with _brief():
            return change(*arguments, **options)

    return guarded


@contextmanager
def _brief() -> Iterator[None]:
    before = {name: os.environ.get(name) for name in BRIEF}
    os.environ.update(BRIEF)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _create(opened: "MlflowClient", experiment: str) -> None:
    from mlflow.exceptions import MlflowException

    try:
        opened.create_experiment(experiment, tags=KIND)
    except MlflowException as error:
        if error.error_code != rest.EXISTS:  # another machine made it just now
            raise
