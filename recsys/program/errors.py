"""What can go wrong for a user, each with its exit code.

0 ok, 2 config or usage, 3 data refused, 4 gate refused, 5 another instance, 6 store unreachable, 7
service, 8 disk, 70 bug. A message names file, place, value and the next step; it ends as one line,
never a traceback.
"""

import errno

# DiskError's
DISK_ERRNOS = frozenset(
    {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.EFBIG}
)
# something stands in the place of a file or folder, or may not be touched
PLACE_ERRNOS = frozenset(
    {errno.EACCES, errno.EPERM, errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ELOOP}
)


class UserError(Exception):
    """Base of all that a user can cause or mend."""

    exit_code = 70


class ConfigError(UserError):
    """params.yaml or the command line is wrong."""

    exit_code = 2


class DataError(UserError):
    """The data cannot be used as it is."""

    exit_code = 3


class GateError(UserError):
    """There is no model that may be promoted or rolled back to."""

    exit_code = 4


class InstanceError(UserError):
    """Another instance holds the lock."""

    exit_code = 5


class StoreError(UserError):
    """The MLflow store or the runner's database cannot be read or written."""

    exit_code = 6


class ServiceError(UserError):
    """The recommendation service refused, answered wrongly, or is offline."""

    exit_code = 7


class DiskError(UserError):
    """The disk is full or refuses to write."""

    exit_code = 8


class StoreDiskError(DiskError, StoreError):
    """A database cannot be read or written because of its disk: the file itself is sound."""


def in_one_line(error: Exception | str, limit: int | None = 200) -> str:
    """The message of a library's error without its line breaks, at most `limit` characters."""
    return " ".join(str(error).split())[:limit]
