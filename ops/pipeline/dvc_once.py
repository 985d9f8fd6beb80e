"""DVC reads a file once where it would read it again: dvc.yaml and dvc.lock twice, params.yaml for
each stage, git's index for each out; of dvc.lock it writes what has changed (lock_entries.py).
Nothing else changes; a DVC that is otherwise inside does it as it always did.
"""

import copy
import os
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from ops.pipeline import lock_entries

KEPT = 4  # texts: dvc.yaml, dvc.lock before and after a stage, params.yaml

Parse = Callable[..., Any]


def remembering(parse: Parse) -> Parse:
    """The parser of YAML, which gives a copy of what it has made of the same text before."""

    made: OrderedDict[str, Any] = OrderedDict()

    def parsed(text: str, path: str, typ: str = "safe") -> Any:
        if typ != "safe":  # with comments, to be written again
            return parse(text, path, typ)
        if (
            text not in made
        ):  # the path is for messages about bad text, which is not kept
            made[text] = parse(text, path, typ)
            if len(made) > KEPT:
                made.popitem(last=False)
        return copy.deepcopy(made[text])

    return parsed


def collecting(collect: Callable[..., Any], project_file: str) -> Callable[..., Any]:
    """The collector of stages, which takes those of dvc.yaml out of the index that is there."""

    def collected(repo: Any, targets: Iterable[str], *args: Any, **named: Any) -> Any:
        if list(targets) != [project_file] or any(args) or any(named.values()):
            return collect(repo, targets, *args, **named)
        stages = [
            stage for stage in repo.index.stages if stage.path_in_repo == project_file
        ]
        return stages or collect(repo, targets)

    return collected


def tracking(own: Callable[..., bool]) -> Callable[..., bool]:
    """Whether git tracks a path, or something below it, by an index that is read again when it has
    changed. `own` is the one that reads it for each path.
    """
    known: dict[tuple[str, int, int], list[str]] = {}

    def is_tracked(git: Any, path: str) -> bool:
        try:
            place = git.repo.index_path()
            stat = Path(place).stat()
        except (OSError, AttributeError):
            return own(git, path)
        stamp = place, stat.st_mtime_ns, stat.st_size
        if stamp not in known:
            known.clear()
            known[stamp] = sorted(os.fsdecode(name) for name in git.repo.open_index())
        names, wanted = known[stamp], os.path.relpath(path, git.root_dir)
        at = bisect_left(names, wanted)
        below = bisect_left(names, f"{wanted}/")
        return names[at : at + 1] == [wanted] or (
            below < len(names) and names[below].startswith(f"{wanted}/")
        )

    return is_tracked


def read_once() -> None:
    """Let DVC's `repro` read so."""
    try:
        import dvc.dvcfile
        import dvc.repo.reproduce as reproduce
        import dvc.utils.serialize._yaml as of_params
        import dvc.utils.strictyaml as of_stages
        from dvc.stage.serialize import to_lockfile
        from scmrepo.git.backend.dulwich import DulwichBackend

        parse = remembering(of_params.parse_yaml)
        project_file = dvc.dvcfile.PROJECT_FILE
        collect = collecting(reproduce.collect_stages, project_file)
        lock, say = dvc.dvcfile.Lockfile, dvc.dvcfile.logger.info
        dump_stages = lock_entries.writing(
            lock.dump_stages, to_lockfile, of_params._dump, say
        )
        is_tracked = tracking(DulwichBackend.is_tracked)
    except (ImportError, AttributeError):
        return
    of_params.parse_yaml = of_stages.parse_yaml = parse
    reproduce.collect_stages = collect
    lock.dump_stages = dump_stages
    DulwichBackend.is_tracked = is_tracked
