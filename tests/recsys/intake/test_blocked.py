"""Why the last merge stopped, for programs that are light."""

from pathlib import Path

from recsys.intake import blocked


def test_faults_are_there_until_they_are_forgotten(tmp_path: Path) -> None:
    assert blocked.faults(tmp_path) == {}
    path = tmp_path / blocked.FOLDER / blocked.FAULT
    path.parent.mkdir()
    path.write_text('{"reviews.csv": "half of it is bad"}')
    assert blocked.faults(tmp_path) == {"reviews.csv": "half of it is bad"}
    path.write_text("{torn")
    assert blocked.faults(tmp_path) == {}
    blocked.forget(tmp_path)
    blocked.forget(tmp_path)
    assert not path.parent.exists()
