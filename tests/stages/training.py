"""A training stage in a process of its own: with another environment, or killed and run again."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from bench.house.imports import ROOT
from tests.worlds import Shop, snapshot

TIME_LIMIT_S = 120.0


def command(stage: str, shop: Shop) -> tuple[list[str], Path]:
    """What dvc.yaml would run, and the folder of the model."""
    out = shop.folder / "models" / stage.removeprefix("train_")
    paths = [
        shop.processed,
        shop.embeddings,
        shop.folder / "mlruns",
        out,
        "--params",
        shop.params,
    ]
    return [sys.executable, "-m", f"stages.{stage}", *map(str, paths)], out


def by_itself(stage: str, shop: Shop, **environment: str) -> Path:
    """Run the stage with this environment; the folder of the model."""
    words, out = command(stage, shop)
    subprocess.run(
        words,
        cwd=ROOT,
        check=True,
        capture_output=True,
        env={**os.environ, **environment},
    )
    return out


def killed_and_run_again(
    stage: str, folder: Path, make: Callable[[Path], Shop]
) -> tuple[dict[str, bytes], dict[str, bytes], str]:
    """Files of a whole run; of one killed with -9 at its first checkpoint and run again; and what
    that one said.
    """
    whole = snapshot(by_itself(stage, make(folder / "whole")))
    words, out = command(stage, make(folder / "killed"))
    process = subprocess.Popen(
        words, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    end = time.monotonic() + TIME_LIMIT_S
    while not list((out / "checkpoints").glob("*.npz")):
        assert process.poll() is None and time.monotonic() < end, (
            "ended before its first checkpoint"
        )
        time.sleep(0.001)
    process.kill()
    process.wait()
    assert not (out / "manifest.json").exists()
    done = subprocess.run(words, cwd=ROOT, check=True, capture_output=True, text=True)
    return whole, snapshot(out), done.stdout + done.stderr
