"""The check of params.yaml covers every stage and changes nothing."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from bench.house.imports import ROOT
from recsys.program.errors import ConfigError
from stages import check
from tests.worlds import complains, make_shop, snapshot


def test_the_projects_own_params_are_right() -> None:
    check.main(ROOT / "params.yaml")


def test_every_stage_of_the_graph_that_has_params_is_checked() -> None:
    graph = YAML(typ="safe", pure=True).load(
        (ROOT / "dvc.yaml").read_text(encoding="utf-8")
    )
    with_params = [
        name
        for stage in graph["stages"].values()
        for name in reversed(stage.get("params", ()))
        if "." not in name
    ]
    keys = {  # of sections that a stage does not depend on as a whole
        name.split(".")[0]
        for stage in graph["stages"].values()
        for name in stage.get("params", ())
        if "." in name
    }
    assert keys <= {"engine", *with_params}
    assert [one for one in check.SECTIONS if one != "engine"] == with_params
    assert "engine" in keys


@pytest.mark.parametrize("stage", check.SECTIONS)
@pytest.mark.parametrize("changes", [{"no_such_key": 1}])
def test_an_unknown_key_in_any_stage_is_found(
    tmp_path: Path, stage: str, changes: dict[str, Any]
) -> None:
    shop = make_shop(tmp_path)
    shop.configure(**{stage: changes})
    with complains(ConfigError, shop.params, f"{stage}.no_such_key"):
        check.main(shop.params)


def test_a_section_of_nobody_is_told_the_nearest_name(tmp_path: Path) -> None:
    path = tmp_path / "params.yaml"
    text = (ROOT / "params.yaml").read_text(encoding="utf-8")
    path.write_text(f"{text}tunes: {{}}\n", encoding="utf-8")
    check.main(path)  # which sections others have is not known here
    with complains(
        ConfigError, path, "unknown section 'tunes' (did you mean tune?); known are"
    ):
        check.main(
            path, others="tune,gate,court,runner,alerts,deploy,health,cleanup,pages"
        )


def test_as_a_program_it_is_exit_0_or_2_with_one_line_and_writes_nothing(
    tmp_path: Path,
) -> None:
    shop = make_shop(tmp_path)
    found = []
    for settings in ({}, {"train_als": {"factors": "many"}}):
        shop.configure(**settings)
        before = snapshot(tmp_path)
        done = subprocess.run(
            [sys.executable, "-m", "stages.check", "--params", shop.params],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        found.append((done.returncode, done.stdout, done.stderr))
        assert snapshot(tmp_path) == before
    assert found[0] == (0, "", "")
    assert found[1][:2] == (2, "")
    (line,) = found[1][2].splitlines()
    assert line.startswith(f"error: {shop.params}: train_als.factors: ")
    assert "'many'" in line
