"""`runner.py pages`: the command as an operator types it."""

import resource
import shutil
from pathlib import Path

import pytest

from bench.house.imports import ROOT
from ops.pages import command
from recsys.serving.shop_page import FILE
from tests.operator_shell import make_project, runner
from tests.ops.conftest import Shop
from tests.ops.explain.rows import NOW
from tests.ops.explain.worlds import lived
from tests.pages import words

ID = "als-000000000001"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    make_project(tmp_path)
    return lived(tmp_path)


def switched(root: Path, on: str) -> None:
    shipped = (ROOT / "params.yaml").read_text(encoding="utf-8")
    text = shipped.replace("in_service: false", f"in_service: {on}")
    (root / "params.yaml").write_text(text, encoding="utf-8")


def test_the_page_is_made_in_little_time(project: Path) -> None:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = runner(project, "pages")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert (done.returncode, done.stderr) == (0, "")
    assert "wrote reports/index.html" in done.stdout
    told = words((project / "reports/index.html").read_text(encoding="utf-8"))
    assert "The runner is not up. Live is als-1 since 2026-11-22 11:00." in told
    assert runner(project, "pages", "--quiet").stdout == ""
    spent = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    assert spent < 4  # 1 s; the rest is for a busy machine


def test_a_page_a_model_and_none_of_one_that_is_gone(shop: Shop) -> None:
    root = shop.mlruns.parent
    shutil.copy(ROOT / "params.yaml", root)
    number = str(shop.stage(ID))
    shop.client.update_model_version("recommender", number, description=f"# {ID}: x")
    old = root / "reports/models/als-000000000009.html"
    old.parent.mkdir(parents=True)
    old.touch()
    command.make(root, root / "params.yaml", NOW)
    assert [path.name for path in old.parent.iterdir()] == [f"{ID}.html"]
    index = (root / "reports/index.html").read_text(encoding="utf-8")
    assert f'href="models/{ID}.html"' in index


def test_the_page_of_the_service_is_there_only_where_it_is_switched_on(
    project: Path,
) -> None:
    served = project / "releases" / FILE
    command.make(project, project / "params.yaml", NOW)
    assert not served.exists()
    switched(project, "true")
    command.make(project, project / "params.yaml", NOW)
    assert "als-1" in served.read_text(encoding="utf-8")
    assert 'href="gate.html' not in served.read_text(encoding="utf-8")
    switched(project, "false")
    command.make(project, project / "params.yaml", NOW)
    assert not served.exists()
