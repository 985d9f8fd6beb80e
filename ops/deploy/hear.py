"""The court of later purchases: was it right to promote the champion? `python runner.py run court`.

reads   data/processed/interactions.parquet, releases/ (champion, former champion), params.yaml
        (court, gate, process.positive_threshold), state/runner.db (deployments, hearings)
writes  state/runner.db (hearings, served), data/reference/served.json

Champion, former champion and popularity are scored by the lists that they serve, on positives that
are newer than the promotion and than the last hearing (recsys/statistics/court.py), each user once
a promotion. Too few of them are kept for the next hearing. A ruling moves nothing: it is said here
and by the health check.
"""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from ops.deploy import deployment_log, hearings, production, releases, served
from ops.deploy.hearings import Heard
from ops.deploy.releases import Places
from ops.deploy.served import Between
from ops.deploy.site import zone_in
from recsys.program import kernel_cache
from recsys.program import params as parameters
from recsys.program.command_line import PARAMS_FILE, enter
from recsys.serving import later, release
from recsys.serving.recommender import Recommender
from recsys.statistics import court, gate
from recsys.statistics.court import Case, Hearing, Other

USERS = 5_000  # at most so many are heard at once
POPULARITY = "popularity"


@dataclass(frozen=True)
class Courtroom:
    """Where the court is held, and by what rules."""

    places: Places
    db: Path
    rules: court.Params
    metric: str
    zone: ZoneInfo

    def hear(self, now: datetime) -> list[str]:
        """One hearing; what came of it, for people. DataError if a release or the events are
        torn.
        """
        rows = deployment_log.rows(self.db)
        top = production.in_production(rows)
        if top is None:
            return ["Nothing is in production, so there is nobody to judge."]
        if not self._is_released(top.model_id):
            return [f"{top.model_id} has no release, so its lists are not known."]
        targets = production.rollback_targets(rows)[:1]
        former = [one.model_id for one in targets if self._is_released(one.model_id)]
        last = hearings.last(self.db)
        after = max([top.at, *([last.until] if last else [])])
        bought = self._bought(top.at, after)
        ids = [top.model_id, *former, POPULARITY]
        k = int(self.metric.rpartition("_")[2])
        with ThreadPoolExecutor() as pool:  # most of it is hashing
            models = list(pool.map(self._recommender, ids[:-1]))
        values = dict(
            zip(ids, later.worth(models, bought, self.metric, k), strict=True)
        )
        users, fewest = len(values[POPULARITY]), self.rules.fewest_users
        if users < fewest or bought.until is None:
            again = f"; {bought.again} others were heard before" if bought.again else ""
            return [
                f"{users} users have bought something new since {after:%Y-%m-%d %H:%M} UTC; "
                f"{fewest} are needed for a hearing (court.fewest_users){again}."
            ]
        year = now.astimezone(self.zone).year
        cases = self._cases(year, values, last)
        hearings.append(self.db, Heard(now, bought.until, cases))
        between = Between(stamp(after), stamp(bought.until), self.metric)
        both = values[top.model_id], values[POPULARITY]
        served.note(self.db, self.places.data, between, top.model_id, *both)
        means = ", ".join(f"{one} {of.mean():.4f}" for one, of in values.items())
        head = (
            f"{self.metric} of {users:,} users by what they have bought since: {means}"
        )
        return [head, *(court.in_words(case, self.rules) for case in cases.values())]

    def _cases(
        self, year: int, values: Mapping[str, np.ndarray], last: Heard | None
    ) -> dict[str, Case]:
        """The cases after the hearing of these values: the champion's first, popularity's last."""
        champion, *others = values
        found = {}
        for other_id in others:
            other: Other = "popularity" if other_id == POPULARITY else "former"
            hearing = Hearing(
                year, champion, other_id, values[champion], values[other_id]
            )
            case = last.cases.get(other) if last else None
            case = case or court.opened(other, hearing)
            found[str(other)] = court.heard(case, hearing, self.rules)
        return found

    def _bought(self, since: datetime, after: datetime) -> later.Purchases:
        events = self.places.data / "processed" / "interactions.parquet"
        threshold = releases.threshold(self.places.params)
        return later.purchases(events, since, after, threshold, USERS)

    def _is_released(self, model_id: str) -> bool:
        return (self.places.releases / model_id).is_dir()

    def _recommender(self, model_id: str) -> Recommender:
        return Recommender(release.load(self.places.releases, model_id))


def stamp(moment: datetime) -> str:
    """ISO 8601, UTC."""
    return moment.astimezone(UTC).isoformat()


def main(
    params: Path = Path(PARAMS_FILE),
    state: Path = Path("state"),
) -> None:
    """Hear what was bought since the promotion."""
    kernel_cache.get_ready()
    room = Courtroom(
        Places(params.parent),
        state / deployment_log.DATABASE,
        parameters.load(court.Params, "court", params),
        parameters.load(gate.Params, "gate", params).metric,
        zone_in(params),
    )
    print("\n".join(room.hear(datetime.now(UTC))))


if __name__ == "__main__":
    enter(main)
