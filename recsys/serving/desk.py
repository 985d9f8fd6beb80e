"""The desk at which lists are asked for: the recommender that serves, and how it is replaced.

A new model is loaded and tried beside the one that serves, then takes its place in one assignment:
whoever has taken `current` once is answered wholly by one model. What cannot be loaded changes
nothing.
"""

import os
import threading
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from recsys.program.errors import DataError, in_one_line
from recsys.serving import memory, pointer, release
from recsys.serving.array_files import is_missing
from recsys.serving.golden import digest
from recsys.serving.hidden import Hidden, told
from recsys.serving.recommender import Recommender, Wish

Looks = tuple[tuple[str, int, int, int], ...]  # a file's name, inode, size and time


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
        self.not_loaded = ""  # why a model that is to be served is not
        self.not_read = ""  # why releases/current says nothing
        self.followed: str | None = None  # what releases/current said last
        self.refused: Looks | None = None  # of its release, if that was not loaded
        self.one_at_a_time = threading.Lock()

    def load(self, model_id: str) -> Serving:
        """Serve this model from now on. DataError if it cannot be served; nothing changes then.

        What releases/current says now is older news than this: only what it says later is followed.
        """
        with self.one_at_a_time:
            with suppress(DataError):
                self.followed = pointer.current(self.releases)
            recommender = Recommender(release.load(self.releases, model_id))
            golden = _golden(recommender)
            self.hidden.changed()
            recommender.catalogue.hide(*self.hidden.lines)
            _try(recommender)
            generation = self.current.generation + 1 if self.current else 1
            self.current = Serving(recommender, generation, datetime.now(UTC), golden)
            self.not_loaded, self.refused = "", None
            memory.trim()
            return self.current

    def go_back(self, former: Serving | None) -> None:
        """Serve what was served before the last load."""
        if former:
            former.recommender.catalogue.hide(*self.hidden.lines)
        self.current = former

    @property
    def problem(self) -> str:
        """Why the model that is to be served is not; "" if it is."""
        return "; ".join(filter(None, [self.not_read, self.not_loaded]))

    def pointed_at(self) -> str:
        """The id in releases/current. DataError if there is none."""
        model_id = pointer.current(self.releases)
        if model_id is None:
            raise DataError(self._none_published())
        return model_id

    def _none_published(self) -> str:
        path = self.releases / pointer.CURRENT
        if self.followed:
            return (
                f"{path}: is gone; the model and what was hidden stay as they were: bring the "
                f"folder back (a share that is not mounted?), or run `python runner.py promote`"
            )
        return f"{path}: nothing was published yet; run `python runner.py promote`"

    def _is_away(self) -> bool:
        """Whether what releases/current was read from is there no more."""
        return bool(self.followed) and is_missing(self.releases / pointer.CURRENT)

    def pointed_since(self) -> float:
        """When releases/current was written, in seconds since 1970; 0 without one."""
        with suppress(OSError):
            return (self.releases / pointer.CURRENT).lstat().st_mtime
        return 0.0

    def follow(self) -> bool:
        """Serve what releases/current names, if it says something new, or if its release was
        refused and looks otherwise now; whether it did.

        A problem is kept in `problem` until it is mended, and the former model goes on serving.
        """
        try:
            wanted, self.not_read = pointer.current(self.releases), ""
        except DataError as error:
            self.not_read = str(error)
            return False
        if wanted is None:
            if not self.current or self.followed:  # it was there, or it has to be
                self.not_read = self._none_published()
            return False
        if not self._is_news(wanted):
            return False
        looks, self.followed = _looks_of(self.releases / wanted), wanted
        try:
            if not self.current or self.current.model_id != wanted:
                self.load(wanted)
                return True
            self.not_loaded, self.refused = "", None
        except DataError as error:
            self.not_loaded, self.refused = str(error), looks
        except (OSError, MemoryError) as error:  # of the machine: tried again
            self.not_loaded = f"{wanted}: cannot be loaded now ({in_one_line(error)})"
            self.refused = ()
        return False

    def _is_news(self, wanted: str) -> bool:
        if wanted != self.followed:
            return True
        # it may have been copied there, or mended
        return self.refused not in (None, _looks_of(self.releases / wanted))

    def look_at_what_is_hidden(self) -> bool:
        """Hide what the files say now, if they have changed; whether they did. A folder that is
        away hides what it hid.
        """
        changed = self.hidden.changed(is_away=self._is_away())
        if changed and self.current:
            self.current.recommender.catalogue.hide(*self.hidden.lines)
        return changed


def _looks_of(folder: Path) -> Looks:
    """How the files of a release look from outside; nothing if there is no such folder."""
    try:
        found = [(entry.name, entry.stat()) for entry in os.scandir(folder)]
    except OSError:
        return ()
    states = [(name, it.st_ino, it.st_size, it.st_ctime_ns) for name, it in found]
    return tuple(sorted(states))


def _golden(recommender: Recommender) -> str:
    """The hash of its golden lists. DataError if a package is missing that they need."""
    try:
        return digest(recommender)
    except ModuleNotFoundError as error:  # of what most models do without
        raise DataError(
            f"{recommender.model_id}: keeps places for new products, which needs the package "
            f"{error.name}; install it where the service runs (tools/service/packages.txt)"
        ) from None


def _try(recommender: Recommender) -> None:
    """Ask for a few more lists, so that a model that cannot answer never serves."""
    recommender.recommend(None, Wish(k=3, bought=recommender.catalogue.ids[:1]))
    recommender.similar(recommender.catalogue.ids[0], Wish(k=3))
