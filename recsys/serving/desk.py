"""The desk at which lists are asked for: the recommender that serves, and how it is replaced.

A new model is loaded and tried beside the one that serves, then takes its place in one assignment:
whoever has taken `current` once is answered wholly by one model. What cannot be loaded changes
nothing.
"""

import threading
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from recsys.program.errors import DataError
from recsys.serving import memory, pointer, release
from recsys.serving.golden import digest
from recsys.serving.hidden import Hidden, told
from recsys.serving.recommender import Recommender, Wish


@dataclass(frozen=True)
class Serving:
    """A recommender in its turn."""

    recommender: Recommender
    generation: int  # 1 for the first one that this process serves
    loaded_at: datetime  # UTC
    golden: str  # the hash of its golden lists, with nothing hidden

    @property
    def model_id(self) -> str:
        return self.recommender.model_id

    def about(self) -> dict[str, object]:
        """What /model_info says."""
        about = self.recommender.release.about
        return {
            "model_id": self.model_id,
            "manifest_sha256": about.manifest_sha256,
            "generation": self.generation,
            "loaded_at": self.loaded_at.isoformat(timespec="milliseconds"),
            "users": len(self.recommender.release.users),
            "trained_users": about.trained_users,
            "products": len(self.recommender.catalogue),
            "hidden_products": int(self.recommender.catalogue.hidden.sum()),
            "delisted_products": int(self.recommender.catalogue.delisted.sum()),
            "hide_list": told(self.recommender.catalogue.not_named),
            "weights": about.weights,
            "new_item_places": about.new_item_places,
        }


class Desk:
    """What one process serves from the folder `releases`."""

    def __init__(self, releases: Path) -> None:
        self.releases = releases
        self.current: Serving | None = None
        self.hidden = Hidden(releases)
        self.problem = (
            ""  # why the model that `current` names is not served; "" if it is
        )
        self.followed: str | None = None  # what releases/current said last
        self.one_at_a_time = threading.Lock()

    def load(self, model_id: str) -> Serving:
        """Serve this model from now on. DataError if it cannot be served; nothing changes then.

        What releases/current says now is older news than this: only what it says later is followed.
        """
        with self.one_at_a_time:
            with suppress(DataError):
                self.followed = pointer.current(self.releases)
            recommender = Recommender(release.load(self.releases, model_id))
            golden = digest(recommender)
            self.hidden.changed()
            recommender.catalogue.hide(*self.hidden.lines)
            _try(recommender)
            generation = self.current.generation + 1 if self.current else 1
            self.current = Serving(recommender, generation, datetime.now(UTC), golden)
            self.problem = ""
            memory.trim()
            return self.current

    def pointed_at(self) -> str:
        """The id in releases/current. DataError if there is none."""
        model_id = pointer.current(self.releases)
        if model_id is None:
            raise DataError(
                f"{self.releases / pointer.CURRENT}: nothing was published yet; "
                f"run `python runner.py promote`"
            )
        return model_id

    def pointed_since(self) -> float:
        """When releases/current was written, in seconds since 1970; 0 without one."""
        with suppress(OSError):
            return (self.releases / pointer.CURRENT).lstat().st_mtime
        return 0.0

    def follow(self) -> bool:
        """Serve what releases/current names, if it says something new; whether it did.

        A problem is kept in `problem`, and the former model goes on serving.
        """
        try:
            wanted = pointer.current(self.releases)
        except DataError as error:
            self.problem = str(error)
            return False
        if wanted is None or wanted == self.followed:
            return False
        try:
            if not self.current or self.current.model_id != wanted:
                self.load(wanted)
                return True
        except DataError as error:
            self.problem = str(error)
        finally:
            self.followed = wanted
        return False

    def look_at_what_is_hidden(self) -> bool:
        """Hide what the files say now, if they have changed; whether they did."""
        changed = self.hidden.changed()
        if changed and self.current:
            self.current.recommender.catalogue.hide(*self.hidden.lines)
        return changed


def _try(recommender: Recommender) -> None:
    """Ask for a few more lists, so that a model that cannot answer never serves."""
    recommender.recommend(None, Wish(k=3, bought=recommender.catalogue.ids[:1]))
    recommender.similar(recommender.catalogue.ids[0], Wish(k=3))
