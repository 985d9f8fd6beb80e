"""Which stages are run again, and which files are taken as they were: a pure function.

The nearest way is taken: the data that training read is in DVC's cache, so training alone is run
again. Where the cache has lost a file, the stage that makes it is run too, down to the raw files.
With `everything` it is the other way round: all stages are run again whose data can be had.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ops.reproduce.record import Entry, Stage

# whether a file or folder can be had as it was
Has = Callable[[Entry], bool]


@dataclass
class Plan:
    """What to do, in this order: lay the inputs out, run the stages."""

    inputs: dict[str, Entry] = field(default_factory=dict)  # by path
    stages: list[Stage] = field(default_factory=list)
    missing: list[Entry] = field(default_factory=list)  # nobody has, and no stage makes


def plan(
    wanted: Stage, stages: Mapping[str, Stage], has: Has, everything: bool
) -> Plan:
    """How to run the stage `wanted` on its data. It cannot be done if something is missing."""
    makers = {out.path: stage for stage in stages.values() for out in stage.outs}
    made = Plan()
    _need(wanted, makers, has, everything, made)
    return made


def _need(
    stage: Stage, makers: Mapping[str, Stage], has: Has, everything: bool, made: Plan
) -> None:
    if stage in made.stages:
        return
    for entry in stage.data:
        maker = makers.get(entry.path)
        can_make = maker is not None and not _lacking(maker, makers, has)
        if maker and can_make and (everything or not has(entry)):
            _need(maker, makers, has, everything, made)
        elif has(entry):
            made.inputs[entry.path] = entry
        else:
            made.missing += _lacking(maker, makers, has) if maker else [entry]
    made.stages.append(stage)


def _lacking(stage: Stage, makers: Mapping[str, Stage], has: Has) -> list[Entry]:
    """What a stage needs that can neither be had nor made."""
    lacking = []
    for entry in stage.data:
        if not has(entry):
            maker = makers.get(entry.path)
            lacking += _lacking(maker, makers, has) if maker else [entry]
    return lacking
