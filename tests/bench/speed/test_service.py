"""A small run of the measurement of the service and the export."""

import re
from pathlib import Path

import pytest

from bench.speed import service


def test_a_small_run(tmp_path: Path) -> None:
    arguments = service.parser().parse_args(
        [
            "--users",
            "200",
            "--items",
            "50",
            "--factors",
            "8",
            "--requests",
            "60",
            "--rate",
            "200",
            "--reloads",
            "2",
        ]
    )
    lines = list(service.lines(arguments, tmp_path))
    table = [line for line in lines if line.startswith("| ")]
    assert len(table) == 5  # with its head
    assert all(line.split("|")[-3].strip() == "0" for line in table[1:])
    assert "2 of 2 reloads good" in lines[-2]
    assert re.search(r"200 of 200 sampled lists are those of the service", lines[-1])


def test_a_program_that_ends_is_said(tmp_path: Path) -> None:
    with (
        pytest.raises(RuntimeError, match="has ended"),
        service.server(tmp_path, "-c", "pass # {port}"),
    ):
        pass
