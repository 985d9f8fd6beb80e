"""A short round of starts at once, and what would be seen if the lock were none."""

from contextlib import nullcontext
from pathlib import Path

import pytest

from bench.runner import contention


def test_each_round_has_one_owner_and_one_run() -> None:
    assert contention.run(40, 4) == {(1, 1): 10}


def test_two_owners_would_be_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contention.lock, "hold", lambda *_: nullcontext())
    tried = [contention.start(tmp_path, n, contention.FIRST)[:2] for n in range(2)]
    assert tried == [(True, True), (True, False)]


def test_the_table_and_the_exit_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "table.md"
    for found, code in [({(1, 1): 2}, 0), ({(1, 1): 1, (2, 1): 1}, 1)]:
        monkeypatch.setattr(
            contention, "run", lambda *_, found=found: contention.Counter(found)
        )
        assert contention.main(["--processes", "4", "--out", str(out)]) == code
    assert "| 2 | 1 | 1 |" in out.read_text()
