"""Translations of the shop's files, kept by what they are made of: speed, never results.

    KEY.csv         a file of the contract, made of a foreign one
    KEY.json        what is known of it, and the hash of its bytes; written last

KEY is a hash of the foreign file, of the mapping, and of the code. A translation that is missing,
torn or of another key is made anew.
"""

import hashlib
import json
import platform
from array import array
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from recsys.files.atomic import (
    atomic,
    parse_json,
    sha256_of,
    sha256_of_json,
    write_text,
)
from recsys.program.errors import DataError
from recsys.shop_csv import rating_scale, row_forms
from recsys.shop_csv.accounts import Account
from recsys.shop_csv.csv_file import Source
from recsys.source.params import FileParams
from recsys.source.translate import Counts, Origin, Translated, translate


@dataclass(frozen=True)
class Foreign:
    """A translated file: its account, what was converted in it, and names of its products."""

    account: Account
    counts: Counts
    names: dict[str, str]


@dataclass
class Translations:
    """Translates files of the folder `raw`, and keeps what it makes of them in `folder`."""

    raw: Path
    folder: Path
    _used: list[str] = field(default_factory=list)

    def of(self, name: str, params: FileParams) -> Foreign:
        """The file of this name. DataError if it is not there, or cannot be read at all."""
        path = self.raw / name
        if not path.is_file():
            raise DataError(
                f"{path}: no such file; put it there, or run `python runner.py init` with your "
                f"files again"
            )
        sha256 = sha256_of(path)
        key = _key(sha256, params)
        done = self._kept(key) or self._make(key, path, params)
        self._used.append(key)
        source = Source(
            name,
            str(path),
            lambda: self._csv(key).open("rb"),
            form=key,
            as_it_stands=done.origin.of,
        )
        return Foreign(Account(source, sha256), done.counts, done.names)

    def forget_others(self) -> None:
        """Delete what was kept of files that were not asked for."""
        kept = {f"{key}{end}" for key in self._used for end in (".csv", ".json")}
        for path in self.folder.iterdir() if self.folder.is_dir() else []:
            if path.name not in kept:
                with suppress(OSError):
                    path.unlink()

    def _csv(self, key: str) -> Path:
        return self.folder / f"{key}.csv"

    def _make(self, key: str, path: Path, params: FileParams) -> Translated:
        with atomic(self._csv(key)) as temp, temp.open("wb") as out:
            done = translate(path, str(path), params, out)
        facts = {"sha256": sha256_of(self._csv(key)), **_as_json(done)}
        write_text(self.folder / f"{key}.json", json.dumps(facts))
        return done

    def _kept(self, key: str) -> Translated | None:
        try:
            facts = parse_json((self.folder / f"{key}.json").read_bytes())
            if facts.pop("sha256") == sha256_of(self._csv(key)):
                return _from_json(facts)
        except (OSError, ValueError, KeyError, TypeError):
            pass
        return None


def _as_json(done: Translated) -> dict[str, Any]:
    origin, counts, names = done
    return {
        "at": list(origin.at),
        "shift": list(origin.shift),
        "reasons": list(origin.reasons.items()),
        "counts": counts.as_json(),
        "names": names,
    }


def _from_json(facts: dict[str, Any]) -> Translated:
    reasons = {int(at): str(reason) for at, reason in facts["reasons"]}
    origin = Origin(array("q", facts["at"]), array("q", facts["shift"]), reasons)
    found = facts["counts"]
    left_out, converted = Counter(found["left_out"]), Counter(found["converted"])
    counts = Counts(found["rows"], left_out, converted)
    return Translated(origin, counts, facts["names"])


def _key(sha256: str, params: FileParams) -> str:
    """The hash of all that a translation depends on, 32 hex digits."""
    form = params.model_dump()
    del form["files"]
    settings = [sha256, type(params).__name__, form, _code()]
    return sha256_of_json(settings)[:32]


def _code() -> Sequence[str]:
    modules = sorted(Path(__file__).parent.glob("*.py"))
    modules += [Path(str(one.__file__)) for one in (rating_scale, row_forms)]
    digest = hashlib.sha256(b"\0".join(path.read_bytes() for path in modules))
    return digest.hexdigest(), platform.python_version()
