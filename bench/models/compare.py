"""How well the models rank on a real shop, beside the popularity list and other libraries.

usage   python -m bench.models.compare DIR [--out FILE]
reads   DIR             a folder with a shop's three CSVs
        params.yaml     sections merge, process, embed, train_als, train_bpr, blend: the models
                        as `make repro` trains them; the blend where it is offered
writes  FILE            the table below as Markdown; without one, to the terminal

Leave-one-out, one event per cross-listed review, full ranking over all unseen items. All choices
are made on the validation fold: the models' own are in params.yaml (bench/models/defaults.py),
those of the others are the best of a grid by ndcg_at_10, fitted again on all training positives.
The test fold is read once. Differences are from the popularity list, with 95 % intervals by a
paired bootstrap over users.
"""

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from bench import command_line
from bench.models.comparison import difference, per_user
from bench.models.peers import PEERS, Peer, Setting
from bench.models.prepared import Prepared, prepared, shop_name
from recsys.models import manifest, model_folder
from recsys.ranking import baselines, hybrid
from recsys.ranking.evaluation_file import MODELS
from recsys.ranking.metrics import METRICS
from recsys.ranking.top_k import Scorer
from stages import blend, train_als, train_bpr

NDCG = METRICS.index("ndcg_at_10")
HEAD = """\
# What the models are worth

Made by `python -m bench.models.compare`; what is measured and how is said at the top of \
bench/models/compare.py.
"""


class Ranker(NamedTuple):
    """What ranks: its name, its scores, and the settings that it was fitted by."""

    name: str
    score: Scorer
    settings: str


def best_setting(peer: Peer, shop: Prepared) -> Setting:
    """The setting with the best ndcg_at_10 on the validation fold."""
    inputs = shop.inputs
    fold = inputs.fold()

    def ndcg(setting: Setting) -> float:
        score = peer.fit(fold, inputs.vectors, setting)
        return float(per_user(score, fold.seen, inputs.held_out)[:, NDCG].mean())

    return max(peer.settings(), key=ndcg)


def rankers(shop: Prepared, params: Path) -> Iterator[Ranker]:
    """The popularity list first, then content, the models of other libraries, and ours."""
    known, vectors = shop.inputs.known, shop.inputs.vectors
    yield Ranker("popularity", baselines.popularity(known.binary), "")
    yield Ranker("content", baselines.content(known.binary, vectors), "")
    for name, peer in PEERS.items():
        setting = best_setting(peer, shop)
        values = ", ".join(f"{key} {value:g}" for key, value in setting.items())
        yield Ranker(name, peer.fit(known, vectors, setting), values)
    yield from ours(shop, params)


def ours(shop: Prepared, params: Path) -> Iterator[Ranker]:
    """The models as the stages train them, by their factors alone and as they serve."""
    binary, vectors = shop.inputs.known.binary, shop.inputs.vectors
    with tempfile.TemporaryDirectory() as name:
        folders = {label: Path(name) / label for label in MODELS}
        for label, stage in (("als", train_als), ("bpr", train_bpr)):
            out = folders[label]
            stage.main(shop.data, shop.embeddings, Path(name) / "mlruns", out, params)
        verdict = Path(name) / "blend.json"
        blend.main(shop.data, shop.embeddings, *folders.values(), verdict, params)
        for label, out in folders.items():
            if not manifest.is_offered(out):
                continue
            saved = model_folder.load(out)
            weights = saved.served_weights
            score = saved.factors.score
            yield Ranker(f"{label}_factors", score, "params.yaml")
            served = hybrid.scorer(score, binary, vectors, weights)
            yield Ranker(label, served, "params.yaml")


def report(shop: Prepared, name: str, params: Path) -> str:
    """The table of a shop as Markdown."""
    known = shop.inputs.known
    counts = (
        f"{known.binary.nnz} training positives, {shop.test.nnz} test users, "
        f"{known.binary.shape[1]} items"
    )
    lines = [
        HEAD,
        f"Shop `{name}`: {counts}.",
        "",
        f"| model | {' | '.join(f'{metric} | over popularity [95 %]' for metric in METRICS)} "
        "| settings |",
        "|---|" + "---|---|" * len(METRICS) + "---|",
    ]
    base = None
    for ranker in rankers(shop, params):
        values = per_user(ranker.score, known.seen, shop.test)
        base = values if base is None else base
        lines.append(line(ranker, values, base))
    return "\n".join([*lines, ""])


def line(ranker: Ranker, values: np.ndarray, base: np.ndarray) -> str:
    """A line of the table: metrics (test users, metrics), and their differences from `base`."""
    cells = []
    for own, other in zip(values.T, base.T, strict=True):
        gain = "" if values is base else difference(own, other)
        cells += [f"{own.mean():.4f}", gain]
    return f"| {ranker.name} | {' | '.join(cells)} | {ranker.settings} |"


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line."""
    parser = command_line.parser(__doc__)
    parser.add_argument("folder", type=Path, metavar="DIR")
    given = parser.parse_args(arguments)
    with prepared(given.folder, given.params) as shop:
        text = report(shop, shop_name(given.folder), given.params)
    command_line.write(text, given.out)


if __name__ == "__main__":
    main()
