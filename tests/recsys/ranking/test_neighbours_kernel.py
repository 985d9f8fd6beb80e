"""The product of two sparse matrices, as scipy makes it."""

import numpy as np
from scipy.sparse import csr_matrix, random_array

from recsys.ranking.neighbours_kernel import GROUP, product_rows


def product(
    by_item: csr_matrix, by_user: csr_matrix, begin: int, end: int
) -> csr_matrix:
    items = by_user.shape[1]
    sums, marks = np.zeros(items, np.float32), np.zeros(items // GROUP + 1, np.uint8)
    ends = np.zeros(end - begin + 1, np.int64)
    columns = np.empty((end - begin) * items, np.int32)
    found = np.empty(len(columns), np.float32)
    product_rows(
        *(begin, end, by_item.indptr, by_item.indices, by_item.data),
        *(by_user.indptr, by_user.indices, by_user.data),
        *(sums, marks, ends[1:], columns, found),
    )
    assert not sums.any() and not marks.any()
    shape = (end - begin, items)
    return csr_matrix((found[: ends[-1]], columns[: ends[-1]], ends), shape)


def test_it_is_the_product_of_scipy_to_the_bit_with_columns_in_order() -> None:
    for items in (1, GROUP, 3 * GROUP + 5):
        rng = np.random.default_rng(items)
        by_user = csr_matrix(
            random_array((30, items), density=0.2, dtype=np.float32, rng=rng)
        )
        by_item = by_user.T.tocsr()
        for begin, end in ((0, items), (items // 3, items)):
            found = product(by_item, by_user, begin, end)
            expected = (by_item[begin:end] @ by_user).sorted_indices()
            assert found.indptr.tolist() == expected.indptr.tolist()
            assert found.indices.tolist() == expected.indices.tolist()
            assert found.data.tobytes() == expected.data.tobytes()
