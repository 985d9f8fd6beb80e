"""Whatever has become of numba's files, the kernel runs, and they are made anew."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.house.imports import ROOT

KERNEL = """
from recsys.program.kernel_cache import cached_njit

@cached_njit()
def helper(x):
    return x + 1

@cached_njit(nogil=True)
def twice(x):
    return 2 * helper(x)
"""
PROGRAM = """
import kernel
print(kernel.twice(20))
print(sum(kernel.twice.stats.cache_hits.values()))
"""


def bare() -> dict[str, str]:
    """An environment that says nothing of numba."""
    kept = {key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ}
    return {**kept, "PYTHONPATH": str(ROOT)}


def run(folder: Path, program: str = PROGRAM, **variables: str) -> list[str]:
    """What the kernel gives, and how often the cache had it."""
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=folder,
        env=bare() | variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.split()


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A module whose kernel is compiled and kept."""
    folder = tmp_path_factory.mktemp("kernel")
    (folder / "kernel.py").write_text(KERNEL)
    assert run(folder) == ["42", "0"]
    assert run(folder) == ["42", "1"]
    return folder


def changed_byte(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


DAMAGES: dict[str, Callable[[Path], object]] = {
    "empty": lambda path: path.write_bytes(b""),
    "one byte": lambda path: path.write_bytes(path.read_bytes()[:1]),
    "half": lambda path: path.write_bytes(
        path.read_bytes()[: path.stat().st_size // 2]
    ),
    "cut by one": lambda path: path.write_bytes(path.read_bytes()[:-1]),
    "garbage": lambda path: path.write_bytes(b"\x80\x05garbage" * 99),
    "text": lambda path: path.write_text("<html>"),
    "a changed byte": changed_byte,
    "gone": lambda path: path.unlink(),
}


@pytest.mark.parametrize("kind", ["nbi", "nbc"])
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_torn_file_is_made_anew(
    template: Path, tmp_path: Path, kind: str, damage: str
) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(template, folder)
    paths = sorted((folder / "__pycache__").glob(f"kernel.*.{kind}"))
    assert paths
    for path in paths:
        DAMAGES[damage](path)
    assert run(folder) == ["42", "0"]
    assert run(folder) == ["42", "1"]


def test_files_of_a_bare_numba_are_no_use_and_no_harm(
    template: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(template, folder)
    for path in (folder / "__pycache__").glob("kernel.*.nb?"):
        path.write_bytes(path.read_bytes()[32:])  # without the hash
    assert run(folder) == ["42", "0"]


OF_ANOTHER_FILE = """
from numba import njit
from recsys.program.kernel_cache import cached_njit
from other import helper
from numbers_of_it import FACTOR

@cached_njit()
def twice(x):
    return FACTOR * helper(x)
"""
CALLED = """
from numba import njit
from third import last

@njit
def helper(x):
    return last(x)
"""
LAST = """
from numba import njit

@njit
def last(x):
    return x + {}
"""


def test_what_comes_from_another_file_is_compiled_anew_when_that_changes(
    tmp_path: Path,
) -> None:
    for name, text in (
        ("kernel", OF_ANOTHER_FILE),
        ("other", CALLED),
        ("third", LAST.format("1")),
        ("numbers_of_it", "FACTOR = 2"),
    ):
        (tmp_path / f"{name}.py").write_text(text)
    assert run(tmp_path) == ["42", "0"]
    assert run(tmp_path) == ["42", "1"]
    (tmp_path / "third.py").write_text(LAST.format("1 + 1"))
    assert run(tmp_path) == ["44", "0"]
    assert run(tmp_path) == ["44", "1"]
    (tmp_path / "numbers_of_it.py").write_text("FACTOR = 30")
    assert run(tmp_path) == ["660", "0"]
    assert run(tmp_path) == ["660", "1"]


ONE_KERNEL = """
from recsys.program.kernel_cache import cached_njit

@cached_njit()
def twice(x):
    return 2 * x
"""
# two programs compile at once, and neither sees the index that the other one is about to write
AT_ONCE = """
import sys
import time
from recsys.program.kernel_cache import CheckedFile
kind, first, second = sys.argv[1], *map(float, sys.argv[2:])
real = CheckedFile._save_index
def late(self, overloads):
    time.sleep(first)
    real(self, overloads)
    time.sleep(second)
CheckedFile._save_index = late
import kernel
kernel.twice({"int": int, "float": float}[kind](20))
"""
BOTH = """
import kernel
print(kernel.twice(0.25), kernel.twice(20))
"""


def test_the_code_for_other_types_is_no_use_and_no_harm(tmp_path: Path) -> None:
    """Without a look at the types twice(0.25) was 0: that of the whole number below it."""
    (tmp_path / "kernel.py").write_text(ONE_KERNEL)
    programs = [
        subprocess.Popen(
            [sys.executable, "-c", AT_ONCE, *arguments],
            cwd=tmp_path,
            env=bare(),
        )
        for arguments in (("int", "2", "4"), ("float", "4", "0"))
    ]
    assert [program.wait() for program in programs] == [0, 0]
    assert run(tmp_path, BOTH) == ["0.5", "40"]


KILLED = """
import os
from recsys.program.kernel_cache import CheckedFile
CheckedFile._save_data = lambda *_: os._exit(0)
import kernel
kernel.twice(20)
"""


def test_the_code_of_former_source_is_no_use_and_no_harm(tmp_path: Path) -> None:
    """It stands there if a program is killed, or looked at, between the new index and its code."""
    kernel = tmp_path / "kernel.py"
    kernel.write_text(ONE_KERNEL)
    assert run(tmp_path) == ["40", "0"]
    kernel.write_text(ONE_KERNEL.replace("2 * x", "3 * x # not twice"))
    run(tmp_path, KILLED)
    assert run(tmp_path) == ["60", "0"]
    assert run(tmp_path) == ["60", "1"]


def test_without_a_folder_to_write_to_it_is_compiled_each_time(
    template: Path, tmp_path: Path
) -> None:
    shutil.copyfile(template / "kernel.py", tmp_path / "kernel.py")
    (tmp_path / "__pycache__").touch()  # root writes to a folder of any mode
    nowhere = {"HOME": "/dev/null", "XDG_CACHE_HOME": "/dev/null/x"}
    assert run(tmp_path, **nowhere, PYTHONDONTWRITEBYTECODE="1") == ["42", "0"]


def test_without_numbas_compiler_it_is_the_function_itself(template: Path) -> None:
    program = "import kernel; print(kernel.twice(20))"
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=template,
        env=os.environ | {"PYTHONPATH": str(ROOT), "NUMBA_DISABLE_JIT": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("42\n", "")


def test_a_kernel_runs_while_numba_is_made_ready(
    template: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "ready"
    shutil.copytree(template, folder)
    head = "from recsys.program import kernel_cache\nkernel_cache.get_ready()\n"
    (folder / "begun.py").write_text(head + PROGRAM)
    assert run(folder, program="import begun") == ["42", "1"]
