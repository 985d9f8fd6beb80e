"""The results page: every table of it, by one command."""

import json
from pathlib import Path

from bench.gate import simulate


def test_quick_writes_every_table_and_only_renews_one(tmp_path: Path) -> None:
    simulate.main(["--quick", "--folder", str(tmp_path)])
    text = (tmp_path / "gate.md").read_text()
    found = json.loads((tmp_path / "gate.json").read_text())
    assert list(found["tables"]) == list(simulate.TABLES)
    assert (found["years"], found["seed"]) == (2, simulate.SEED)
    for table in simulate.TABLES.values():
        assert f"\n## {table.title}\n" in text
    assert text.count("\n|---") == len(simulate.TABLES)
    found["tables"]["power"] = [{"marked": True}]
    (tmp_path / "gate.json").write_text(json.dumps(found))
    simulate.main(["--quick", "--only", "cost", "--folder", str(tmp_path)])
    assert "| marked |" in (tmp_path / "gate.md").read_text()
