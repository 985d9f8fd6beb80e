"""A small shop and small models, so that every measurement runs in seconds."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.house.imports import ROOT
from bench.models.fits import Fits
from bench.models.prepared import Prepared, prepared
from bench.shop import generate
from ops.tuning.params_file import rewritten
from recsys.als.params import Params as AlsParams
from recsys.bpr.params import Params as BprParams
from recsys.program.params import load
from tests.worlds import one_blas_thread

LIGHT = {
    "embed.dimension": 16,
    "train_als.factors": 8,
    "train_als.iterations": 3,
    "train_bpr.factors": 8,
    "train_bpr.epochs": 10,
    "train_bpr.early_stopping.patience": 1,
    "evaluate.bootstrap_samples": 100,
}


@pytest.fixture(scope="session")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A generated shop that is trained in a second."""
    folder = tmp_path_factory.mktemp("shop") / "tiny"
    generate.main([str(folder), "--users", "250", "--products", "40"])
    return folder


@pytest.fixture(scope="session")
def light(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """params.yaml with small models."""
    path = tmp_path_factory.mktemp("params") / "params.yaml"
    path.write_text(
        rewritten((ROOT / "params.yaml").read_text(encoding="utf-8"), LIGHT),
        encoding="utf-8",
    )
    return path


@pytest.fixture(scope="session")
def shop(raw: Path, light: Path) -> Iterator[Prepared]:
    with prepared(raw, light) as made:
        yield made


@pytest.fixture(scope="session")
def fits(light: Path) -> Fits:
    als = load(AlsParams, "train_als", light)
    return Fits(als, load(BprParams, "train_bpr", light), epochs=5)


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    with one_blas_thread():
        yield
