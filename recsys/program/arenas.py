"""One place where memory comes from.

glibc's allocator gives each thread an arena of its own, and keeps in it what the thread has freed.
Two threads that rank users by blocks hold up to twice what they need so; a stage of a large shop a
third more. What is asked for here is large and rare, so threads hardly wait for one another.
"""

import ctypes

M_ARENA_MAX = -8  # of mallopt(3)


def use_one() -> None:
    """Let all threads of this process share one arena; nothing where glibc is not the allocator."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(M_ARENA_MAX, 1)


def give_back() -> None:
    """Give back to the system what was freed: after a part that needs much, and before another one
    or a long one.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
