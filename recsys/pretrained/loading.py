"""The one loader of pretrained models: weights from safetensors only, never from pickles.

Encoder and classifier are loaded by it, so that neither reads a file that can run code: a model
with pickled weights alone is refused, and code that comes with a model is not run.
"""

import os
from dataclasses import dataclass
from typing import Any, Literal

from recsys.pretrained.model_source import WEIGHTS
from recsys.program.errors import in_one_line

Kind = Literal["encoder", "classifier"]
ONLY_PICKLES = (
    f"no {WEIGHTS}: weights in pickles are not read; save the model with save_pretrained to a "
    f"folder"
)


@dataclass(frozen=True)
class PretrainedModel:
    """A network that is ready to compute, and the tokenizer that it was trained with."""

    network: Any  # a torch module in eval mode
    tokenizer: Any
    missing: list[str]  # weights that the network has and the files lack, sorted


class NotLoadedError(Exception):
    """Why a pretrained model cannot be loaded, in one line."""


class FilesMissingError(NotLoadedError):
    """A file of the model is not where it was looked for."""


def load_pretrained(
    kind: Kind, place: str, revision: str | None, *, from_disk: bool = False
) -> PretrainedModel:
    """The model at `place`, a folder or a hub id at `revision`.

    With `from_disk` the hub is not asked. FilesMissingError if a file is missing, weights in
    safetensors among them; NotLoadedError if the files are torn or of another kind of model.
    """
    from safetensors import SafetensorError
    from transformers.utils import logging as library_log

    library_log.disable_progress_bar()  # a bar for a second of loading is noise in a log
    # else the library asks a service on the hub to convert pickles
    os.environ["DISABLE_SAFETENSORS_CONVERSION"] = "1"
    wrong_files = (
        ValueError,
        ImportError,
        KeyError,
        RuntimeError,
        TypeError,
        AttributeError,
        SafetensorError,
    )
    try:
        return _load(kind, place, revision, from_disk)
    except OSError as error:
        raise FilesMissingError(_reason(error)) from None
    except wrong_files as error:
        raise NotLoadedError(_reason(error)) from None


def _load(
    kind: Kind, place: str, revision: str | None, from_disk: bool
) -> PretrainedModel:
    from transformers import (
        AutoModel,
        AutoModelForSequenceClassification,
        AutoTokenizer,
    )

    kinds = {"encoder": AutoModel, "classifier": AutoModelForSequenceClassification}
    where = {
        "revision": revision,
        "local_files_only": from_disk,
        "trust_remote_code": False,
    }
    tokenizer = AutoTokenizer.from_pretrained(place, **where)
    network, report = kinds[kind].from_pretrained(
        place, use_safetensors=True, output_loading_info=True, **where
    )
    return PretrainedModel(network.eval(), tokenizer, sorted(report["missing_keys"]))


def _reason(error: Exception) -> str:
    """The library's message in one line; of a file of weights that is missing, what to do."""
    message = in_one_line(error, 200)
    return ONLY_PICKLES if WEIGHTS in message else message
