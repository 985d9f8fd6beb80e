"""A small run of the measurement of the service and the export."""

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
            "--large",
            "3001",
            "--large-rate",
            "50",
        ]
    )
    lines = list(service.lines(arguments, tmp_path))
    table = [line for line in lines if line.startswith("| ")]
    assert [line.split("|")[1].strip() for line in table] == [
        *("what", "a server that does nothing", "an empty FastAPI route"),
        *("the service", "while it is reloaded 2 times", "the service afterwards"),
        *("what", "the service"),
    ]
    rows = [line.split("|") for line in table if not line.startswith("| what")]
    assert {row[-3].strip() for row in rows} == {"0"}  # failed
    assert rows[-1][2].strip() == "50" and "load" in lines[0]
    whole = "\n".join(lines)
    assert "200 users x 3,001 products x 8 factors" in whole
    assert "2 of 2 reloads good" in whole
    assert "200 of 200 sampled lists are those of the service" in whole


def test_a_program_that_ends_is_said(tmp_path: Path) -> None:
    with (
        pytest.raises(RuntimeError, match="has ended"),
        service.server(tmp_path, "-c", "pass # {port}"),
    ):
        pass
