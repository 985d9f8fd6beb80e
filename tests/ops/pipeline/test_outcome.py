import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ops import said
from ops.pipeline import outcome
from ops.pipeline.outcome import Facts
from ops.said import Said
from ops.scheduler import run_history
from recsys.files.atomic import read_json, write_json

NOW = datetime(2026, 3, 1, tzinfo=UTC)
SHIPPED = Path("params.yaml").read_text(encoding="utf-8")


def lock(**hashes: str) -> bytes:
    """A dvc.lock where merge depends on the paths (`__` for /) of these hashes."""
    deps = [
        {"path": name.replace("__", "/"), "md5": each} for name, each in hashes.items()
    ]
    return json.dumps({"stages": {"merge": {"cmd": "x", "deps": deps}}}).encode()


DRIFT = {
    "verdict": "drift",
    "drifted": ["rating"],
    "watched": [],
    "measures": {"rating": {"effect": 0.25, "floor": 0.1, "windows": []}},
    "moved": {"stars": [{"stars": 1.0, "before": 0.04, "now": 0.29}]},
}
QUIET = {**DRIFT, "verdict": "none", "drifted": []}
WHAT = "stars: 1 star 4.0 % -> 29.0 %"
BEFORE = Facts(lock(data__batches="a", data__raw="b"), 1000)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(said.SAYS, str(tmp_path / "said.json"))
    (tmp_path / "params.yaml").write_text(SHIPPED)
    (tmp_path / "dvc.lock").write_bytes(BEFORE.lock)
    write_json(tmp_path / "metrics" / "merge.json", {"accepted": 1000})
    trainable(tmp_path, 500)
    return tmp_path


def trainable(project: Path, users: int) -> None:
    stats = project / "data" / "processed" / "data_stats.json"
    write_json(stats, {"trainable_users": users})


def heard(project: Path, *targets: str, before: Facts = BEFORE) -> Said:
    outcome.tell(project, project / "state", targets, before, NOW)
    return said.heard(project / "said.json")


@pytest.mark.parametrize(
    ("accepted", "content", "expected"),
    [
        (1000, lock(data__batches="z", data__raw="b"), "incremental"),
        (1100, lock(data__batches="z", data__raw="b"), "incremental"),
        (1101, lock(data__batches="z", data__raw="b"), "full"),
        (999, lock(data__batches="z", data__raw="b"), "full"),
        (1001, lock(data__batches="z", data__raw="y"), "full"),
        (1001, lock(data__batches="z", data__raw="b", recsys__intake="n"), "full"),
        (None, lock(data__batches="z", data__raw="b"), "full"),
    ],
)
def test_few_new_interactions_and_nothing_else_are_incremental(
    accepted: int | None, content: bytes, expected: str
) -> None:
    assert outcome.kind(BEFORE, Facts(content, accepted)) == expected
    assert outcome.kind(Facts(b"", None), Facts(content, accepted)) == "full"


def test_what_changes_a_refresh_is_named() -> None:
    after = Facts(lock(data__batches="a", stages__merge="n"), 1000)
    assert outcome.changed(BEFORE, after) == {"data/raw", "stages/merge"}
    assert outcome.changed(BEFORE, BEFORE) == set()


def test_nothing_new_is_skipped(project: Path) -> None:
    for target in ("process", "embed", "evaluate", "drift"):
        assert heard(project, target) == Said("skipped", None, "no change")


def test_a_refresh_says_how_many_interactions_are_new(project: Path) -> None:
    before = Facts(lock(data__batches="before", data__raw="b"), 986)
    told = heard(project, "process", before=before)
    assert told == Said("ok", "incremental", "14 new interactions")
    assert heard(project, "embed", before=before) == Said()


def test_a_forced_refresh_is_full_even_if_nothing_has_changed(project: Path) -> None:
    outcome.tell(project, project / "state", ["process"], BEFORE, NOW, forced=True)
    told = said.heard(project / "said.json")
    assert told == Said("ok", "full", "0 new interactions")


@pytest.mark.parametrize(("users", "asks"), [(550, False), (551, True)])
def test_many_new_trainable_users_ask_for_training(
    project: Path, users: int, asks: bool
) -> None:
    other = Facts(b"{}", 1000)
    assert heard(project, "process", before=other).asks == {}  # never trained
    heard(project, "evaluate", before=other)
    assert read_json(project / "state" / "trained.json") == {"trainable_users": 500}
    trainable(project, users)
    why = "51 users became trainable since the last training"
    assert heard(project, "process", before=other).asks == (
        {"train": why} if asks else {}
    )
    heard(project, "evaluate", before=other)
    assert heard(project, "process", before=other).asks == {}


@pytest.mark.parametrize(
    ("on_drift", "drifted", "asks"),
    [
        ("alert", 1, {}),
        ("retrain", 0, {}),
        ("retrain", 1, {"train": f"drift: {WHAT}"}),
    ],
)
def test_drift_asks_for_training_if_it_may(
    project: Path, on_drift: str, drifted: int, asks: dict[str, str]
) -> None:
    settings = SHIPPED.replace("on_drift: alert", f"on_drift: {on_drift}")
    (project / "params.yaml").write_text(settings)
    write_json(project / "metrics" / "drift.json", DRIFT if drifted else QUIET)
    assert heard(project, "drift", before=Facts(b"{}", 1000)).asks == asks


def test_drift_asks_no_oftener_than_its_budget(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = SHIPPED.replace("on_drift: alert", "on_drift: retrain")
    (project / "params.yaml").write_text(settings)
    write_json(project / "metrics" / "drift.json", DRIFT)
    why, state = f"brought forward: drift: {WHAT}", project / "state"
    days = [31, 20, 10]
    for number, ago in enumerate(days):
        at = NOW - timedelta(days=ago)
        run_history.open_run(state, "train", at, at, why)
        asked = heard(project, "drift", before=Facts(b"{}", 1000)).asks
        assert bool(asked) == (number < 2)
    assert "2 in 30 days are all that it may cause" in capsys.readouterr().out
