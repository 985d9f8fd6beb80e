"""What the last health check has said."""

from datetime import timedelta
from pathlib import Path

import pytest

from ops.explain import last_health
from tests.ops.explain.rows import CLOCK, NOW, ran

SAID = """$ python -m ops.health.health
warning  model_age     31.0 days (als-1)  [at most 30 days]
         -> run `python runner.py run train`
critical data_age      26.6 days  [at most 7 days]
ok       service       up
overall: critical
"""


def test_never_looked(tmp_path: Path) -> None:
    found = last_health.look(tmp_path)
    assert (
        found.sentence(CLOCK)
        == "not looked at yet; `python runner.py health` looks now"
    )
    assert found.as_json() == {"at": None, "overall": None, "ill": []}


def test_the_newest_check_and_what_is_ill_the_worst_first(tmp_path: Path) -> None:
    ran(tmp_path, "health", NOW - timedelta(hours=2), said="overall: ok\n")
    ran(tmp_path, "health", NOW - timedelta(hours=1), "failed", 3, said=SAID)
    found = last_health.look(tmp_path)
    assert found.sentence(CLOCK) == (
        "critical at 10:00: data_age 26.6 days [at most 7 days]; "
        "model_age 31.0 days (als-1) [at most 30 days]"
    )
    assert found.as_json()["at"] == "2026-11-23T03:00:04.000+00:00"


def test_all_is_well_in_two_words(tmp_path: Path) -> None:
    ran(tmp_path, "health", NOW - timedelta(hours=1), said="overall: ok\n")
    assert last_health.look(tmp_path).sentence(CLOCK) == "ok at 10:00"


def test_a_log_that_is_gone_is_not_well(tmp_path: Path) -> None:
    run = ran(tmp_path, "health", NOW - timedelta(hours=1))
    Path(run.log).unlink()
    assert last_health.look(tmp_path).sentence(CLOCK).startswith("not known: the log")


def test_more_than_a_line_holds_is_counted(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    ill = "".join(f"critical c{number} bad\n" for number in range(5))
    log.write_text(f"{ill}overall: critical\n")
    assert last_health.of_log(log) == "found critical: c0 bad; c1 bad; c2 bad; 2 more"


@pytest.mark.parametrize(
    ("reason", "sentence"),
    [
        (
            "found critical: data_age, disk_free",
            "critical at 10:00: data_age; disk_free",
        ),
        ("found ok", "ok at 10:00"),
    ],
)
def test_where_the_log_is_gone_the_row_says_it_in_short(
    tmp_path: Path, reason: str, sentence: str
) -> None:
    run = ran(tmp_path, "health", NOW - timedelta(hours=1), reason=reason)
    Path(run.log).unlink()
    assert last_health.look(tmp_path).sentence(CLOCK) == sentence
