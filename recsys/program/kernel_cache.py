"""numba's `njit` with a cache that is only speed: whatever has become of its files, they are made
anew.

numba keeps what it has compiled in __pycache__ beside the module (NAME.nbi, NAME.nbc), unpickles
whatever stands there, and runs it. Here the hash of the content stands before it: a file that was
cut short, changed or made by a bare numba is as good as none. Where the cache cannot be written, or
has no place, it costs time only.

Programs that compile a kernel at once, each for other types, both take the next free name: the
index of the one then leads to the code of the other, and to that of former source until the file is
written. So the code says of which source and types it is, and is no use for others.

numba looks at the file of the kernel itself only. A kernel of another file, or a number of one, is
compiled into it, too: so what is kept says how these were.
"""

import hashlib
import pickle
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from types import CodeType
from typing import Any

import numba
import numpy as np
from numba.core.caching import FunctionCache, IndexDataCacheFile, NullCache
from numba.core.compiler_lock import global_compiler_lock
from numba.core.dispatcher import Dispatcher
from numba.core.registry import cpu_target

DIGEST = 32  # bytes before the content
FORM = b"with its source and types"  # files of another form are as good as torn, here and there


class CheckedFile(IndexDataCacheFile):  # type: ignore[misc] # numba has no types
    """The files of one function: index and compiled code, each behind its hash."""

    def save(self, key: Any, data: Any) -> None:
        super().save(key, (self._source_stamp, key, data))

    def load(self, key: Any) -> Any:
        found = super().load(key)
        is_ours = isinstance(found, tuple) and found[:-1] == (self._source_stamp, key)
        return found[-1] if is_ours else None

    def _load_index(self) -> dict[Any, str]:
        try:
            stamp, overloads = self._read(Path(self._index_path))
        except (OSError, ValueError, TypeError):
            return {}
        is_fresh = stamp == (self._version, self._source_stamp)
        return dict(overloads) if is_fresh else {}

    def _save_index(self, overloads: dict[Any, str]) -> None:
        stamp = self._version, self._source_stamp
        with self._open_for_write(self._index_path) as file:
            file.write(self._dump((stamp, overloads)))

    def _load_data(self, name: str) -> Any:
        return self._read(Path(self._data_path(name)))

    def _dump(self, value: Any) -> bytes:
        content: bytes = super()._dump(value)
        return hashlib.sha256(FORM + content).digest() + content

    @staticmethod
    def _read(path: Path) -> Any:
        """OSError, as of a file that is not there, if it is not what was written."""
        whole = path.read_bytes()
        digest, content = whole[:DIGEST], whole[DIGEST:]
        if hashlib.sha256(FORM + content).digest() != digest:
            raise FileNotFoundError(f"{path}: torn")
        return pickle.loads(content)  # noqa: S301 - its hash is right


class CheckedCache(FunctionCache):  # type: ignore[misc] # numba has no types
    """What numba has compiled of one function."""

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__(function)
        impl: Any = self._impl
        stamp = impl.locator.get_source_stamp(), *_used_by(function)
        self._cache_file = CheckedFile(self._cache_path, impl.filename_base, stamp)

    def save_overload(self, signature: Any, compiled: Any) -> None:
        with suppress(OSError):  # a full disk: it is compiled again next time
            super().save_overload(signature, compiled)


def _used_by(function: Callable[..., Any]) -> Iterator[tuple[Any, ...]]:
    """What is compiled into a kernel from elsewhere: the files of the kernels that it calls, and of
    those that they call, as time and size; numbers that it names, as they are.
    """
    known, left = {function.__code__.co_filename}, [function]
    for user in left:  # it grows
        for name in sorted(_names(user.__code__)):
            value = user.__globals__.get(name)
            if isinstance(value, bool | int | float | complex | np.number):
                yield name, repr(value)
            elif isinstance(value, Dispatcher) and value.py_func not in left:
                left.append(value.py_func)
    files = {user.__code__.co_filename for user in left} - known
    for path in sorted(files):
        found = Path(path).stat()
        yield path, found.st_mtime, found.st_size


def _names(code: CodeType) -> set[str]:
    """All names that are looked up in a function, and in those that are written inside it."""
    inside = (one for one in code.co_consts if isinstance(one, CodeType))
    return {*code.co_names}.union(*map(_names, inside))


def cached_njit(**options: Any) -> Callable[[Callable[..., Any]], Any]:
    """`numba.njit(cache=True, **options)`, with the cache of this module."""

    def compiled(function: Callable[..., Any]) -> Any:
        made: Any = numba.njit(**options)(function)
        if made is not function:  # as it is with NUMBA_DISABLE_JIT
            made._cache = _cache_of(function)
        return made

    return compiled


@global_compiler_lock  # type: ignore[untyped-decorator] # numba has no types
def get_ready() -> None:
    """Let numba load what it needs before its first kernel (0.3 s): for a program that waits."""
    for context in (cpu_target.typing_context, cpu_target.target_context):
        context.refresh()


def _cache_of(function: Callable[..., Any]) -> Any:
    try:
        return CheckedCache(function)
    except (RuntimeError, OSError):  # no folder that may be written, no HOME
        return NullCache()
