"""DVC writes of dvc.lock what has changed: the entry of the stage that has run, byte for byte as it
would write it. By itself it reads the whole file so that comments would stay, and writes all of it
anew, after each stage: a third of a second each, by a parser in plain Python. Here it is whole or
not written at all, too.

A file with comments, or with anything but stages in it, is left to DVC.
"""

import io
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from recsys.files.atomic import write_text

HEAD = "schema: '2.0'\nstages:\n"
ENTRY = re.compile(r"^  (?=\S)", re.MULTILINE)  # where the entry of a stage begins
COMMENT = re.compile(r"(^|\s)#", re.MULTILINE)

Dump = Callable[[Any, Any], Any]


def entries(text: str) -> list[str] | None:
    """The entries of a lock file, each with its first line; None if it is not as DVC writes it."""
    if not text.startswith(HEAD) or COMMENT.search(text) or not text.endswith("\n"):
        return None
    body = text.removeprefix(HEAD)
    begins = [match.start() for match in ENTRY.finditer(body)]
    if begins[:1] != [0] or re.search(r"^\S", body, re.MULTILINE):
        return None
    return [body[a:b] for a, b in zip(begins, [*begins[1:], None], strict=True)]


def entry(name: str, stage: Any, dump: Dump) -> str:
    """The entry of one stage, by DVC's own writer."""
    made = io.StringIO()
    dump({"stages": {name: stage}}, made)
    return made.getvalue().removeprefix("stages:\n")


def replaced(text: str, name: str, stage: Any, dump: Dump) -> str | None:
    """The text of a lock file with this stage in it, in its place or at the end; None if the text
    is not as DVC writes it.
    """
    known = entries(text)
    if known is None:
        return None
    new = entry(name, stage, dump)
    first = new.partition("\n")[0]
    at = [place for place, old in enumerate(known) if old.startswith(f"{first}\n")]
    if len(at) > 1 or len(entries(HEAD + new) or ()) != 1:
        return None
    if at:
        known[at[0]] = new
    else:
        known.append(new)
    return HEAD + "".join(known)


def writing(
    own: Callable[..., None],
    to_lockfile: Callable[..., Mapping[str, Any]],
    dump: Dump,
    say: Callable[..., None],
) -> Callable[..., None]:
    """Lockfile.dump_stages of DVC, which writes only what has changed. `own` is DVC's."""

    def dump_stages(lock: Any, stages: list[Any], **named: Any) -> None:
        path = Path(lock.path)
        if len(stages) != 1 or not path.is_file():
            return own(lock, stages, **named)
        (stage,), text = stages, path.read_text(encoding="utf-8")
        made = to_lockfile(stage, **named)[stage.name]
        found = replaced(text, stage.name, made, dump)
        if found is None:
            return own(lock, stages, **named)
        if found != text:
            say("Updating lock file '%s'", lock.relpath)
            write_text(path.resolve(), found)
            lock.repo.scm_context.track_file(lock.relpath)
        return None

    return dump_stages
