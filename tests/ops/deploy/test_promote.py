"""Promotion: each way it can end, and a kill -9 of a real process between any two of its steps."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ops.deploy import deployment_log, promote
from recsys.program.errors import ServiceError
from recsys.registry import store, versions

ROOT = Path(__file__).parents[3]

# ---- without a service ----


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
        "Production: bpr-2 (version 2), before: als-1 (version 1, archived). Roll back with: python runner.py rollback"
    )
    assert shop.champion() == "bpr-2"
    assert shop.stages() == {"als-1": "Archived", "bpr-2": "Production"}
    top = deployment_log.current(shop.db)
    assert (top.former_model_id, top.former_version) == ("als-1", 1)
    assert top.model_created_at == versions.champion(shop.client).created_at


def test_nothing_at_all(shop, capsys):
    promote.promote(shop.site())
    assert capsys.readouterr().out == (
        "Nothing in Staging and nothing in Production; `dvc repro` trains and registers a model.\n"
    )
    assert not shop.db.exists()


def test_nothing_new_says_what_is_in_production(shop, capsys):
    shop.put("als-1")
    capsys.readouterr()
    promote.promote(shop.site())
    assert capsys.readouterr().out == "Nothing new in Staging. Production: als-1 (version 1).\n"
    assert len(deployment_log.rows(shop.db)) == 2


def test_stages_that_someone_moved_by_hand_are_mended(shop):
    shop.put("als-1", "als-2")
    with pytest.warns(FutureWarning, match="transition_model_version_stage"):
        shop.client.transition_model_version_stage(versions.MODEL, "1", "Production")
    promote.promote(shop.site())
    assert shop.champion() == "als-2"


# ---- with a service ----


def test_the_service_loads_it_before_the_registry_moves(shop, fake, capsys):
    state, service = fake
    shop.stage("als-1")
    promote.promote(shop.site(service))
    assert state.calls == ["/health", "/reload_model als-1", "/model_info"]
    assert shop.outcomes() == [("promote", "als-1", "verified")]
    assert f"{service.url} serves it." in capsys.readouterr().out


@pytest.mark.parametrize("flaw", ["refused", "ignored"])
def test_a_model_that_the_service_does_not_take(shop, fake, flaw):
    state, service = fake
    shop.put("als-1", service=service)
    shop.stage("als-2")
    setattr(state, flaw, {"als-2"})
    with pytest.raises(
        ServiceError, match=r"the former model als-1 is serving again. The registry is unchanged"
    ):
        promote.promote(shop.site(service))
    assert (state.serving, shop.champion()) == ("als-1", "als-1")
    assert state.calls[-2:] == ["/reload_model als-1", "/model_info"]
    assert shop.stages() == {"als-1": "Production", "als-2": "Staging"}
    assert shop.outcomes()[-1] == ("promote", "als-2", "failed")
    assert "als-1 is serving again" in deployment_log.history(shop.db, 1)[0].detail


def test_the_former_cannot_be_loaded_either(shop, fake):
    state, service = fake
    shop.put("als-1", service=service)
    shop.stage("als-2")
    state.refused = {"als-1", "als-2"}
    with pytest.raises(ServiceError, match=r"als-1 could not be loaded again either: .*HTTP 500"):
        promote.promote(shop.site(service))
    assert shop.champion() == "als-1"


def test_the_first_one_fails_and_there_is_no_former(shop, fake):
    state, service = fake
    shop.stage("als-1")
    state.refused = {"als-1"}
    with pytest.raises(ServiceError, match="there is no former model to go back to"):
        promote.promote(shop.site(service))
    assert shop.champion() is None


def test_offline_is_pending_until_the_service_confirms(shop, fake, offline, capsys):
    state, service = fake
    shop.stage("als-1")
    promote.promote(shop.site(offline))
    assert "Pending: " in capsys.readouterr().out
    assert (shop.champion(), shop.outcomes()) == ("als-1", [("promote", "als-1", "pending")])
    promote.promote(shop.site(offline))
    assert shop.outcomes() == [("promote", "als-1", "pending")]
    promote.promote(shop.site(service))
    assert state.serving == "als-1"
    assert shop.outcomes() == [("promote", "als-1", "verified")]
    assert [row.action for row in deployment_log.rows(shop.db)] == ["promote", "promote", "confirm"]
    promote.promote(shop.site(service))
    assert len(deployment_log.rows(shop.db)) == 3


def test_pending_that_the_service_refuses_later(shop, fake, offline):
    state, service = fake
    shop.put("als-1", service=service)
    shop.put("als-2", service=offline)
    state.refused = {"als-2"}
    with pytest.raises(
        ServiceError, match=r"als-2.*in Production in the registry, but.*als-1 is serving again"
    ):
        promote.promote(shop.site(service))
    assert state.serving == "als-1"
    assert shop.outcomes()[-1] == ("promote", "als-2", "pending")
    assert deployment_log.rollback_target(deployment_log.rows(shop.db)).model_id == "als-1"


# ---- kill -9 between any two steps ----


def test_killed_anywhere_and_run_again(shop, kill_points):
    shop.put("als-1")
    shop.stage("als-2")
    for victim in kill_points(shop, "promote"):
        promote.promote(victim.site())
        assert victim.champion() == "als-2"
        assert victim.stages() == {"als-1": "Archived", "als-2": "Production"}
        assert victim.outcomes() == [
            ("promote", "als-1", "promoted"),
            ("promote", "als-2", "promoted"),
        ]
        assert versions.challenger(victim.client) is None


def test_killed_anywhere_with_a_service(shop, kill_points, fake):
    state, service = fake
    shop.put("als-1", service=service)
    shop.stage("als-2")

    def reset():
        state.serving = "als-1"

    for victim in kill_points(shop, "promote", service, reset):
        promote.promote(victim.site(service))
        assert (victim.champion(), state.serving) == ("als-2", "als-2")
        assert victim.outcomes() == [
            ("promote", "als-1", "verified"),
            ("promote", "als-2", "verified"),
        ]


def test_killed_and_a_newer_challenger_comes(shop, kill_points, fake):
    """An intent that had not moved the registry is written off; one that had is finished, then the
    newer one.
    """
    state, service = fake
    shop.put("als-1", service=service)
    shop.stage("als-2")
    endings = set()
    for victim in kill_points(shop, "promote", service):
        victim.stage("als-3")
        promote.promote(victim.site(service))
        assert (victim.champion(), state.serving) == ("als-3", "als-3")
        assert victim.outcomes()[-1] == ("promote", "als-3", "verified")
        endings.add(tuple(status for _, model, status in victim.outcomes() if model == "als-2"))
    assert endings == {(), ("failed",), ("pending",)}


def test_killed_and_the_challenger_was_withdrawn(shop, killer, fake):
    state, service = fake
    shop.put("als-1", service=service)
    shop.stage("als-2")
    assert os.WTERMSIG(killer("promote", 2, _parted(shop), service.url)) == signal.SIGKILL
    assert state.serving == "als-2"
    shop.client.delete_model_version(versions.MODEL, "2")
    promote.promote(shop.site(service))
    assert (shop.champion(), state.serving) == ("als-1", "als-1")
    assert shop.outcomes()[-1] == ("promote", "als-2", "failed")


def _parted(shop):
    store.dispose(shop.client)
    return shop.mlruns.parent


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


def test_the_command_says_two_clear_lines(shop):
    shop.stage("als-1")
    done = _run(_parted(shop))
    assert (done.returncode, done.stderr, done.stdout) == (
        0,
        "",
        "Production: als-1 (version 1), the first one.\n",
    )


def test_a_torn_store_is_one_line_and_exit_6(tmp_path):
    (tmp_path / "mlruns").mkdir()
    (tmp_path / "mlruns" / "mlflow.db").write_bytes(b"x" * 5000)
    done = _run(tmp_path)
    assert (done.returncode, done.stdout) == (6, "")
    assert done.stderr.startswith("error: ") and len(done.stderr.splitlines()) == 1
    assert "file is not a database" in done.stderr
