"""A process that somebody has stopped (SIGSTOP)."""

import os
import signal
import time

import psutil


def freeze(pid: int) -> None:
    """Stop the process, and come back when it stands: that takes a moment."""
    os.kill(pid, signal.SIGSTOP)
    while psutil.Process(pid).status() != psutil.STATUS_STOPPED:
        time.sleep(0.01)
