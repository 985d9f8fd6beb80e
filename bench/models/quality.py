"""What comment quality is worth: how well it reads the stars, and whether ALS ranks better with it.

usage   python -m bench.models.quality [DIR ...] [--out FILE]
reads   DIR             a folder with a shop's three CSVs; without one, the sample in data/sample
        params.yaml     sections merge, process, train_als
writes  FILE            the tables below as Markdown; without one, to the terminal

Reading: distinct normalised texts are dealt into five folds by hash, so that copies of a text never
stand on both sides; the texts of a fold are read by what was learned from the other four. A text is
positive if most of its reviews have 4 stars or more. Beside the scorers: the majority class, and
scikit-learn's TF-IDF and logistic regression.

Ranking: leave-one-out on the positives as in the pipeline, metrics per user averaged over seeds.
Differences are from the row named, with 95 % intervals by a paired bootstrap over users. Besides a
quality of 0.5 for all there is the mean of the quality for all: it has the same sum of confidences,
so that what differs is only who gets how much of it.
"""

from collections.abc import Sequence
from pathlib import Path

from bench import command_line
from bench.models import quality_ranking, star_reading
from bench.models.prepared import SAMPLE, merged, shop_name
from recsys.als.params import Params as AlsParams
from recsys.program.params import load
from stages import process

ALS_KEYS = ("factors", "regularization", "iterations", "alpha", "frequency_scaling")
VARIANTS = tuple(  # beside that of params.yaml
    dict(zip(ALS_KEYS, values, strict=True))
    for values in ((32, 5.0, 15, 20.0, 0.0), (16, 10.0, 15, 10.0, 0.0))
)
HEAD = """\
# What comment quality is worth

Made by `python -m bench.models.quality`; what is measured and how is said at the top of \
bench/models/quality.py.
"""


def report(folders: Sequence[Path], params: Path) -> str:
    """All tables of all shops as Markdown."""
    process_params = load(process.Params, "process", params)
    own = load(AlsParams, "train_als", params)
    settings = [own, *(own.model_copy(update=changes) for changes in VARIANTS)]
    lines = [HEAD]
    for folder in folders:
        lines += shop_report(folder, params, process_params, settings)
    return "\n".join(lines)


def shop_report(
    folder: Path,
    params: Path,
    process_params: process.Params,
    settings: Sequence[AlsParams],
) -> list[str]:
    """Markdown lines of one shop; the first of the ALS settings is that of params.yaml."""
    rows = merged(folder, params)
    world = quality_ranking.make_world(rows, process_params)
    seeds = len(quality_ranking.SEEDS)
    lines = [
        f"## Shop `{shop_name(folder)}`, {len(rows)} interactions",
        "",
        "### Reading the stars",
        "",
        *star_reading.table(rows, process_params.quality),
        "",
        "### Ranking by ALS",
        "",
        f"{world.sentence()}; means over {seeds} seeds.",
        "",
    ]
    for at, one in enumerate(settings):
        values = ", ".join(f"{key} {getattr(one, key):g}" for key in ALS_KEYS)
        origin = "" if at else " (params.yaml)"
        lines += [f"{values}{origin}:", "", *quality_ranking.table(world, one), ""]
    return lines


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line."""
    parser = command_line.parser(__doc__)
    parser.add_argument(
        "folders", nargs="*", type=Path, default=[SAMPLE], metavar="DIR"
    )
    given = parser.parse_args(arguments)
    command_line.write(report(given.folders, given.params), given.out)


if __name__ == "__main__":
    main()
