"""The units for systemd are whole, hardened, and name what there is."""

import shutil
import subprocess
from configparser import RawConfigParser
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from bench.house.imports import ROOT

UNITS = ("runner/shop-runner.service", "service/shop-recommender.service")
HOME = "/srv/shop-recommender"
HARD = {
    "NoNewPrivileges": "yes",
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "PrivateTmp": "yes",
    "ProtectControlGroups": "yes",
    "CapabilityBoundingSet": "",
    "Restart": "on-failure",
}


def section(name: str) -> dict[str, str]:
    parser = RawConfigParser(strict=True)
    parser.optionxform = str  # type: ignore[assignment,method-assign] # names keep their case
    parser.read(ROOT / "tools" / name)
    return dict(parser["Service"])


@pytest.mark.parametrize("name", UNITS)
def test_a_unit_is_hardened_and_starts_a_program_that_there_is(name: str) -> None:
    found = section(name)
    assert {key: found.get(key) for key in HARD} == HARD
    python, program, *_ = found["ExecStart"].split()
    assert python == f"{HOME}/.venv/bin/python" and (ROOT / program).exists()
    assert found["RestartPreventExitStatus"] == "2 5"  # it would not help


def test_the_runner_is_watched() -> None:
    found = section(UNITS[0])
    assert found["Type"] == "notify" and int(found["WatchdogSec"]) >= 60
    assert int(found["TimeoutStopSec"]) > 30  # jobs have 10 s of grace, twice


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd here")
@pytest.mark.parametrize("name", UNITS)
def test_systemd_finds_nothing_wrong(tmp_path: Path, name: str) -> None:
    text = (ROOT / "tools" / name).read_text(encoding="utf-8")
    unit = tmp_path / Path(name).name
    unit.write_text(text.replace(f"{HOME}/.venv/bin/python", "/usr/bin/env python"))
    command = ["systemd-analyze", "verify", str(unit)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_compose_has_the_three_and_builds_from_files_that_there_are() -> None:
    folder = ROOT / "tools/runner"
    text = (folder / "compose.yaml").read_text(encoding="utf-8")
    tree = YAML(typ="safe", pure=True).load(text)
    assert set(tree["services"]) == {"runner", "ui"}
    (service,) = tree["include"]
    assert (folder / service).exists()
    build = tree["services"]["runner"]["build"]
    assert (folder / build["context"] / build["dockerfile"]).exists()
    assert tree["services"]["runner"]["working_dir"].startswith("${PROJECT:?")
