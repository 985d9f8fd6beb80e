"""Several processes that promote at once: is exactly one version in Production, after each of them?

usage   python -m bench.damage.contention [--processes N] [--rounds N] [--out FILE]
            --processes     so many, 4 if not said; each promotes a version of its own
            --rounds        promotions of each, 200 if not said
writes  FILE                the table as Markdown; without one, to the terminal

Each promotion is that of `runner.py deploy --model-id` without a service and without the gate, on a
store that MLflow made, under the registry's lock. Before the lock is given away the process counts
the versions in Production and compares them with the champion and with the deployment log; after
it, it looks once more, as somebody would who holds no lock and only reads the champion's alias.
"""

import argparse
import contextlib
import io
import multiprocessing
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from bench import command_line
from ops.deploy import deployment_log, production, promote
from ops.deploy.site import Site
from recsys.registry import store, versions
from recsys.shared_store import address

WAIT_S = 600.0
RIGHT = "right"


def model_id(number: int) -> str:
    """Of the version that the process of this number promotes."""
    return f"als-{number:012x}"


def registered(mlruns: Path, count: int) -> None:
    """A store with so many versions."""
    client, there = store.client(mlruns), address.shared()
    client.create_registered_model(versions.MODEL)
    for number in range(count):
        client.create_model_version(
            versions.MODEL,
            source="s3://nowhere/none" if there else "file:///nowhere",
            tags={"model_id": model_id(number), "model_type": "als"},
        )
    if not there:
        store.dispose(client)


def seen(site: Site, wanted: str) -> str:
    """What stands in the registry and in the log after a promotion, in a word or two."""
    champion = versions.champion(site.client)
    in_production = [
        one for one in versions.versions(site.client) if one.stage == "Production"
    ]
    if len(in_production) != 1:
        return f"{len(in_production)} in Production"
    if champion is None or champion.model_id != in_production[0].model_id:
        return "the champion is another one"
    top = production.in_production(deployment_log.rows(site.db))
    if top is None or top.model_id != wanted or champion.model_id != wanted:
        return "the log says another one"
    return RIGHT


def promotions(folder: Path, number: int, rounds: int) -> Counter[str]:
    """What one process has seen: how often what."""
    mlruns, wanted = folder / "mlruns", model_id(number)
    client = store.client(mlruns)
    db = folder / "state" / deployment_log.DATABASE
    site = Site(client, db, None, lambda: datetime.now(UTC))
    found: Counter[str] = Counter()
    for _ in range(rounds):
        with store.locked(mlruns, WAIT_S), contextlib.redirect_stdout(io.StringIO()):
            promote.promote(site, wanted)
            found[seen(site, wanted)] += 1
        found["champion read" if versions.champion(client) else "no champion"] += 1
    return found


def run(processes: int, rounds: int) -> Counter[str]:
    """What all processes together have seen."""
    spawning = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as name:
        registered(Path(name) / "mlruns", processes)
        with spawning.Pool(processes) as pool:
            tasks = [(Path(name), number, rounds) for number in range(processes)]
            found = pool.starmap(promotions, tasks, chunksize=1)
    return sum(found, Counter())


def lines(processes: int, rounds: int) -> Iterator[str]:
    """The table."""
    yield "# Promotions at once"
    yield ""
    yield f"Made by `python -m bench.damage.contention --processes {processes} --rounds {rounds}`."
    yield ""
    yield f"{processes} processes, {rounds} promotions of each, {processes * rounds} in all."
    yield ""
    yield "| seen after a promotion | times |"
    yield "|---|---|"
    for what, times in sorted(run(processes, rounds).items()):
        yield f"| {what} | {times:,} |"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; its exit status."""
    parser: argparse.ArgumentParser = command_line.parser(__doc__)
    parser.add_argument("--processes", type=int, default=4, metavar="N")
    parser.add_argument("--rounds", type=int, default=200, metavar="N")
    given = parser.parse_args(arguments)
    command_line.write_lines(lines(given.processes, given.rounds), given.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
