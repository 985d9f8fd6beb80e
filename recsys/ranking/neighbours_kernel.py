"""Rows of what is bought together, compiled (recsys/ranking/neighbours.py)."""

# mypy: disable-error-code=untyped-decorator
import numpy as np

from recsys.program.kernel_cache import cached_njit

GROUP = 16  # items that share a mark, so that few of many items are looked at

Array = np.ndarray


@cached_njit(nogil=True)
def product_rows(
    begin: int,
    end: int,
    by_item: Array,
    users: Array,
    weights: Array,
    by_user: Array,
    items: Array,
    values: Array,
    sums: Array,
    marks: Array,
    ends: Array,
    columns: Array,
    found: Array,
) -> None:
    """Rows `begin` to `end` - 1 of the product of csr (items, users) and csr (users, items), whose
    entries are all positive: the `columns` in order and what is `found` there, up to `ends` (rows,)
    of each row.

    `sums` (items,) float32 and `marks` (items / GROUP + 1,) uint8 are zeros, and are so again.
    """
    at, width = 0, len(sums)
    for row in range(begin, end):
        for e in range(by_item[row], by_item[row + 1]):
            user, weight = users[e], weights[e]
            for k in range(by_user[user], by_user[user + 1]):
                item = items[k]
                sums[item] += weight * values[k]
                marks[item // GROUP] = 1
        for group in range(len(marks)):
            if marks[group]:
                marks[group] = 0
                for item in range(group * GROUP, min(width, (group + 1) * GROUP)):
                    if sums[item] > 0:
                        columns[at], found[at] = item, sums[item]
                        sums[item] = 0
                        at += 1
        ends[row - begin] = at
