"""process by Spark gives the bytes that process gives."""

import os
import subprocess
import sys
from pathlib import Path

from bench.house.imports import ROOT
from recsys.spark.process import SCRATCH, SparkReader, reader_of
from tests.recsys.spark.engines import needs_spark, one_at_a_time
from tests.recsys.spark.merging import hashes, merged, params, shop

PROCESS = """\
import sys
from pathlib import Path
from recsys.spark import process
process.FEWEST, process.GROUP = 10, 300
process.SparkReader.__init__.__defaults__ = (10,)
from stages.process import main
main(Path("out"), Path("cache/quality.bin"), Path(sys.argv[1]), Path(sys.argv[2]))
"""


def processed(folder: Path, out: str, **engine: object) -> tuple[dict[str, str], str]:
    """sha256 of each out by name, and what the stage has said."""
    done = subprocess.run(
        [sys.executable, "-c", PROCESS, out, str(params(folder, **engine))],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return hashes(folder / out), done.stderr


def test_this_machine_reads_if_nothing_else_is_asked_for(tmp_path: Path) -> None:
    with reader_of(params(tmp_path, name="local")) as reader:
        assert not isinstance(reader, SparkReader)


@needs_spark
@one_at_a_time
def test_the_bytes_are_those_of_one_machine(tmp_path: Path) -> None:
    folder = shop(tmp_path / "shop")
    merged(folder, "out", name="local")
    expected, _ = processed(folder, "local", name="local")
    for cache in (folder / "cache").iterdir():
        cache.unlink()  # all is read again
    found, _ = processed(folder, "spark")
    assert found == expected
    assert len(expected) == 12
    assert not (folder / SCRATCH).exists()
