"""Counts of the torture campaign, and their tables in the report."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from bench.damage.verdicts import Verdict, refusal

HEAD = "| | inputs | rows accepted | duplicates | rows quarantined | files refused | faults |"


@dataclass
class Tally:
    """Counts of one line of the report."""

    inputs: int = 0
    rows: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def add(self, name: str, verdict: Verdict, faults: Iterable[str]) -> None:
        """Count a verdict; a crash or a hang is a fault."""
        self.inputs += 1
        if verdict.outcome == "refused":
            self.refused[refusal(verdict.message)] += 1
        self.rows["accepted"] += verdict.counts.get("accepted", 0)
        self.rows["duplicates"] += verdict.counts.get("duplicates", 0)
        self.rows.update(verdict.reasons())
        if verdict.outcome in ("crash", "hang"):
            self.faults.append(f"{name}: {verdict.outcome} {verdict.message}")
        self.faults += [f"{name}: {fault}" for fault in faults]

    def row(self, name: str) -> str:
        """A line of Markdown."""
        rows = self.rows.copy()
        accepted, duplicates = rows.pop("accepted", 0), rows.pop("duplicates", 0)
        cells = (
            name,
            self.inputs,
            accepted,
            duplicates,
            counted(rows),
            counted(self.refused),
            len(self.faults),
        )
        return "| " + " | ".join(map(str, cells)) + " |"


Report = dict[tuple[str, str], Tally]  # by way, and corpus or kind of damage


def table(report: Report, way: str) -> list[str]:
    """The lines of one way as a Markdown table."""
    return [
        f"\n## {way}\n",
        HEAD,
        "|---|---|---|---|---|---|---|",
        *(tally.row(name) for (of_way, name), tally in report.items() if of_way == way),
    ]


def counted(counts: Counter[str]) -> str:
    """Names with their counts, by name; zeros are left out."""
    return ", ".join(
        f"{name} {count:,}" for name, count in sorted(counts.items()) if count
    )
