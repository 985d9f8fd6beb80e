"""A fit goes on from its own newest whole state, and from nothing else."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from bench.house.imports import ROOT
from recsys.models.checkpoints import Checkpoints, Part, TrainingCheckpoints

MADE_OF = {"params": {"factors": 2}, "inputs": {"X.npz": "ab"}}


def state(step: int) -> dict[str, np.ndarray]:
    return {
        "factors": np.full((2, 3), step, np.float32),
        "losses": np.arange(step, dtype=np.float64),
    }


def saved(folder: Path, *steps: int, every: int = 1, keep: int = 3) -> Checkpoints:
    kept = Checkpoints(folder, MADE_OF, every, keep=keep)
    for step in steps:
        kept.save(step, state(step))
    return kept


def steps(folder: Path) -> list[int]:
    return sorted(int(path.stem.partition("-")[2]) for path in folder.glob("*.npz"))


def loaded_step(kept: Checkpoints) -> int | None:
    found = kept.load()
    return found[0] if found else None


def test_nothing_is_kept_yet(tmp_path: Path) -> None:
    assert Checkpoints(tmp_path / "none", MADE_OF, 5).load() is None
    assert not (tmp_path / "none").exists()


def test_a_state_comes_back_as_it_was(tmp_path: Path) -> None:
    found = saved(tmp_path / "new" / "folder", 7).load()
    assert found is not None
    assert found[0] == 7
    assert found[1].keys() == {"factors", "losses"}
    for name, array in state(7).items():
        assert found[1][name].dtype == array.dtype
        assert found[1][name].shape == array.shape
        assert found[1][name].tobytes() == array.tobytes()


def test_what_is_loaded_may_be_changed_in_place(tmp_path: Path) -> None:
    found = saved(tmp_path, 1).load()
    assert found is not None
    found[1]["factors"] += 1
    assert found[1]["factors"].tolist() == [[2, 2, 2], [2, 2, 2]]


def test_the_same_state_is_the_same_bytes(tmp_path: Path) -> None:
    saved(tmp_path / "a", 3)
    saved(tmp_path / "b", 3)
    (one,), (other,) = (list((tmp_path / name).iterdir()) for name in "ab")
    assert (one.name, one.read_bytes()) == (other.name, other.read_bytes())


def test_only_every_nth_step_is_kept(tmp_path: Path) -> None:
    saved(tmp_path, *range(1, 12), every=5)
    assert steps(tmp_path) == [5, 10]


def test_the_newest_few_are_kept_in_the_order_of_numbers(tmp_path: Path) -> None:
    kept = saved(tmp_path, 2, 9, 10, 11, 1_000_000, 999_999, keep=2)
    assert steps(tmp_path) == [999_999, 1_000_000]
    assert loaded_step(kept) == 1_000_000


@pytest.mark.parametrize(
    "other", [{**MADE_OF, "params": {"factors": 3}}, {}, [], None, "x"]
)
def test_a_state_of_another_fit_is_never_taken_up(
    tmp_path: Path, other: object
) -> None:
    saved(tmp_path, 9)
    strange = Checkpoints(tmp_path, other, 1)
    assert strange.load() is None
    strange.save(1, state(1))
    assert loaded_step(strange) == 1
    assert loaded_step(saved(tmp_path)) == 9


def test_the_order_of_keys_is_no_other_fit(tmp_path: Path) -> None:
    saved(tmp_path, 9)
    assert loaded_step(Checkpoints(tmp_path, dict(reversed(MADE_OF.items())), 1)) == 9


def test_states_of_other_fits_do_not_count_as_kept(tmp_path: Path) -> None:
    saved(tmp_path, 1)
    other = Checkpoints(tmp_path, "other", 1, keep=2)
    for step in (5, 6, 7):
        other.save(step, state(step))
    assert steps(tmp_path) == [1, 6, 7]


@pytest.mark.parametrize(
    "name",
    [
        "-000099.npz",
        "-99.npz",
        "-000099.npz.part",
        "-00009x.npz",
        "x-000099.npz",
        ".npz",
    ],
)
def test_a_name_that_is_no_checkpoint_of_the_fit_is_not_read(
    tmp_path: Path, name: str
) -> None:
    kept = saved(tmp_path, 1)
    key = (
        kept.key
        if name.startswith(("-99", "-00009x", "x", ".")) or name.endswith(".part")
        else f"0{kept.key}"
    )
    (tmp_path / f"{key}{name}").write_bytes(b"x")
    assert loaded_step(kept) == 1


@pytest.mark.parametrize("cut", [0, 1, 30, 200, -1])
def test_a_torn_newest_gives_way_to_the_one_before(
    tmp_path: Path, cut: int, caplog: pytest.LogCaptureFixture
) -> None:
    kept = saved(tmp_path, 1, 2)
    newest = tmp_path / f"{kept.key}-000002.npz"
    newest.write_bytes(newest.read_bytes()[:cut])
    assert loaded_step(kept) == 1
    assert f"{newest}: torn" in caplog.text


def test_all_torn_is_none(tmp_path: Path) -> None:
    kept = saved(tmp_path, 1, 2, 3)
    for path in tmp_path.iterdir():
        path.write_bytes(b"PK\x03\x04")
    assert kept.load() is None


def test_a_torn_newest_does_not_push_out_what_is_saved_after_it(tmp_path: Path) -> None:
    kept = saved(tmp_path, 10, 20, 30, keep=1)
    (tmp_path / f"{kept.key}-000030.npz").write_bytes(b"x")
    assert kept.load() is None
    kept.save(10, state(10))
    assert loaded_step(kept) == 10


def test_clear_forgets_all_fits_and_their_halves_and_nothing_else(
    tmp_path: Path,
) -> None:
    kept = saved(tmp_path, 1, 2)
    Checkpoints(tmp_path, "other", 1).save(3, state(3))
    (tmp_path / f".{kept.key}-000003.npz.part").write_bytes(b"half")
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    kept.clear()
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]
    assert kept.load() is None


def test_clear_of_no_folder_is_nothing(tmp_path: Path) -> None:
    Checkpoints(tmp_path / "none", MADE_OF, 1).clear()
    assert not (tmp_path / "none").exists()


KILLED = """
import sys, pathlib, numpy as np
from recsys.models.checkpoints import Checkpoints
kept = Checkpoints(pathlib.Path(sys.argv[1]), "fit", 1)
step = 0
while True:
    step += 1
    kept.save(step, {"big": np.full(2_000_000, step, np.float32), "small": np.array([step])})
    print(step, flush=True)
"""


def test_a_kill_at_any_moment_leaves_a_whole_state(tmp_path: Path) -> None:
    writer = subprocess.Popen(
        [sys.executable, "-c", KILLED, tmp_path],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert writer.stdout is not None
    with writer.stdout:
        told = [int(writer.stdout.readline()) for _ in range(4)]
        os.kill(writer.pid, signal.SIGKILL)
        writer.wait()
        told += [int(line) for line in writer.stdout]
    found = Checkpoints(tmp_path, "fit", 1).load()
    assert found is not None
    assert found[0] in (told[-1], told[-1] + 1)
    assert found[1]["small"].tolist() == [found[0]]
    assert np.array_equal(found[1]["big"], np.full(2_000_000, found[0], np.float32))


def test_none_is_kept_within_so_many_seconds_of_the_last_one_or_of_the_beginning(
    tmp_path: Path,
) -> None:
    times = iter(
        [0.0, 9.0, 10.0, 11.0, 19.0, 21.0, 30.0]
    )  # the beginning, then at each step; a kept one asks twice
    kept = Checkpoints(tmp_path, MADE_OF, 1, seconds=10.0, clock=lambda: next(times))
    for step in range(1, 5):  # at 9, 10 (kept, at 11), 19, 21 (kept, at 30)
        kept.save(step, state(step))
    assert sorted(path.stem[-1] for path in tmp_path.glob("*.npz")) == ["2", "4"]


def test_a_state_without_the_arrays_of_the_fit_is_passed_over(tmp_path: Path) -> None:
    kept = Checkpoints(tmp_path, MADE_OF, 1)
    kept.save(1, {"rows": np.ones(2), "losses": np.ones(1)})
    kept.save(2, {"others": np.ones(2)})
    found = kept.load("rows", "losses")
    assert found is not None and found[0] == 1
    assert [path.stem[-1] for path in tmp_path.glob("*.npz")] == ["1"]


def test_each_fit_of_a_training_has_states_of_its_own_and_all_are_cleared(
    tmp_path: Path,
) -> None:
    kept = TrainingCheckpoints(tmp_path, ["params", {"x": 1}], every=2, seconds=0)
    for step, part in enumerate(Part):
        kept.of(part).save(2 * step + 2, state(step + 1))
    assert [loaded_step(kept.of(part)) for part in Part] == [2, 4, 6]
    other = TrainingCheckpoints(tmp_path, ["params", {"x": 2}], every=2, seconds=0)
    assert loaded_step(other.of(Part.ALL)) is None
    kept.clear()
    assert steps(tmp_path) == []
