"""BLAS with one thread, as the stages have it."""

from collections.abc import Iterator

import pytest

from tests.worlds import one_blas_thread


@pytest.fixture(autouse=True)
def blas() -> Iterator[None]:
    with one_blas_thread():
        yield
