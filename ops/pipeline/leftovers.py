"""Processes that a repro has left behind, found by the token in their environment."""

from ops import processes
from ops.pipeline.dvc_repair import Say

MARK = "SHOP_REPRO_ID"
LOOKS = 5  # so often, as they may begin more while they are ended


def end(token: str | None, say: Say) -> None:
    """End the processes of the repro with this token."""
    for _ in range(LOOKS):
        left = processes.marked(MARK, token) if token else []
        if not left:
            break
        pids = ", ".join(str(process.pid) for process in left)
        say(f"repair: a repro that ended early left processes ({pids}); ending them")
        processes.end_processes(left)
