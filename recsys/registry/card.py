"""MODEL_CARD.md of a model: data, split, metrics with intervals, verdict, cold start, limits,
lineage, and the command that rebuilds it.

The verdict is one line, which whoever judges the model replaces (recsys/registry/verdicts.py).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from recsys.models.manifest import Manifest
from recsys.ranking.evaluation_file import Evaluation
from recsys.ranking.model_names import BASELINE
from recsys.registry import words
from recsys.registry.data_state import DataState

NAME = "MODEL_CARD.md"
NOT_JUDGED = "not judged yet"
VERDICT = re.compile(r"^\*\*Verdict:\*\* .*$", re.MULTILINE)
DIGITS = 12  # of a hash that is shown
LONGEST = 4900  # characters of a description: MLflow takes 5000


@dataclass(frozen=True)
class Facts:
    """What a card is made of."""

    manifest: Manifest
    evaluation: Evaluation
    state: DataState
    lineage: dict[str, str]  # recsys/registry/lineage.py

    @property
    def row(self) -> words.Row:
        """The model's metrics."""
        return self.evaluation.models[self.manifest.model_type]


def text(facts: Facts, verdict: str = "") -> str:
    """The card, Markdown; without a verdict it says that there is none yet."""
    parts = [
        f"# {facts.manifest.model_id}: {_in_short(facts.evaluation, facts.row)}",
        f"{words.NAMES.get(facts.manifest.model_type, facts.manifest.model_type)}. "
        f"It gives each user of the shop a list of products.",
        _verdict_line(verdict),
        *_section("Data", _data(facts)),
        *_section("Measured", _metrics(facts)),
        *_section("Cold start", _cold_start(facts)),
        *_section("Limits", _limits(facts)),
        *_section("Lineage", _lineage(facts)),
    ]
    return "\n\n".join(parts)[:LONGEST] + "\n"


def with_verdict(card: str, verdict: str) -> str:
    """The same card with another verdict."""
    return VERDICT.sub(lambda _: _verdict_line(verdict), card, count=1)


def _in_short(evaluation: Evaluation, row: words.Row) -> str:
    """MLflow's tables show no more than the first line."""
    metric = evaluation.primary
    popularity = evaluation.primary_of(BASELINE)
    return f"{metric} {row[metric]:.4f}, popularity {popularity:.4f}"


def _verdict_line(verdict: str) -> str:
    return f"**Verdict:** {' '.join(verdict.split()) or NOT_JUDGED}"


def _section(title: str, lines: Iterator[str]) -> tuple[str, str]:
    return f"## {title}", "\n".join(lines)


def _data(facts: Facts) -> Iterator[str]:
    state, stats = facts.state, facts.state.stats
    yield f"- {words.data(state)} (sha256 of `data/processed/interactions.parquet`)"
    yield (
        f"- split `{state.split}`: trained on {stats.train_interactions:,} events of "
        f"{stats.trainable_users:,} users, measured on {words.measured(facts.evaluation)}"
    )
    yield "- its lists know the purchases that it was measured on, too; the figures below do not"


def _metrics(facts: Facts) -> Iterator[str]:
    yield "With 95 % bootstrap intervals over users.\n"
    yield "| metric | this model | popularity | difference |"
    yield "|---|---|---|---|"
    popular = facts.evaluation.models[BASELINE]
    cutoff = facts.evaluation.primary.partition("_at_")[2]
    wanted = [facts.evaluation.primary, f"ndcg_at_{cutoff}", f"coverage_at_{cutoff}"]
    for metric in dict.fromkeys(wanted):
        if metric in facts.row:
            difference = words.interval(facts.row, f"{metric}_over_popularity", "+")
            cells = words.interval(facts.row, metric), words.interval(popular, metric)
            yield f"| {metric} | {' | '.join(cells)} | {difference} |"


def _cold_start(facts: Facts) -> Iterator[str]:
    metric = facts.evaluation.primary
    yield (
        f"- users with one known purchase: {metric} "
        f"{words.interval(facts.row, f'newcomer_{metric}')}; with none: the popular products"
    )
    cold = facts.manifest.notes.cold_start
    classes = cold.used_for() if cold else []
    if classes is None:
        told = "all classes"
    else:
        told = ", ".join(classes) + " positives" if classes else "none"
    yield f"- cold products whose rows come from their texts: {told}"
    share = facts.row.get("cold_item_share_at_10")
    if share is not None:
        yield f"- cold products have {share:.1%} of all places of the lists"


def _limits(facts: Facts) -> Iterator[str]:
    stats = facts.state.stats
    yield "- measured on past purchases, which the shop's own pages led to; not yet on customers"
    yield (
        f"- {stats.users - stats.trainable_users:,} of {stats.users:,} users have too little to "
        f"be trained on: their lists are made by the rule for new users"
    )
    yield "- a product without a purchase and without a text is shown to nobody but by chance"
    yield "- what a user has bought or rated is never shown to them"
    yield "- the hide list of the shop is not in the model: who loads it by MLflow has to name it"


def _lineage(facts: Facts) -> Iterator[str]:
    commit = facts.lineage.get("mlflow.source.git.commit")
    changed = facts.lineage.get("git_changed_code", "")
    told = f"`{commit}`" if commit else "no git here"
    uncommitted = f", with uncommitted changes in {changed}" if changed else ""
    yield f"- code: {told}{uncommitted}"
    lock = facts.lineage.get("dvc_lock_sha256")
    yield f"- data and params: `dvc.lock` {f'`{lock[:DIGITS]}`' if lock else 'is not there'}"
    for key, value in sorted(facts.manifest.inputs.items()):
        yield f"- made of `{key}` `{value[:DIGITS]}`"
    yield f"- rebuilt and compared by `python runner.py reproduce {facts.manifest.model_id}`"
