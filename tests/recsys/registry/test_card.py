"""The card says what the model is worth, on what, and how it is made again."""

from dataclasses import replace

from recsys.registry import card
from tests.recsys.registry.cards import EVALUATION, FACTS, MANIFEST

TEXT = card.text(FACTS)


def test_the_first_line_is_all_that_tables_show() -> None:
    model_id = MANIFEST.model_id
    assert TEXT.splitlines()[0] == (
        f"# {model_id}: recall_at_10 0.5000, popularity 0.2500"
    )


def test_data_split_metrics_cold_start_limits_and_lineage() -> None:
    for line in (
        "- 10 events (2026-01-02 to 2026-03-04) of 4 users with 5 products; data "
        "`abababababab` (sha256 of `data/processed/interactions.parquet`)",
        "- split `leave_one_out`: trained on 6 events of 3 users, measured on 941 test users, "
        "full ranking over all unseen products",
        "- its lists know the purchases that it was measured on, too; the figures below do not",
        "| recall_at_10 | 0.5000 [0.4000, 0.6000] | 0.2500 [0.2000, 0.3000] | "
        "+0.2500 [+0.2000, +0.3000] |",
        "| ndcg_at_10 | 0.3000 | - | - |",
        "| coverage_at_10 | 0.8000 | - | - |",
        "- users with one known purchase: recall_at_10 0.4500; with none: the popular products",
        "- cold products whose rows come from their texts: 0 positives",
        "- cold products have 7.0% of all places of the lists",
        "- 1 of 4 users have too little to be trained on: their lists are made by the rule for "
        "new users",
        "- code: `0123abc`",
        "- data and params: `dvc.lock` `efefefefefef`",
        "- made of `users.parquet` `cdcdcdcdcdcd`",
        f"- rebuilt and compared by `python runner.py reproduce {MANIFEST.model_id}`",
    ):
        assert line in TEXT.splitlines(), line


def test_what_was_not_committed_and_what_is_not_there_is_said() -> None:
    dirty = {"mlflow.source.git.commit": "0123abc", "git_changed_code": "recsys/a.py"}
    told = card.text(replace(FACTS, lineage=dirty))
    assert "- code: `0123abc`, with uncommitted changes in recsys/a.py" in told
    assert "`dvc.lock` is not there" in told
    assert "- code: no git here" in card.text(replace(FACTS, lineage={}))


def test_the_verdict_is_a_line_that_can_be_replaced() -> None:
    assert "**Verdict:** not judged yet" in TEXT
    judged = card.with_verdict(TEXT, "PROMOTE: it is\nsuperior by \\1 .02")
    assert judged == card.text(FACTS, "PROMOTE: it is superior by \\1 .02")
    assert card.with_verdict(judged, "") == TEXT


def test_it_fits_into_a_description_of_mlflow() -> None:
    long = {f"file{number}.npz": "ab" * 32 for number in range(300)}
    manifest = MANIFEST.model_copy(update={"inputs": long})
    assert len(card.text(replace(FACTS, manifest=manifest))) <= 5000


def test_an_old_model_without_notes_has_a_card() -> None:
    old = MANIFEST.model_copy(update={"notes": type(MANIFEST.notes)()})
    told = card.text(replace(FACTS, manifest=old, evaluation=EVALUATION))
    assert "- cold products whose rows come from their texts: none" in told
