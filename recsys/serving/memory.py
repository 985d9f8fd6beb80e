"""Memory that a replaced model leaves goes back to the system.

The allocator of glibc learns from each large array that is freed to keep arrays of that size for
later. A model is replaced rarely, and what is kept would stand beside the next one for ever.
"""

import ctypes

# names of mallopt's settings in malloc.h
TRIM_THRESHOLD, MMAP_THRESHOLD, ARENA_MAX = -1, -3, -8
LARGE = 1 << 20  # bytes from which on an array gets pages of its own
KEPT = 16 << 20  # free bytes that stay: what each list of a large shop needs again
ARENAS = 2


def _function(name: str) -> "ctypes._NamedFuncPointer | None":
    """A function of the C library; None where it has none of this name (musl, macOS)."""
    return getattr(ctypes.CDLL(None), name, None)


def give_back_large_arrays() -> bool:
    """Give large arrays back when they are freed, from now on; whether the system can do that."""
    mallopt = _function("mallopt")
    if mallopt is None:
        return False
    settings = (MMAP_THRESHOLD, LARGE), (TRIM_THRESHOLD, KEPT), (ARENA_MAX, ARENAS)
    done = [mallopt(*setting) for setting in settings]
    return done == [1] * len(settings)


def trim() -> None:
    """Give back what is free now."""
    malloc_trim = _function("malloc_trim")
    if malloc_trim is not None:
        malloc_trim(0)
