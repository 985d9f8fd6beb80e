"""All that status shows, looked at once; looking changes nothing."""

import subprocess
import sys
from pathlib import Path

import pytest

from bench.house.imports import ROOT
from ops import lock
from ops.explain import looks
from recsys.program.errors import StoreError
from tests.frozen import freeze
from tests.ops.explain.rows import NOW
from tests.ops.explain.worlds import lived, snapshot


def look(root: Path) -> looks.Status:
    return looks.collect(
        root, root / "state", root / "mlruns", root / "params.yaml", NOW
    )


def test_when_nothing_ever_ran_nothing_is_made(tmp_path: Path) -> None:
    (tmp_path / "params.yaml").write_bytes((ROOT / "params.yaml").read_bytes())
    found = look(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["params.yaml"]
    assert found.runner == looks.Runner(alive=False)
    assert (found.jobs, found.live, found.waiting, found.trouble) == (
        {},
        None,
        None,
        [],
    )
    assert set(found.last_words.values()) == {"never ran"}


def test_after_a_while(tmp_path: Path) -> None:
    before = snapshot(lived(tmp_path))
    found = look(tmp_path)
    assert snapshot(tmp_path) == before
    assert found.last_words["refresh"] == "done in 4.0 s: 37 new interactions"
    assert found.last_words["train"] == "failed: no room"
    assert found.last_words["deploy"] == "held by the gate: als-9 stays in Staging"
    assert found.live and found.live.deployment.model_id == "als-1"


def test_a_database_that_cannot_be_read_is_an_error_not_an_empty_status(
    tmp_path: Path,
) -> None:
    lived(tmp_path)
    for path in (tmp_path / "state").glob("runner.db*"):
        path.unlink()
    (tmp_path / "state" / "runner.db").write_bytes(b"x" * 4096)
    with pytest.raises(StoreError, match="runner"):
        look(tmp_path)


def test_a_frozen_runner_is_seen_to_be_frozen(tmp_path: Path) -> None:
    code = (
        "import os, sys, time; from pathlib import Path; from ops import lock\n"
        "with lock.hold(Path(sys.argv[1]), 'x', {'pid': os.getpid(), 'since': 'T'}):\n"
        "    print('up', flush=True); time.sleep(60)"
    )
    held = tmp_path / "runner.lock"
    with subprocess.Popen(
        [sys.executable, "-c", code, str(held)], cwd=ROOT, stdout=subprocess.PIPE
    ) as process:
        try:
            assert process.stdout
            process.stdout.readline()
            up = looks.Runner(True, process.pid, "T")
            assert looks.look_at_runner(tmp_path) == up
            freeze(process.pid)
            assert looks.look_at_runner(tmp_path).frozen
        finally:
            process.kill()


def test_a_runner_that_is_not_to_be_seen_is_up_all_the_same(tmp_path: Path) -> None:
    held = tmp_path / "runner.lock"
    with lock.hold(held, "x", {"pid": 2**22 + 1, "since": "T"}):
        assert looks.look_at_runner(tmp_path) == looks.Runner(True, 2**22 + 1, "T")
