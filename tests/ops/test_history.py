"""The history of deployments: who, when, from, to, verdict, how verified; in words and as JSON."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from ops import history
from ops.deploy import deployment_log, promote, release, rollback

ROOT = Path(__file__).parents[2]


def story(shop, fake, offline):
    """A promotion, one while the service is down, its confirmation, a rollback, a release."""
    _, service = fake
    shop.put("als-1", service=service)
    shop.stage("als-2")
    promote.promote(replace(shop.site(offline), who="lan@shop"))
    promote.promote(shop.site(service))
    rollback.roll_back(replace(shop.site(service), who="minh@shop"))
    release.release(replace(shop.site(service), who="minh@shop"), "als-2")
    return history.entries(deployment_log.rows(shop.db))


def test_each_thing_that_happened_is_an_entry(shop, fake, offline):
    found = [entry.as_json() for entry in story(shop, fake, offline)]
    wanted = [
        ("promote", "als-1", None, "verified"),
        ("promote", "als-2", "als-1", "pending"),
        ("confirm", "als-2", "als-1", "verified"),
        ("rollback", "als-1", "als-2", "verified"),
        ("release", "als-2", None, "released"),
    ]
    keys = ("action", "model_id", "from_model_id", "status")
    assert [tuple(one[key] for key in keys) for one in found] == wanted
    assert [one["who"] for one in found] == [
        "",
        "lan@shop",
        "lan@shop",
        *["minh@shop"] * 2,
    ]
    assert found[1]["verdict"].startswith("no gate")
    assert "generation 3" in found[2]["verified"]
    assert found[0]["at"] < found[0]["ended_at"] and found[4]["ended_at"] is None


def test_in_words(shop, fake, offline):
    lines = history.table(story(shop, fake, offline), "Asia/Ho_Chi_Minh").splitlines()
    assert lines[0].split() == ["WHEN", "WHO", "WHAT", "MODEL", "FROM", "OUTCOME"]
    assert lines[1].split()[3:] == ["promote", "als-1", "-", "verified"]
    assert lines[1].startswith("2026-03-01 12:00:")  # 05:00 UTC
    assert "no gate" in lines[2]
    assert "serves it: id, manifest hash" in lines[3]
    assert "nothing was deployed" in history.table([], "UTC").lower()


def test_an_intent_without_an_end_is_started(shop):
    intent = deployment_log.Intent("promote", "als-1", 1, None, None, None, "x@y", "v")
    deployment_log.begin(shop.db, intent, shop.clock())
    assert history.entries(deployment_log.rows(shop.db))[0].as_json() | {"at": ""} == {
        "at": "",
        "ended_at": None,
        "who": "x@y",
        "action": "promote",
        "model_id": "als-1",
        "version": 1,
        "from_model_id": None,
        "from_version": None,
        "verdict": "v",
        "status": "started",
        "verified": "",
    }


def test_the_command_reads_only(tmp_path):
    command = [sys.executable, "-m", "ops.history", "--state", str(tmp_path / "state")]
    done = [
        subprocess.run(
            [*command, *more], cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout
        for more in ([], ["--json"])
    ]
    assert "runner.py promote" in done[0] and json.loads(done[1]) == []
    assert list(tmp_path.iterdir()) == []
