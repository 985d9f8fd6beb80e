"""metrics/blend.json: what a blend would give, back and forth and in words."""

from pathlib import Path

import pytest

from recsys.files.atomic import write_json
from recsys.models import blend_verdict
from recsys.models.blend_verdict import Figures, Verdict
from recsys.program.errors import DataError
from tests.worlds import complains

FIGURES = Figures(
    users=900,
    share=0.75,
    hybrid={"content": 0.1, "popularity": 1.0, "neighbours": 0.5},
    ndcg_at_10=0.4,
    als_ndcg_at_10=0.38,
    bpr_ndcg_at_10=0.37,
    lead=0.02,
    error=0.005,
    leads_again=[0.015, 0.03],
)


@pytest.mark.parametrize("figures", [FIGURES, None])
def test_back_and_forth(tmp_path: Path, figures: Figures | None) -> None:
    verdict = Verdict(offered=figures is not None, why="so", figures=figures)
    blend_verdict.write(tmp_path / "blend.json", verdict)
    assert blend_verdict.read(tmp_path / "blend.json") == verdict


def test_in_words_and_in_short() -> None:
    verdict = Verdict(offered=True, why="it leads", figures=FIGURES)
    assert verdict.sentence() == (
        "blend offered: it leads; with 0.75 of als ndcg_at_10 0.4000 of 900 validation users "
        "(als 0.3800, bpr 0.3700), lead +0.0200 (standard error 0.0050); by another seed "
        "+0.0150, +0.0300"
    )
    assert verdict.in_short() == {
        "share": 0.75,
        "ndcg_at_10": 0.4,
        "lead": 0.02,
        "error": 0.005,
    }
    none = Verdict(offered=False, why="blend.mode is off")
    assert none.sentence() == "blend not offered: blend.mode is off"
    assert none.in_short() == {}


@pytest.mark.parametrize("content", [{"offered": 1, "why": ""}, [], {"offered": True}])
def test_what_is_no_verdict_is_refused(tmp_path: Path, content: object) -> None:
    write_json(tmp_path / "blend.json", content)
    with complains(DataError, tmp_path / "blend.json", "dvc repro blend"):
        blend_verdict.read(tmp_path / "blend.json")
