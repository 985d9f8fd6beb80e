"""Each kind of error has an exit code of its own, and a library's message is one line."""

import pytest

from recsys.program import errors

CODES = {
    errors.UserError: 70,
    errors.ConfigError: 2,
    errors.DataError: 3,
    errors.GateError: 4,
    errors.InstanceError: 5,
    errors.StoreError: 6,
    errors.ServiceError: 7,
    errors.DiskError: 8,
}


@pytest.mark.parametrize(("kind", "code"), CODES.items())
def test_an_error_has_its_exit_code(kind: type[errors.UserError], code: int) -> None:
    assert kind("a.csv: wrong; mend it").exit_code == code
    assert issubclass(kind, errors.UserError)


def test_no_two_kinds_share_a_code() -> None:
    kinds = {errors.UserError, *errors.UserError.__subclasses__()}
    assert kinds == set(CODES)
    assert len({kind.exit_code for kind in kinds}) == len(kinds)


def test_a_full_disk_under_a_database_is_both() -> None:
    error = errors.StoreDiskError("a.db: full; free some space")
    assert isinstance(error, errors.StoreError) and isinstance(error, errors.DiskError)
    assert error.exit_code == 8


def test_a_librarys_message_is_one_short_line() -> None:
    error = ValueError("a\n  b\tc " + "d" * 300)
    assert errors.in_one_line(error) == "a b c " + "d" * 194
    assert errors.in_one_line(error, limit=3) == "a b"
    assert errors.in_one_line(error, limit=None) == "a b c " + "d" * 300
