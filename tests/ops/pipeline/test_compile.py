"""After compiling ahead, a stage compiles nothing."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from bench.house.imports import ROOT

FOLDERS = ("recsys", "ops", "stages", "bench")
FITS = """
import stages
from pathlib import Path
import numpy as np
from scipy.sparse import csr_matrix
from recsys.als import fit as als
from recsys.als.params import Params as AlsParams
from recsys.bpr import fit as bpr
from recsys.bpr.params import Params as BprParams
from recsys.dataset.interactions import Interactions
from recsys.drift import resampled
from recsys.drift.params import Params as DriftParams
from recsys.drift.units import Units
from recsys.program.params import load
from recsys.ranking import hybrid, metrics, new_places
rng = np.random.default_rng(0)
liked = csr_matrix((rng.random((40, 20)) < 0.2).astype(np.float32))
bad = csr_matrix(((rng.random((40, 20)) < 0.1) & (liked.toarray() == 0)).astype(np.float32))
texts = rng.standard_normal((20, 4), dtype=np.float32)
params = Path("params.yaml")
als.fit(liked, bad, texts, load(AlsParams, "train_als", params), iterations=1)
settings = load(BprParams, "train_bpr", params)
found = bpr.fit(liked, bad, settings, epochs=1)
score = hybrid.scorer(found.score, liked, texts, settings.hybrid)
metrics.evaluate(score, liked, bad, [5])
metrics.metrics_of(score, liked, bad)
known = Interactions(liked, liked, bad)
metrics.metrics_of(score, liked, bad, new_places.lister(2, known, texts, liked))
events, period = np.arange(80), np.repeat([-1, 0], 40)
cards = np.stack([events % 20, rng.random(80)], axis=1)
units = Units(period, np.arange(81), events % 20, cards, events, 20)
sides = units.between(-1, -1), units.between(0, 0)
settings = load(DriftParams, "drift", params)
resampled.compare(units, *sides, texts.astype(np.float64), settings, rng)
"""


def compiled(folder: Path) -> set[str]:
    """The files of compiled kernels; their names tell the module, the function and its types."""
    return {str(path) for path in folder.rglob("*.nbc")}


def test_after_it_fits_and_rankings_of_other_sizes_compile_nothing(
    tmp_path: Path,
) -> None:
    for name in FOLDERS:
        unwanted = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, tmp_path / name, ignore=unwanted)
    shutil.copy(ROOT / "params.yaml", tmp_path)

    def run(*arguments: str) -> set[str]:
        no_site = {key: os.environ[key] for key in os.environ if key != "PYTHONPATH"}
        subprocess.run(
            [sys.executable, *arguments], cwd=tmp_path, env=no_site, check=True
        )
        return compiled(tmp_path)

    ahead = run("-m", "ops.pipeline.compile")
    wings = {"als", "bpr", "ranking", "drift"}
    assert {each for each in wings if any(each in name for name in ahead)} == wings
    assert run("-c", FITS) == ahead
