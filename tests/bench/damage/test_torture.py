"""A short form of the torture campaign: the same judges, few files."""

import logging

import pytest

from bench.damage import torture
from bench.damage.corpora import files_of
from bench.damage.tally import Tally
from bench.damage.trial_shop import TrialShop
from bench.damage.verdicts import Verdict
from bench.house.imports import ROOT
from tests.bench.damage.judged import HEADER, TIME

CORPORA = ROOT.parent / "shared" / "torture"

needs_corpora = pytest.mark.skipif(
    not CORPORA.is_dir(),
    reason="the awkward public files (../shared/torture) are not here",
)


def test_a_process_of_its_own_ends_with_the_same_verdict(shop):
    good = f"{HEADER}a,p1,5,,{TIME}\n".encode()
    assert torture.alone(shop, "good", good, shop.judge(good)) == []
    assert (
        torture.alone(shop, "no header", b"x,y\n1,2\n", shop.judge(b"x,y\n1,2\n")) == []
    )


@needs_corpora
@pytest.mark.parametrize(
    "corpus", sorted(path.name for path in CORPORA.glob("*") if path.is_dir())
)
def test_public_files_have_a_verdict(shop, corpus, monkeypatch):
    files = files_of(CORPORA / corpus)
    monkeypatch.setattr(torture, "files_of", lambda _: files[:: len(files) // 8 + 1])
    monkeypatch.setattr(torture, "ALONE_EVERY", 10**9)
    as_is, below = Tally(), Tally()
    torture.whole_files(CORPORA / corpus, shop, as_is, below)
    assert as_is.faults + below.faults == []
    assert as_is.inputs == below.inputs == len(files[:: len(files) // 8 + 1])


@needs_corpora
@pytest.mark.parametrize(
    "corpus", ["blns", "csv-spectrum", "datatable", "jsontestsuite", "w3c-csvw"]
)
def test_public_cells_go_round(shop, corpus):
    tally = Tally()
    torture.single_cells(CORPORA / corpus, shop, tally)
    assert tally.faults == []
    assert (
        tally.rows["accepted"] > 1.5 * tally.rows["(cells put in)"]
    )  # of three columns


@needs_corpora
def test_json_and_parquet_are_read_or_refused():
    report: torture.Report = {}
    torture.readers(CORPORA, report)
    assert [fault for tally in report.values() for fault in tally.faults] == []
    assert [tally.inputs for tally in report.values()] == [340, 8]


def test_our_header_is_as_wide_as_the_first_line():
    assert torture.under_our_header(b"a,b\n").decode() == f"{HEADER}a,b\n"
    wide = torture.under_our_header(b"a,b,c,d,e,f\n").decode().splitlines()[0]
    assert wide == f"{HEADER.strip()},extra0"


@pytest.mark.parametrize(
    ("outcome", "code", "said", "is_fault"),
    [
        ("merged", 0, "", False),
        ("refused", 3, "one line", False),
        ("refused", 0, "", True),
        ("merged", 3, "", True),
        ("crash", 70, "Traceback", True),
    ],
)
def test_a_process_that_ends_otherwise_than_this_one_is_a_fault(
    shop: TrialShop, monkeypatch, outcome, code, said, is_fault
):
    monkeypatch.setattr(TrialShop, "judge_alone", lambda *_: (code, said))
    faults = torture.alone(shop, "x", b"", Verdict(outcome))
    assert bool(faults) == is_fault


def test_the_whole_campaign_writes_its_tables(tmp_path, monkeypatch):
    few = {name: torture.MUTATIONS[name] for name in ("bad rating", "lost quote")}
    monkeypatch.setattr(torture, "MUTATIONS", few)
    corpora = tmp_path / "corpora"
    for name, file, text in (
        ("jsontestsuite", "y_one.json", '{"a": ["b"]}'),
        ("jsontestsuite", "n_two.json", "{"),
        ("parquet-bad", "bad.parquet", "PAR1"),
        ("plain", "drop.csv", f"{HEADER}a,p1,5,,{TIME}\n"),
    ):
        (corpora / name).mkdir(parents=True, exist_ok=True)
        (corpora / name / file).write_text(text)
    out = tmp_path / "out.md"
    params = ROOT / "params.yaml"
    options = ["--mutations", "20", "--out", str(out), "--params", str(params)]
    assert torture.main([str(corpora), *options]) == 0
    text = out.read_text()
    assert (
        f"    python -m bench.damage.torture {corpora} --mutations 20 --seed 1\n"
        in text
    )
    assert "| none (sound drops) | 1 | 12 | 0 |  |  | 0 |" in text
    assert "| bad rating | 10 | " in text
    assert "| plain | 1 | 1 | 0 |  |  | 0 |" in text  # as it is
    assert (
        "| read_json, jsontestsuite | 2 | 0 | 0 | (loaded) 1 | not readable 1 | 0 |"
        in text
    )
    assert text.endswith("## Faults\n\nNone.\n")


def test_warnings_are_heard_again_afterwards() -> None:
    with torture.without_warnings():
        assert not logging.getLogger("recsys").isEnabledFor(logging.WARNING)
    assert logging.getLogger("recsys").isEnabledFor(logging.WARNING)
