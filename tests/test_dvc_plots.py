"""`dvc plots show` draws all curves, split by model, without a network."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from bench.house.imports import ROOT
from bench.pages.browser import Tab

FILES = {
    "plots/ranking.csv": "model,k,recall\nals,5,0.1\nals,10,0.2\nbpr,5,0.1\nbpr,10,0.3\n",
    "plots/training.csv": (
        "curve,step,value\nals loss,1,9.0\nals loss,2,7.0\nbpr fold_auc,1,0.5\n"
        "bpr fold_auc,2,0.7\nbpr train_auc,1,0.6\n"
    ),
}


def dvc(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "dvc", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a project that has the shipped templates and the shipped plots."""
    folder = tmp_path_factory.mktemp("plots")
    dvc(folder, "init", "--no-scm", "-q")
    shutil.copytree(ROOT / ".dvc/plots", folder / ".dvc/plots", dirs_exist_ok=True)
    shipped = (ROOT / ".dvc/config").read_text()
    config = shipped.replace("[core]\n", "[core]\n    no_scm = true\n")
    (folder / ".dvc/config").write_text(config)
    (folder / "plots").mkdir()
    stages = YAML(typ="safe").load((ROOT / "dvc.yaml").read_text())["stages"]
    drawn = [
        {name: facts}
        for plot in stages["evaluate"]["plots"]
        for name, facts in plot.items()
    ]
    for plot in drawn:
        for name, facts in plot.items():
            facts.pop("persist")
            (folder / name).write_text(FILES[name])
    (folder / "dvc.yaml").write_text(json.dumps({"plots": drawn}))
    dvc(folder, "plots", "show", "-o", "out")
    return folder / "out/index.html"


def test_every_plot_is_drawn_and_nothing_is_fetched(tab: Tab, page: Path) -> None:
    tab.look(1280)
    before = len(tab.requested)
    tab.open(page.as_uri())
    assert (
        tab.evaluate(
            "document.querySelectorAll('.vega-embed canvas, .vega-embed svg.marks').length"
        )
        >= 2
    )
    fetched = [one for one in tab.requested[before:] if not one.startswith("data:")]
    assert fetched == [page.as_uri()]
    seen = tab.evaluate("document.body.innerText")
    assert "error" not in seen.lower()


def test_the_rows_keep_their_model_and_their_curve(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for word in ('"model": "bpr"', '"curve": "bpr fold_auc"', '"curve": "als loss"'):
        assert word in text
    assert "cdn." not in text
