"""Blend ALS and BPR where the validation fold says that both together serve this shop better.

reads   processed               matrices, validation.parquet, id maps
        embeddings/items.npz    for the hybrid score
        models/als, models/bpr  fold.npz: their fits without the fold; manifests; their factors if
                                the blend is offered
writes  factors.npz, curve.json, manifest.json      see recsys/models/manifest.py; they say so where
                                                    no blend is offered
        metrics/blend.json      what a blend would give (recsys/models/blend_verdict.py)

Scores of both are z-scored per user and summed: that is a factor model with both side by side
(recsys/models/blended.py), and serves as any other.
"""

import logging
from pathlib import Path

from recsys.blend.params import Params
from recsys.blend.training import MODEL_TYPE, blend_of, params_of
from recsys.dataset.training_inputs import read_inputs
from recsys.models import blend_verdict, manifest, model_folder
from recsys.program import kernel_cache
from recsys.program.command_line import PARAMS_FILE, enter
from recsys.program.params import load

log = logging.getLogger("blend")


def main(
    data: Path,
    embeddings: Path,
    als: Path,
    bpr: Path,
    out: Path,
    metrics: Path,
    params: Path = Path(PARAMS_FILE),
) -> None:
    settings = load(Params, "blend", params)
    inputs = read_inputs(data, embeddings)
    verdict, model = blend_of(inputs, als, bpr, settings)
    log.info(verdict.sentence())
    if model is None:
        model_folder.save_none(out, verdict.why)
    else:
        model_folder.save(
            model.factors,
            model.curve,
            MODEL_TYPE,
            params_of(settings, manifest.read(als), manifest.read(bpr)),
            inputs.hashes,
            out,
            model.notes,
        )
    blend_verdict.write(metrics, verdict)


load_ahead = kernel_cache.get_ready


if __name__ == "__main__":
    enter(main)
