"""Batches whose users or products stand in other files in another form: `008000` for `8000`. Each
would be two, so such a batch is left out and named, and all others go on.

A raw file is never at fault here: what is odd with these alone stops the run, as ever. A batch is
at fault where a raw file has an id of it in another form, and not as it stands; or where a batch
has it plainly written.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

import polars as pl

from recsys.files.tables import Columns
from recsys.shop_csv.accounts import MANY_ODD, Account
from recsys.shop_csv.cells import is_oddly_written
from recsys.shop_csv.id_forms import Forms, in_both_forms, in_two_cases
from recsys.shop_csv.oddities import Odd, Oddity, OddParams

COLUMNS = {"users": "user_id", "products": "product_id"}
FORM = {"users": "users_in_another_form", "products": "products_in_another_form"}
CASE = {"users": "users_in_two_cases", "products": "products_in_two_cases"}


class File(NamedTuple):
    """A file that is used: its account, its interactions, and whether it is a raw one."""

    account: Account
    rows: Columns
    is_raw: bool


def forms_in(
    files: Sequence[File], odd: OddParams, *, has_catalogue: bool
) -> dict[str, Forms]:
    """The ids that stand there plainly written, too, by the name of their oddity; of products only
    where no catalogue says how these are written. Those that stand there in another case only
    where it may stop the run.
    """
    written = {"users": {one for file in files for one in _odd_users(file)}}
    if not has_catalogue:
        products = _all_ids(files, "products").unique()
        written["products"] = set(products.filter(is_oddly_written(products)))
    found = {
        FORM[what]: in_both_forms(_all_ids(files, what), odd_ids)
        for what, odd_ids in written.items()
        if odd_ids
    }
    accounts = [file.account for file in files]
    for what in COLUMNS:
        name = CASE[what]
        if _stop(odd, name) < 1 and _has_both_cases(what, accounts):
            found[name] = in_two_cases(_all_ids(files, what)).forms
    return found


def _odd_users(file: File) -> Iterable[str]:
    """Its users that are numbers oddly written."""
    users = file.account.odd_users
    if file.is_raw or len(users) < MANY_ODD:
        return users
    distinct = file.rows["user_id"].unique()
    return distinct.filter(is_oddly_written(distinct))


def _all_ids(files: Sequence[File], what: str) -> pl.Series:
    return pl.concat([one.rows[COLUMNS[what]] for one in files], rechunk=False)


def _stop(odd: OddParams, name: str) -> float:
    return float(getattr(odd, name).stop)


def _has_both_cases(what: str, accounts: Iterable[Account]) -> bool:
    """Whether ids with capitals and with small letters stand together."""
    cases = {case for account in accounts for case in account.cases}
    return {f"{what} upper", f"{what} lower"} <= cases


# ---- of all files together ----
def shares(rows: Columns, found: Mapping[str, Forms], accounts: list[Account]) -> Odd:
    """The shares of the rows of all files whose id stands there in another form (`found`), or in
    another case, too: the rarer ones.
    """
    odd = {}
    for what, column in COLUMNS.items():
        forms = found.get(FORM[what])
        odd[FORM[what]] = Oddity(0.0)
        if forms and len(forms.ids):
            count = float(rows[column].is_in(forms.ids.implode()).sum())
            odd[FORM[what]] = Oddity(count / len(rows), str(forms))
        odd[CASE[what]] = Oddity(0.0)
        if _has_both_cases(what, accounts):
            cases = in_two_cases(rows[column])
            odd[CASE[what]] = Oddity(cases.share, str(cases.forms))
    return odd


# ---- batch by batch ----
class _Ids(NamedTuple):
    """How often a file of so many rows has each of the ids that stand in two forms."""

    name: str
    is_raw: bool
    rows: int
    counts: dict[str, int]


class _Most(NamedTuple):
    """What a batch may have: the share of its rows; less than so many rows or ids say nothing."""

    share: float
    rows: int
    ids: int


ANY = _Most(0.0, 1, 1)
FEWEST_IDS = 3


def faults(
    files: Sequence[File], found: Mapping[str, Forms], odd: OddParams, fewest: int
) -> dict[str, str]:
    """Why batches cannot be used, by their names: of `fewest` rows or more, more than `stop` have
    an id in another form. If what is left is over `stop` all the same, each batch that adds to it.
    """
    told: dict[str, str] = {}
    if all(file.is_raw for file in files):
        return told
    for name, forms in found.items():
        stop = _stop(odd, name)
        if stop >= 1 or not len(forms.ids):
            continue
        what = name.partition("_")[0]
        counted = [_counted(file, COLUMNS[what], forms) for file in files]
        wrong = _blamed(counted, forms, _Most(stop, fewest, FEWEST_IDS))
        left = [one for one in counted if one.name not in wrong]
        if sum(one.rows for one in left) >= fewest and _share(left, forms) > stop:
            wrong |= _blamed(left, forms, ANY)
        rows = {one.name: one for one in counted}
        told |= {
            batch: _words(rows[batch], ids, what, name)
            for batch, ids in wrong.items()
            if batch not in told
        }
    return told


def _counted(file: File, column: str, forms: Forms) -> _Ids:
    ids = file.rows[column]
    asked = pl.concat([forms.ids, forms.known])
    counts = ids.filter(ids.is_in(asked.implode())).alias("id").value_counts()
    by_id = dict(zip(counts["id"], counts["count"], strict=True))
    return _Ids(file.account.source.name, file.is_raw, len(ids), by_id)


def _share(files: Sequence[_Ids], forms: Forms) -> float:
    """The share of the rows of these files whose id stands there plainly written, too."""
    there = {one for file in files for one in file.counts}
    odd = {
        one for one, plain in zip(forms.ids, forms.known, strict=True) if plain in there
    }
    count = sum(file.counts.get(one, 0) for file in files for one in odd)
    return count / max(sum(file.rows for file in files), 1)


def _blamed(
    files: Sequence[_Ids], forms: Forms, most: _Most
) -> dict[str, dict[str, str]]:
    """The ids of batches that have too many in another form, and what the other files have in their
    place; by the batches' names. First by what the raw files have, then by what whole batches have.
    """
    raw = {one for file in files if file.is_raw for one in file.counts}
    pairs = _Pairs(forms, raw)
    blamed: dict[str, dict[str, str]] = {}
    for by_batches in (False, True):
        whole = [one for one in files if not one.is_raw and one.name not in blamed]
        held = Counter(one for file in whole if by_batches for one in file.counts)
        for batch in reversed(whole):
            wrong = pairs.wrong(batch, held)
            rows = sum(batch.counts[one] for one in wrong)
            is_told = batch.rows >= most.rows and len(wrong) >= most.ids
            if is_told and rows > most.share * batch.rows:
                blamed[batch.name] = wrong
                held.subtract(batch.counts.keys())
    return blamed


class _Pairs:
    """Ids in two forms, and those of them that the `raw` files have."""

    def __init__(self, forms: Forms, raw: Collection[str]) -> None:
        self.plain = dict(zip(forms.ids, forms.known, strict=True))
        self.raw = raw
        self.of_raw: dict[str, str] = {}  # an id, and how a raw file has it
        for one, other in self.plain.items():
            if one in raw:
                self.of_raw[other] = one
            if other in raw:
                self.of_raw[one] = other

    def wrong(self, batch: _Ids, held: Mapping[str, int]) -> dict[str, str]:
        """The ids of a batch that are in another form, and what stands in their place in the raw
        files, or in batches; `held` says how many of these have an id.
        """
        found = {}
        for one in sorted(set(batch.counts) - set(self.raw)):
            plain = self.plain.get(one, "")
            if one in self.of_raw:
                found[one] = self.of_raw[one]
            elif held.get(plain, 0) > 0:
                found[one] = plain
        return found


def _words(batch: _Ids, wrong: Mapping[str, str], what: str, name: str) -> str:
    """Why a batch with such ids cannot be used, and what to do."""
    count = sum(batch.counts[one] for one in wrong)
    ids = pl.Series(wrong.keys(), dtype=pl.String)
    forms = Forms(ids, pl.Series(wrong.values(), dtype=pl.String))
    return (
        f"{count} of {batch.rows} rows are of {what} that other files have in another form: "
        f"{forms}; write the ids as there and drop the file again, or raise merge.odd.{name}.stop "
        f"if they are not the same"
    )
