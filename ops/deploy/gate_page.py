"""The page of a verdict: reports/gate.html, written each time that figures were compared.

reads   state/seeds.json, where `runner.py seeds` was run
writes  reports/gate.html
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np

from recsys.files.atomic import write_text
from recsys.program.errors import DataError
from recsys.reports import gate, seeds
from recsys.reports.gate import ANCHOR, CHALLENGER, CHAMPION, POPULARITY, Rival
from recsys.reports.seeds import Spread
from recsys.serving.judged import Judged
from recsys.statistics.gate import Verdict

PAGE = Path("reports") / "gate.html"


def write(root: Path, found: Verdict, seen: Judged, metric: str) -> Path | None:
    """Write the page into the project at `root`, whole or not at all; where it stands from there.

    None, and no page, where nobody judged.
    """
    if not seen.users:
        return None
    judges = gate.Judges(seen.history, seen.unknown_item, seen.trained_on)
    rivals, spread = tuple(rivals_of(found, seen)), seeds_of(root, found)
    html = gate.page(gate.Facts(found, metric, rivals, judges, spread))
    (root / PAGE).parent.mkdir(parents=True, exist_ok=True)
    write_text(root / PAGE, html)
    return PAGE


def seeds_of(root: Path, found: Verdict) -> Sequence[Spread]:
    """How far trainings like the challenger's were seen to move by their seed; a torn file says
    nothing.
    """
    with suppress(DataError):
        known = seeds.spreads(seeds.read(root / "state" / seeds.FILE))
        kind = found.entry.model_id.partition("-")[0]
        return [one for one in known if one.model == kind]
    return []


def rivals_of(found: Verdict, seen: Judged) -> Iterator[Rival]:
    """All who were compared, the challenger first; the anchor only where it is another model."""
    entry = found.entry
    ids = {
        CHALLENGER: entry.model_id,
        CHAMPION: entry.champion_id,
        ANCHOR: entry.anchor_id if entry.anchor_id != entry.champion_id else None,
    }
    for name, model_id in ids.items():
        figures = seen.figures.get(model_id or "")
        if model_id and figures:
            newcomers = figures.newcomer_recall
            yield Rival(
                name=name,
                model_id=model_id,
                per_user=figures.per_user,
                coverage=figures.coverage,
                newcomer_recall=float(np.mean(newcomers)) if len(newcomers) else None,
                folded=figures.folded,
                as_it_is=figures.as_it_is,
            )
    yield Rival(POPULARITY, "", seen.popularity)
