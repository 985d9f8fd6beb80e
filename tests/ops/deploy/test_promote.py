"""Promotion without a service, and the command."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ops import said
from ops.deploy import deployment_log, production, promote
from recsys.program.errors import GateError
from recsys.registry import versions
from recsys.serving import pointer
from tests.recsys.serving import worlds as release_worlds
from tests.worlds import snapshot

ROOT = Path(__file__).parents[3]


def test_first_promotion(shop, capsys):
    shop.stage("als-1")
    promote.promote(shop.site())
    assert capsys.readouterr().out == "Production: als-1 (version 1), the first one.\n"
    assert shop.champion() == "als-1"
    assert shop.outcomes() == [("promote", "als-1", "promoted")]
    assert versions.challenger(shop.client) is None


def test_the_former_is_archived_and_named(shop, capsys):
    shop.put("als-1", "bpr-2")
    assert capsys.readouterr().out.splitlines()[-1] == (
        "Production: bpr-2 (version 2), before: als-1 (version 1, archived). "
        "Roll back with: python runner.py rollback"
    )
    assert shop.champion() == "bpr-2"
    assert shop.stages() == {"als-1": "Archived", "bpr-2": "Production"}
    top = production.in_production(deployment_log.rows(shop.db))
    assert (top.former_model_id, top.former_version) == ("als-1", 1)
    assert top.model_created_at == versions.champion(shop.client).created_at


def test_nothing_at_all(shop, capsys):
    promote.promote(shop.site())
    assert capsys.readouterr().out == (
        "Nothing in Staging and nothing in Production; `dvc repro` trains and registers a model.\n"
    )
    assert not shop.db.exists()


def test_what_was_trained_since_and_is_not_above_popularity_is_named(shop, capsys):
    shop.put("als-1")
    shop.register("als-2")
    capsys.readouterr()
    promote.promote(shop.site())
    assert capsys.readouterr().out == (
        "Nothing new in Staging: als-2 (version 2) is not above the popularity list. "
        "Production: als-1 (version 1).\n"
    )


def test_the_runner_is_told_that_nothing_was_done(shop, tmp_path, monkeypatch):
    monkeypatch.setenv(said.SAYS, str(tmp_path / "said"))
    shop.put("als-1")
    assert said.heard(tmp_path / "said").status == "ok"
    promote.promote(shop.site())
    told = said.heard(tmp_path / "said")
    assert (told.status, told.reason) == (
        "skipped",
        "nothing new: no model waits in Staging",
    )


def test_nothing_new_says_what_is_in_production(shop, capsys):
    shop.put("als-1")
    capsys.readouterr()
    promote.promote(shop.site())
    assert (
        capsys.readouterr().out
        == "Nothing new in Staging. Production: als-1 (version 1).\n"
    )
    assert len(deployment_log.rows(shop.db)) == 2


def test_stages_that_someone_moved_by_hand_are_mended(shop):
    shop.put("als-1", "als-2")
    with pytest.warns(FutureWarning, match="transition_model_version_stage"):
        shop.client.transition_model_version_stage(versions.MODEL, "1", "Production")
    promote.promote(shop.site())
    assert shop.champion() == "als-2"


def test_a_model_by_its_id(shop):
    shop.put("als-1", "als-2")
    shop.stage("als-3")
    with pytest.raises(GateError, match="'als-9' is not in the registry"):
        promote.promote(shop.site(), "als-9")
    promote.promote(shop.site(), "als-1")
    assert shop.champion() == "als-1"
    assert shop.stages() == {
        "als-1": "Production",
        "als-2": "Archived",
        "als-3": "Staging",
    }
    promote.promote(shop.site(), "als-1")  # it is there already
    assert shop.outcomes()[-1] == ("promote", "als-1", "promoted")


def test_a_plan_says_what_would_be_done_and_changes_nothing(shop, offline, capsys):
    shop.put("als-1")
    promote.plan(shop.site())
    assert "Would deploy nothing" in capsys.readouterr().out
    shop.stage("als-2")
    before = snapshot(shop.parted())
    promote.plan(shop.site())
    promote.plan(shop.site(offline))
    assert snapshot(shop.parted()) == before
    said = capsys.readouterr().out.splitlines()
    assert said[0] == (
        "Would promote als-2 (version 2), in place of als-1 (version 1)."
    )
    assert said[1].startswith("Gate: ") and said[2] == "Service: none is configured."
    assert said[5].startswith("Service: down (") and "pending" in said[5]


def test_a_plan_says_what_was_interrupted(shop, killer, capsys):
    shop.put("als-1")
    shop.stage("als-2")
    assert killer("promote", 1, shop.parted()) != 0
    promote.plan(shop.site())
    assert (
        capsys.readouterr()
        .out.splitlines()[1]
        .startswith("Would first finish the promote of als-2 (version 2)")
    )


# ---- the command ----


def _run(folder, *arguments):
    return subprocess.run(
        [
            sys.executable,
            "-m",
            "ops.deploy.promote",
            "--params",
            str(ROOT / "params.yaml"),
            "--mlruns",
            str(folder / "mlruns"),
            "--state",
            str(folder / "state"),
            *arguments,
        ],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )


def test_the_command_without_a_store_makes_none(tmp_path):
    done = _run(tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "No model is registered yet" in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_the_command_says_what_the_gate_says_and_what_is_in_production(shop):
    folder = shop.mlruns.parent
    model_id = release_worlds.save_model(folder / "models/als")
    release_worlds.sources(folder)
    shutil.copy(ROOT / "params.yaml", folder)
    shop.stage(model_id)
    refused = _run(shop.parted())
    told = release_worlds.but_for_the_fit(refused.stderr)
    assert (refused.returncode, told) == (
        4,
        f"error: {model_id} stays in Staging: the gate holds it; wait for a better one, or take "
        'it on your word with `python runner.py promote --approve "why"`\n',
    )
    assert refused.stdout.startswith(
        f"Gate: HOLD {model_id}, first model\n  - not judged"
    )
    done = _run(shop.parted(), "--approve", "a test")
    told = release_worlds.but_for_the_fit(done.stderr)
    assert (done.returncode, told) == (0, "")
    last = done.stdout.splitlines()[-1]
    assert last == f"Production: {model_id} (version 1), the first one."
    assert pointer.current(folder / "releases") == model_id


def test_a_version_that_was_registered_by_hand_has_no_release(shop):
    shop.stage("als-1")
    done = _run(shop.parted(), "--approve", "made elsewhere")
    assert (done.returncode, done.stderr) == (0, "")
    assert "\nNo release of als-1: there are no files of it" in done.stdout
    assert not (shop.mlruns.parent / "releases").exists()


def test_a_torn_store_is_one_line_and_exit_6(tmp_path):
    (tmp_path / "mlruns").mkdir()
    (tmp_path / "mlruns" / "mlflow.db").write_bytes(b"x" * 5000)
    done = _run(tmp_path)
    assert (done.returncode, done.stdout) == (6, "")
    assert done.stderr.startswith("error: ") and len(done.stderr.splitlines()) == 1
    assert "file is not a database" in done.stderr


def test_a_dry_run_changes_no_byte(shop):
    shop.stage("als-1")
    before = snapshot(shop.parted())
    done = _run(shop.mlruns.parent, "--dry-run")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Would promote als-1 (version 1), the first one.")
    assert snapshot(shop.mlruns.parent) == before
