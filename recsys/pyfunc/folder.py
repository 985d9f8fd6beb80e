"""The folder of a model that MLflow can load: models-from-code, a release, no pickle.

MLmodel, requirements.txt, python_env.yaml          as MLflow reads them
input_example.json, serving_input_example.json      ids of users to try it with
lists.py                                            recsys/pyfunc/lists.py
code/recsys/                                        the wings that it imports
artifacts/<model_id>/                               the release; hard links if it was published
MODEL_CARD.md                                       what people should know of the model

It is written here and not by MLflow's save_model: that runs the model, infers what is known, copies
the release and leaves absolute paths. tests/recsys/pyfunc/test_folder.py loads what it makes.
"""

import platform
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from recsys.files.atomic import write_json, write_text
from recsys.serving import release
from recsys.serving.release import Release

CARD = "MODEL_CARD.md"
CODE = Path(__file__).with_name("lists.py")
RECSYS = CODE.parents[1]
WINGS = ("dataset", "files", "models", "program", "ranking", "serving")
# what the code imports beside the standard library, and what MLflow needs to load it
PACKAGES = (
    "mlflow",
    "numba",
    "numpy",
    "pandas",
    "pydantic",
    "scipy",
    "threadpoolctl",
)
EXAMPLES = 2  # users of the input example
K = 10  # products of a list, where the caller does not say


@dataclass(frozen=True)
class Names:
    """What the model is called in MLflow."""

    logged_model: str  # m-...
    run_id: str


def write(target: Path, found: Release, names: Names, card: str) -> None:
    """Write the folder `target`, which must not be there yet. It is not to be used before it is
    whole: MLmodel comes last.
    """
    target.mkdir(parents=True)
    shutil.copyfile(CODE, target / CODE.name)
    _copy_code(target / "code/recsys")
    folder = release.keep(target / "artifacts", found)
    (target / "artifacts/.lock").unlink()
    write_text(target / CARD, card)
    write_text(target / "requirements.txt", "\n".join(requirements()) + "\n")
    with (target / "python_env.yaml").open("w", encoding="utf-8") as file:
        YAML().dump(_environment(), file)
    example = {"inputs": _users(found), "params": {"k": K}}
    for kind in ("input_example.json", "serving_input_example.json"):
        write_json(target / kind, example)
    _write_mlmodel(target, found.model_id, folder.relative_to(target), names)


def requirements() -> list[str]:
    """The exact versions of what the model's code needs, as they are installed here."""
    return [f"{name}=={version(name)}" for name in PACKAGES]


def signature() -> Any:
    """User ids in, a list for each out; `k` is the length of a list."""
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, DataType, ParamSchema, ParamSpec, Schema
    from mlflow.types.schema import Array, Map, Object, Property

    texts = ("user_id", "model_id", "how")
    item = Object(
        [
            Property("product_id", DataType.string),
            Property("name", DataType.string),
            Property("score", DataType.double),
            Property("parts", Map(DataType.double)),
        ]
    )
    answer = [ColSpec(DataType.string, name) for name in texts]
    return ModelSignature(
        inputs=Schema([ColSpec(DataType.string)]),
        outputs=Schema([*answer, ColSpec(Array(item), "items")]),
        params=ParamSchema([ParamSpec("k", DataType.long, K)]),
    )


def _copy_code(target: Path) -> None:
    """The package with the wings that lists.py imports, and no other."""
    target.mkdir(parents=True)
    shutil.copyfile(RECSYS / "__init__.py", target / "__init__.py")
    for wing in WINGS:
        shutil.copytree(
            RECSYS / wing, target / wing, ignore=shutil.ignore_patterns("__pycache__")
        )


def _environment() -> dict[str, Any]:
    return {
        "python": platform.python_version(),
        "build_dependencies": ["pip", "setuptools", "wheel"],
        "dependencies": ["-r requirements.txt"],
    }


def _users(found: Release) -> list[str]:
    """A few users of the release, and one who is not known."""
    users = range(min(EXAMPLES, len(found.users)))
    return [*(found.users.text(row) for row in users), "somebody new"]


def _write_mlmodel(target: Path, model_id: str, folder: Path, names: Names) -> None:
    """All paths in it are from the folder, so it holds wherever the folder is moved."""
    from mlflow import pyfunc
    from mlflow.models import Model

    model = Model(
        run_id=names.run_id,
        model_id=names.logged_model,
        signature=signature(),
        saved_input_example_info={
            "artifact_path": "input_example.json",
            "serving_input_path": "serving_input_example.json",
            "type": "json_object",
            "params": "true",
        },
        metadata={"model_id": model_id},
        model_size_bytes=sum(_sizes(target)),
    )
    place = folder.as_posix()
    pyfunc.add_to_model(
        model,
        loader_module="mlflow.pyfunc.loaders.code_model",
        code="code",
        python_env="python_env.yaml",
        model_code_path=CODE.name,
        model_config={
            "hide_list": ""
        },  # who loads it may name one; other keys are refused
        artifacts={"release": {"path": place, "uri": place}},
        streamable=False,
    )
    model.save(str(target / "MLmodel"))


def _sizes(folder: Path) -> Iterator[int]:
    return (path.stat().st_size for path in folder.rglob("*") if path.is_file())
