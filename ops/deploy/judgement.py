"""The question that the gate is asked: a challenger beside the champion, by today's test users.

reads   releases/ (champion, anchor; the challenger's, or what it would be), data/processed, mlruns/
        (recipes of the runs), state/runner.db (verdicts, deployments)

The kind is told by lineage: a refresh has the recipe of the champion (recsys/registry/lineage.py),
and other data. The anchor is the newest model under the champion that was promoted as more than a
refresh.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
from scipy.sparse import csr_matrix

from ops.deploy import deployment_log, production, releases, verdicts
from ops.deploy.releases import Places
from ops.deploy.site import Site
from recsys.dataset.folder import Ids
from recsys.models import learned, manifest
from recsys.program import kernel_cache
from recsys.program.errors import GateError
from recsys.registry import lineage
from recsys.registry.versions import Version
from recsys.serving import trained
from recsys.serving.judged import Judged, judge
from recsys.serving.release import Release
from recsys.serving.rivals import Today
from recsys.statistics import gate
from recsys.statistics.error_budget import Kind
from recsys.statistics.gate import Guardrail, Question

USERS = 100_000  # at most so many test users judge
CELLS = 10**9  # at most so many users x items are ranked, of each release
READERS = 2  # releases that are read at once
NOBODY = np.zeros(0)


def bare(site: Site, challenger: Version, champion: Version | None) -> Question:
    """The question without figures: enough for a content that was judged before."""
    rules = site.rules
    assert rules is not None  # noqa: S101 - only a site with rules asks
    return Question(
        model_id=challenger.model_id,
        kind=kind_of(site, challenger, champion),
        year=site.clock().astimezone(rules.zone).year,
        challenger=NOBODY,
        popularity=NOBODY,
        champion=NOBODY if champion else None,
        champion_id=champion.model_id if champion else None,
        anchor_id=anchor_of(site, champion),
    )


def judged(site: Site, asked: Question) -> Judged:
    """All that the question names, on the same users. GateError if a model has no files; DataError
    if a release or the shop's data is torn or missing.
    """
    rules = site.rules
    assert rules is not None and site.places is not None  # noqa: S101 - as in `bare`
    kernel_cache.get_ready()
    ids = dict.fromkeys((asked.model_id, asked.champion_id, asked.anchor_id))
    with ThreadPoolExecutor(READERS) as pool:  # most of it is hashing
        reading = [pool.submit(released, site.places, one) for one in ids if one]
        cold = pool.submit(cold_threshold, site.places, asked.model_id)
        challenger = reading[0].result()
        processed = site.places.data / "processed"
        today = Today.read(processed, _most(challenger, rules.gate))
        rivals = [one.result() for one in reading]
    k = int(rules.gate.metric.rpartition("_")[2])
    before = by_starts(site.places, [one.model_id for one in rivals], today.ids)
    return judge(rivals, today, k, cold.result(), before)


def with_figures(asked: Question, judged: Judged, metric: str) -> Question:
    """The question with the figures of its models."""
    of = {
        model_id: figures.per_user[metric]
        for model_id, figures in judged.figures.items()
    }
    is_other = asked.anchor_id not in (None, asked.champion_id)
    return replace(
        asked,
        challenger=of[asked.model_id],
        popularity=judged.popularity[metric],
        champion=of.get(asked.champion_id or ""),
        anchor=of.get(asked.anchor_id or "") if is_other else None,
        guardrails=guardrails(judged, asked.model_id, asked.champion_id),
        left_out=(judged.unknown_item, judged.trained_on),
    )


def _most(release: Release, rules: gate.Params) -> int:
    items = max(1, len(release.arrays["item_factors"]))
    return max(rules.min_users, min(USERS, CELLS // items))


def released(places: Places, model_id: str) -> Release:
    """The release of a model, as it was published or would be. GateError if it has no files."""
    if not releases.is_known(places, model_id):
        raise GateError(
            f"{model_id[:60]}: there are no files of it in models/, mlruns/ or releases/, so the "
            f"gate cannot judge by it; train another model"
        )
    return releases.made(places, model_id)


def kind_of(site: Site, challenger: Version, champion: Version | None) -> Kind:
    """Whether it is the first model, a refresh of the champion, or a new recipe."""
    if champion is None:
        return "first"
    ours, theirs = _recipe(site, challenger), _recipe(site, champion)
    return "refresh" if ours and ours == theirs else "new_recipe"


def _recipe(site: Site, version: Version) -> str | None:
    if not version.run_id:
        return None
    tags = site.client.get_run(version.run_id).data.tags
    found: str | None = tags.get(f"{lineage.RECIPE}.{version.model_type}")
    return found and f"{version.model_type} {found}"


def anchor_of(site: Site, champion: Version | None) -> str | None:
    """The id of the newest model under the champion, itself included, that is no refresh."""
    if champion is None:
        return None
    kinds = {
        kept.model_id: kept.verdict["entry"]["kind"] for kept in verdicts.rows(site.db)
    }
    for layer in reversed(production.stack(deployment_log.rows(site.db))):
        if kinds.get(layer.model_id) != "refresh":
            return layer.model_id
    return champion.model_id


def guardrails(
    judged: Judged, challenger: str, champion: str | None
) -> tuple[Guardrail, ...]:
    """What may not be lost beside the metric; none without a champion."""
    if champion is None:
        return ()
    ours, theirs = judged.figures[challenger], judged.figures[champion]
    recall = next(name for name in ours.per_user if name.startswith("recall_at_"))
    k = recall.rpartition("_")[2]
    of_users = [
        (
            f"{name}_{recall}",
            ours.per_user[recall][chosen],
            theirs.per_user[recall][chosen],
        )
        for name, chosen in (("cold_item", judged.is_cold), ("tail", judged.is_tail))
    ]
    return (
        Guardrail(f"coverage_at_{k}", ours.coverage, theirs.coverage),
        *(Guardrail(*each) for each in of_users),
        Guardrail(f"newcomer_{recall}", ours.newcomer_recall, theirs.newcomer_recall),
    )


def by_starts(places: Places, model_ids: Sequence[str], ids: Ids) -> list[csr_matrix]:
    """What those of the models that began at another one have learned from, (users, items) of
    `ids`; nothing of those whose files are gone.
    """
    here = trained.manifests(places.models, places.mlruns)
    warm = [one for one in model_ids if one in here and learned.is_warm(here[one])]
    saved = (trained.find(one, places.models, places.mlruns) for one in warm)
    found = (learned.of(each, ids) for each in saved)
    return [pairs for pairs in found if pairs is not None]


def cold_threshold(places: Places, model_id: str) -> int:
    """From how many positives on an item is not cold to this model."""
    releases.fetch(places, model_id)
    folder = trained.find(model_id, places.models, places.mlruns).folder
    return int(manifest.read(folder).params.get("cold_threshold", 1))
