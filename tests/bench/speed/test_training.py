"""Tables of training and embedding."""

import pytest

from bench.speed import training
from bench.speed.cost import Cost


def test_native_is_in_proportion_to_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = {"native": 0.25, "implicit": 0.5, "irspack": 1.0}
    found = {"seconds": seconds, "sha256": "same"}
    monkeypatch.setattr(training, "measured", lambda *_: found)
    assert list(training.compared("bench.speed.als", "ALS")) == [
        "ALS\n",
        "| threads | native s | implicit s | irspack s | native / implicit | native / irspack |",
        "|---|---|---|---|---|---|",
        "| 1 | 0.250 | 0.500 | 1.000 | 0.50 | 0.25 |",
        "| 2 | 0.250 | 0.500 | 1.000 | 0.50 | 0.25 |",
        "\nNative factors on 1 and 2 threads: the same bytes.\n",
    ]


def test_other_bytes_on_two_threads_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def measured(program: str, threads: int):
        return {
            "seconds": dict.fromkeys(training.PEERS[program], 1.0),
            "sha256": threads,
        }

    monkeypatch.setattr(training, "measured", measured)
    assert list(training.compared("bench.speed.bpr", ""))[-1].endswith(
        "threads: OTHER bytes.\n"
    )


def test_large_runs_both_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    commands = []
    monkeypatch.setattr(
        training, "cost_of", lambda *a: commands.append(a) or Cost(1, 1, 1)
    )
    lines = list(training.large())
    assert commands == [
        ("-m", "bench.speed.als", "--large"),
        ("-m", "bench.speed.bpr", "--large"),
    ]
    assert lines[2] == "| ALS, 15 iterations | 1.0 | 1.0 | 1 |"


@pytest.mark.parametrize("program", training.PEERS)
def test_the_programs_are_there(program: str) -> None:
    module = __import__(program, fromlist=["main"])
    with pytest.raises(SystemExit) as end:
        module.main(["--help"])
    assert end.value.code == 0
