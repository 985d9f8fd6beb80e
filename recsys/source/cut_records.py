"""Records whose text is cut at a line break, as recsys/shop_csv/cut_texts.py says it of the
contract: the rest of it may stand in a record beside them that is none.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from recsys.shop_csv.row_forms import RATING, TIME, Form
from recsys.source.csv_records import Record
from recsys.source.params import FileParams, InteractionFiles


def form_of(names: Sequence[str], params: FileParams) -> Form | None:
    """What a row of interactions looks like; None of other files."""
    if not isinstance(params, InteractionFiles):
        return None
    judged = [(names.index(params.time), TIME)]
    if params.rating:
        judged.append((names.index(params.rating), RATING))
    if params.event:
        kinds = "|".join(map(re.escape, params.weights))
        judged.append((names.index(params.event), re.compile(kinds)))
    texts = [*params.text, params.product_name]
    places = tuple(names.index(name) for name in texts if name and name in names)
    return Form(len(names), tuple(judged), places, params.separator)


def with_cut_ones(found: Iterable[Record], form: Form) -> Iterator[Record]:
    """The records of a file; one has the reason `cut` if the record beside it, where a text may go
    on, is no row and no header.
    """
    runs_on, runs_in = form.runs_on, form.runs_in
    former: Record | None = None
    is_behind = False
    for record in found:
        may_be_rest = runs_on and _is_no_row(record, form, form.begins)
        if former is not None:
            yield _cut(former) if may_be_rest else former
        former = _cut(record) if is_behind else record
        is_behind = runs_in and _is_no_row(record, form, form.ends)
    if former is not None:
        yield former


def _is_no_row(record: Record, form: Form, is_row: Callable[[str], bool]) -> bool:
    if record.reason:
        return record.reason != "header" and not is_row(record.text)
    return form.is_strange(record.cells)


def _cut(record: Record) -> Record:
    return record if record.reason else record._replace(cells=[], reason="cut")
