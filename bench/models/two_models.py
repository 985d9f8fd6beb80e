"""Two models of one shop as they are served, on the test, and their paired difference.

usage   python -m bench.models.two_models PROJECT MODEL MODEL [--out FILE]
            PROJECT     a folder where process and embed have run
            MODEL       a folder that train_als or train_bpr has written
writes  FILE            the table as Markdown; without one, to the terminal

At most USERS test users are measured, evenly spread over all. A difference is that of the second
model, with its standard error over users. Both models are of one seed: what another would give is
not in the error.
"""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from bench import command_line
from bench.models.new_places import served
from recsys.dataset.folder import TEST_PAIRS, read_pairs
from recsys.dataset.interactions import some_users
from recsys.dataset.training_inputs import read_inputs
from recsys.models import model_folder
from recsys.models.model import TrainedModel
from recsys.program.errors import UserError
from recsys.ranking.metrics import METRICS

USERS = 100_000
HEAD = "| measure | first | second | difference (standard error) |\n|---|---|---|---|"


def read(folder: Path) -> TrainedModel:
    """A trained model, without its curve. DataError if it is torn."""
    saved = model_folder.load(folder)
    return TrainedModel(saved.factors, [], saved.manifest.notes)


def lines(project: Path, folders: Sequence[Path]) -> Iterator[str]:
    """The table of two models. DataError for a folder that holds none."""
    processed = project / "data/processed"
    inputs = read_inputs(processed, project / "data/embeddings/items.npz")
    pairs = read_pairs(processed / TEST_PAIRS, inputs.known.binary.shape)
    test = some_users(pairs, USERS)
    one, other = (served(read(folder), inputs, test) for folder in folders)
    yield f"{len(one):,} test users; the first is {folders[0]}, the second {folders[1]}\n"
    yield HEAD
    for at, name in enumerate(METRICS):
        change = other[:, at] - one[:, at]
        error = change.std(ddof=1) / np.sqrt(len(change))
        yield (
            f"| {name} | {one[:, at].mean():.4f} | {other[:, at].mean():.4f} | "
            f"{change.mean():+.4f} ({error:.4f}) |"
        )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; its exit status: 0, or that of what is wrong with a folder."""
    parser = command_line.parser(__doc__)
    parser.add_argument("project", type=Path, metavar="PROJECT")
    parser.add_argument("models", nargs=2, type=Path, metavar="MODEL")
    given = parser.parse_args(arguments)
    try:
        with threadpool_limits(1, user_api="blas"):
            command_line.write_lines(lines(given.project, given.models), given.out)
    except UserError as error:
        print(f"bench.models.two_models: {error}", file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
