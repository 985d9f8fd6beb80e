"""Cold items and cold-start users: what is found of them, by each way that params.yaml offers.

usage   python -m bench.models.cold [DIR ...] [--out FILE]
reads   DIR             a folder with a shop's three CSVs; without one, the sample in data/sample
        params.yaml     sections merge, process, embed, train_als, train_bpr
writes  FILE            the tables below as Markdown; without one, to the terminal

Cold items: a fifth of the items with a positive is held out of training, with all their
interactions (test positives count as training here: this is another split), and ranked among
themselves for the users who took one of them and something else. Means over users and five seeds.
Warm items: the pipeline's own split, all items ranked, with rows for cold items and without; the
difference of ndcg_at_10 has a 95 % paired bootstrap interval over users.

Cold-start users: a fifth of the test users is held out of training and known by their latest
positive only.
"""

from collections.abc import Sequence
from pathlib import Path

from bench import command_line
from bench.models import cold_items, cold_users
from bench.models.fits import Fits
from bench.models.prepared import SAMPLE, Prepared, prepared, shop_name
from recsys.als.params import Params as AlsParams
from recsys.bpr import fit as bpr
from recsys.bpr.params import Params as BprParams
from recsys.program.params import load

HEAD = """\
# Cold items and cold-start users

Made by `python -m bench.models.cold`; see the top of bench/models/cold.py.
"""
TABLES = (cold_items.cold_table, cold_items.warm_table, cold_users.table)


def fits_of(shop: Prepared, als: AlsParams, bpr_params: BprParams) -> Fits:
    """Both models by their params; BPR for as many epochs as the shop's validation fold says."""
    known, held_out = shop.inputs.known, shop.inputs.held_out
    searched = bpr.search(known.binary, known.dislikes, held_out, bpr_params)
    return Fits(als, bpr_params, searched.epochs)


def report(folders: Sequence[Path], params: Path) -> str:
    """All tables of all shops as Markdown."""
    als = load(AlsParams, "train_als", params)
    bpr_params = load(BprParams, "train_bpr", params)
    lines = [HEAD]
    for folder in folders:
        with prepared(folder, params) as shop:
            fits = fits_of(shop, als, bpr_params)
            lines += [f"## Shop `{shop_name(folder)}`", ""]
            for table in TABLES:
                lines += [*table(shop, fits), ""]
    return "\n".join(lines)


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
