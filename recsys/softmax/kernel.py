"""The compiled part of sampled softmax: all of a batch but its products of matrices
(recsys/softmax/descent.py).

Each is worked on in one order by one thread.
"""

# mypy: disable-error-code=untyped-decorator
import numpy as np

from recsys.program.kernel_cache import cached_njit

# sums in vectors; infinities and NaN keep their meaning
MATHS = {"contract", "reassoc", "nsz", "arcp"}
ZERO, ONE = np.float32(0), np.float32(1)

Array = np.ndarray


@cached_njit(nogil=True)
def shuffled(indptr: Array, indices: Array, draws: Array) -> Array:
    """The indices of a csr matrix, those of each row in random order, by uniform draws (nnz,)
    float32 (Fisher and Yates, as Durstenfeld, 1964, has it).
    """
    found = indices.copy()
    for row in range(len(indptr) - 1):
        begin = indptr[row]
        for at in range(indptr[row + 1] - 1, begin, -1):
            other = begin + int(np.float64(draws[at]) * (at - begin + 1))
            found[at], found[other] = found[other], found[at]
    return found


@cached_njit(nogil=True, fastmath=MATHS)
def take_positives(begin: Array, positives: Array, Y: Array, of_visits: Array) -> None:
    """Take off `of_visits` (v, f) float32, in place, the rows of Y (items, f) of each one's
    `positives` (p,): those from its `begin` (v + 1,) up to the next.
    """
    for visit in range(len(of_visits)):
        own = of_visits[visit]
        for at in range(begin[visit], begin[visit + 1]):
            row = Y[positives[at]]
            for k in range(len(own)):
                own[k] -= row[k]


@cached_njit(nogil=True, fastmath=MATHS)
def sums(
    keys: Array, order: Array, plus: Array, minus: Array, at: Array, scale: np.float32
) -> tuple[Array, Array]:
    """The different keys (k,), and for each `scale` times the sum of its rows, (k, f) float32.

    To the first n `keys` belong the rows of `plus` (n, f), to those after them the rows of `minus`
    that `at` names, less than nothing. `order` (keys,) sorts them.
    """
    n, f = plus.shape
    which, found = np.empty_like(keys), np.zeros((len(keys), f), np.float32)
    count, former = 0, -1
    for place in order:
        if keys[place] != former:
            former = keys[place]
            which[count] = former
            count += 1
        own = found[count - 1]
        if place < n:
            row, sign = plus[place], scale
        else:
            row, sign = minus[at[place - n]], -scale
        for k in range(f):
            own[k] += sign * row[k]
    return which[:count], found[:count]


@cached_njit(nogil=True, fastmath=MATHS)
def step(
    values: Array,
    square: Array,
    steps: Array,
    which: Array,
    gradient: Array,
    length: float,
    kept: float,
) -> None:
    """The step of recsys/softmax/rows.py in the rows `which` (k,), each once, against `gradient`
    (k, f), which is overwritten; of the mean square `kept` stays.
    """
    f = values.shape[1]
    for at in range(len(which)):
        number, slope = which[at], gradient[at]
        row = values[number]
        along = ZERO
        for k in range(f):
            along += slope[k] * row[k]
        squared = ZERO
        for k in range(f):
            slope[k] -= along * row[k]
            squared += slope[k] * slope[k]
        steps[number] += 1
        square[number] = kept * square[number] + (1 - kept) * squared
        # the mean began at 0: it is that much too small (Kingma & Ba, 2015)
        mean = square[number] / (1 - kept ** steps[number])
        size = np.float32(length / np.sqrt(mean)) if mean > 0 else ZERO
        long = ZERO
        for k in range(f):
            row[k] -= size * slope[k]
            long += row[k] * row[k]
        over = ONE / np.sqrt(long) if long > 0 else ZERO
        for k in range(f):
            row[k] *= over
