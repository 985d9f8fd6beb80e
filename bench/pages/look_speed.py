"""How fast the page of `runner.py look` answers on a large shop, over HTTP, with a model beside.

usage   python -m bench.pages.look_speed [--users 300000] [--items 2244] [--asked 200] ...

A line a question: wall time of the whole request, median and 99 of 100, and CPU of the process. The
releases are those of bench/speed/made_release.py, as large as the shop that is named.
"""

import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import requests

from bench import command_line
from bench.speed import made_release
from ops.look.answers import Desk
from ops.look.server import Server
from recsys.program import determinism
from recsys.serving import release
from recsys.serving.recommender import Recommender

HEAD = "| question | median ms | 99 of 100, ms | CPU ms | page, KB |\n|---|---|---|---|---|"


def desk_of(folder: Path, users: int, items: int, factors: int) -> Desk:
    """Two models of a shop of this size."""
    models = []
    for seed in (1, 2):
        made = made_release.publish(folder, users, items, factors, seed)
        models.append(Recommender(release.load(folder, made)))
    return Desk(*models)


def questions(users: int, items: int, asked: int) -> dict[str, list[dict[str, str]]]:
    """What is asked, by its name; another customer or product each time."""
    rng = np.random.default_rng(7)
    who = rng.integers(0, users, asked).tolist()
    what = rng.integers(0, items, asked).tolist()
    pairs = list(zip(who, what, strict=True))
    return {
        "a customer by a piece of the id": [{"find": str(user)} for user in who],
        "a product by words": [{"find": f"kem am so {item}"} for item in what],
        "a customer's lists": [{"user": str(user)} for user in who],
        "why a product is in a list": [
            {"user": str(user), "product": f"p{item}"} for user, item in pairs
        ],
        "a product": [{"product": f"p{item}"} for item in what],
    }


def measure(server: Server, forms: list[dict[str, str]]) -> tuple[float, ...]:
    """Median, 99 of 100 and CPU in ms, and KB of a page."""
    took, size = [], 0
    with requests.Session() as session:
        session.post(server.address, data=forms[0], timeout=60)
        cpu = time.process_time()
        for form in forms:
            began = time.perf_counter()
            answer = session.post(server.address, data=form, timeout=60)
            took.append(1000 * (time.perf_counter() - began))
            answer.raise_for_status()
            size += len(answer.content)
        cpu = 1000 * (time.process_time() - cpu) / len(forms)
    middle, high = np.percentile(took, [50, 99]).tolist()
    return middle, high, cpu, size / len(forms) / 1000


def table(desk: Desk, asked: int, users: int, items: int) -> Iterator[str]:
    """A line a question."""
    yield HEAD
    with Server(0, desk, "a measurement") as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        for name, forms in questions(users, items, asked).items():
            found = measure(server, forms)
            yield f"| {name} | {' | '.join(f'{one:.1f}' for one in found)} |"
        server.shutdown()
        thread.join()


def main() -> None:
    """Write the table."""
    parser = command_line.parser(__doc__)
    for name, value in (
        ("users", 300_000),
        ("items", 2244),
        ("factors", 128),
        ("asked", 200),
    ):
        parser.add_argument(f"--{name}", type=int, default=value)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        size = asked.users, asked.items
        desk = desk_of(Path(folder), *size, asked.factors)
        lines = [
            f"{asked.users:,} users, {asked.items:,} products, {asked.factors} factors",
            "",
            *table(desk, asked.asked, *size),
        ]
    command_line.write_lines(lines, asked.out)


if __name__ == "__main__":
    determinism.apply()
    main()
