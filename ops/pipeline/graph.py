"""The stages of dvc.yaml: which one needs which, without DVC (its import takes a second).

reads   dvc.yaml
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from recsys.program import yaml_text
from recsys.program.errors import ConfigError, in_one_line

FILE = "dvc.yaml"
OUTS = ("outs", "metrics", "plots")
RESTORE = "restore it with `git checkout dvc.yaml`"


@dataclass(frozen=True)
class Stage:
    """A stage: the files it reads and writes, and its command, "" if it has none or several."""

    name: str
    deps: tuple[str, ...]
    outs: tuple[str, ...]
    command: str = ""


@dataclass(frozen=True)
class Graph:
    """All stages, each after those that it needs."""

    stages: tuple[Stage, ...]

    @property
    def names(self) -> list[str]:
        return [stage.name for stage in self.stages]

    def needed(self, targets: Collection[str]) -> list[str]:
        """What a repro of the targets goes over, in order; all stages if none is named."""
        wanted = set(targets or self.names)
        for stage in reversed(self.stages):
            if stage.name in wanted:
                wanted |= self._before(stage)
        return [name for name in self.names if name in wanted]

    def after(self, changed: Collection[str]) -> list[str]:
        """The stages that read, through others too, what the changed ones write; in order."""
        late = set(changed)
        for stage in self.stages:
            if self._before(stage) & late:
                late.add(stage.name)
        return [name for name in self.names if name in late - set(changed)]

    def _before(self, stage: Stage) -> set[str]:
        """The stages that write what this one reads."""
        return {
            other.name
            for other in self.stages
            if other is not stage and any(_reads(stage, out) for out in other.outs)
        }


def _reads(stage: Stage, out: str) -> bool:
    return any(out == dep or out.startswith(f"{dep}/") for dep in stage.deps)


def read(root: Path) -> Graph:
    """The graph of the project. ConfigError if dvc.yaml is missing or no YAML of stages."""
    from ruamel.yaml.error import YAMLError  # here: the loop does not need it

    path = root / FILE
    try:
        tree = yaml_text.load(path.read_text(encoding="utf-8"))
        found = [_stage(name, spec) for name, spec in tree["stages"].items()]
    except FileNotFoundError:
        raise ConfigError(f"{path}: no such file; {RESTORE}") from None
    except (YAMLError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise ConfigError(
            f"{path}: no YAML of stages ({in_one_line(error)}); {RESTORE}"
        ) from None
    return Graph(tuple(_sorted(found)))


def _stage(name: str, spec: dict[str, Any]) -> Stage:
    outs = [out for kind in OUTS for out in _paths(spec.get(kind) or ())]
    command = spec.get("cmd")
    return Stage(
        name,
        tuple(_paths(spec.get("deps") or ())),
        tuple(outs),
        command if isinstance(command, str) else "",
    )


def _paths(entries: Iterable[Any]) -> list[str]:
    """The paths of entries, each a path or {path: options}."""
    return [
        str(next(iter(entry)) if isinstance(entry, dict) else entry)
        for entry in entries
    ]


def _sorted(found: list[Stage]) -> list[Stage]:
    """Each after those that it needs, else in the order of the file; a circle stays as it is."""
    left, done = list(found), list[Stage]()
    while left:
        ready = [
            stage
            for stage in left
            if not any(
                _reads(stage, out)
                for other in left
                if other is not stage
                for out in other.outs
            )
        ]
        done += ready or left
        left = [stage for stage in left if stage not in done]
    return done
