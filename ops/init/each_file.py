"""What a person has said, of each of several files: a column that is named counts for the files
that have it, `none` for those where it was asked about; an answer to a question for its file alone.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

from ops.init.doubts import shown
from ops.init.plan import Answers, UnclearError, interactions_of
from ops.init.roles import Given
from ops.init.sniff import Form
from recsys.source.words import composed

NONE = "none"
KINDS = ("rating", "event")  # of which `none` takes something away


def for_each(forms: Sequence[Form], answers: Answers, now: datetime) -> list[Answers]:
    """The answers for each file. UnclearError if no file has a column that is named."""
    _check_there(forms, answers)
    nones = {role for role in KINDS if NONE in answers.named.get(role, ())}
    found = [_of(form, answers, nones) for form in forms]
    asked = set[str]()
    for form, given in zip(forms, found, strict=True):
        asked |= _none_where_asked(form, given, nones, answers, now)
    for given in found:
        for role in nones - asked:
            given.setdefault(role, NONE)
    return [replace(answers, columns=given) for given in found]


def product_of(form: Form, forms: Sequence[Form], answers: Answers) -> str | None:
    """The column that is named as the id of one of the files of products."""
    answered = answers.of_files.get(form.place, {}).get("products_id")
    name = answers.products_id
    if answered or name is None:
        return answered
    return (
        name if _has(form, name) or not any(_has(one, name) for one in forms) else None
    )


@contextmanager
def asked_of(form: Form) -> Iterator[None]:
    """What is not clear then is so of this file."""
    try:
        yield
    except UnclearError as error:
        error.place = form.place
        raise


def _columns(role: str, name: str) -> list[str]:
    return name.split("+") if role == "text" else [name]


def _has(form: Form, name: str) -> bool:
    return composed(name) in map(composed, (*form.columns, NONE))


def _check_there(forms: Sequence[Form], answers: Answers) -> None:
    for role, names in answers.named.items():
        columns = [column for name in names for column in _columns(role, name)]
        for column in columns:
            if not any(_has(form, column) for form in forms):
                places = " and ".join(form.place for form in forms)
                every = [column for form in forms for column in form.columns]
                error = UnclearError(
                    f"{places}: no column {column!r} (found: {shown(every)})",
                    f"--{role.replace('_', '-')}",
                    shown(every[:1]),
                )
                error.wrong = column
                raise error


def _of(form: Form, answers: Answers, later: set[str]) -> Given:
    """The columns that this file has, of several the one that was named last; `none` of the roles
    that come `later` is left out.
    """
    found = {}
    for role, names in answers.named.items():
        for name in names:
            there = [one for one in _columns(role, name) if one != NONE]
            if there := [one for one in there if _has(form, one)]:
                found[role] = "+".join(there)
        if role not in found and NONE in names and role not in later:
            found[role] = NONE
    return found | answers.of_files.get(form.place, {})


def _none_where_asked(
    form: Form, given: Given, nones: set[str], answers: Answers, now: datetime
) -> set[str]:
    """The roles that are `none` in this file as it is asked what its rows are; they are `given`
    then.
    """
    taken = set[str]()
    while True:
        try:
            interactions_of(form, replace(answers, columns=given), now)
        except UnclearError as error:
            asked = error.option.removeprefix("--")
            left = [role for role in KINDS if role in nones and role not in given]
            if asked not in KINDS or not left:
                return taken
            role = asked if asked in left else left[0]
            given[role] = NONE
            taken.add(role)
        else:
            return taken
