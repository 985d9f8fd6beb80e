"""What a person has said, of each of several files: a column that is named counts for the files
that have it, and `none` for those where it was asked about.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from ops.init.doubts import shown
from ops.init.plan import Answers, UnclearError, interactions_of
from ops.init.sniff import Form
from recsys.source.words import composed

NONE = "none"


def for_each(forms: Sequence[Form], answers: Answers, now: datetime) -> list[Answers]:
    """The answers for each file. UnclearError if no file has a column that is named."""
    if len(forms) < 2:
        return [answers] * len(forms)
    _check_there(forms, answers)
    found = [_of(form, answers) for form in forms]
    for role, name in answers.columns.items():
        if name == NONE:
            unsaid = [_without(role, one) for one in found]
            asked = [
                _is_asked(form, role, one, now)
                for form, one in zip(forms, unsaid, strict=True)
            ]
            if any(asked):
                pairs = zip(found, unsaid, asked, strict=True)
                found = [said if is_asked else one for said, one, is_asked in pairs]
    return found


def _columns(role: str, name: str) -> list[str]:
    return name.split("+") if role == "text" else [name]


def _check_there(forms: Sequence[Form], answers: Answers) -> None:
    every = [column for form in forms for column in form.columns]
    there = {composed(column) for column in (*every, NONE)}
    for role, name in answers.columns.items():
        for column in _columns(role, name):
            if composed(column) not in there:
                places = " and ".join(form.place for form in forms)
                raise UnclearError(
                    f"{places}: no column {column!r} (found: {shown(every)})",
                    f"--{role.replace('_', '-')}",
                    shown(every[:1]),
                )


def _of(form: Form, answers: Answers) -> Answers:
    """The answers with the columns that this file has."""
    there = {composed(column) for column in (*form.columns, NONE)}
    given = {
        role: "+".join(one for one in _columns(role, name) if composed(one) in there)
        for role, name in answers.columns.items()
    }
    return replace(
        answers, columns={role: name for role, name in given.items() if name}
    )


def _without(role: str, answers: Answers) -> Answers:
    left = {one: name for one, name in answers.columns.items() if one != role}
    return replace(answers, columns=left)


def _is_asked(form: Form, role: str, answers: Answers, now: datetime) -> bool:
    """Whether the file is not clear by itself, and what is asked is this."""
    try:
        interactions_of(form, answers, now)
    except UnclearError as error:
        return error.option == f"--{role.replace('_', '-')}"
    return False
