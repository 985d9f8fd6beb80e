"""The account of a merged drop is checked, and a planted fault is seen."""

import pytest

from bench.damage.account import account, lines_of
from bench.damage.verdicts import Verdict
from tests.bench.damage.judged import HEADER, TIME


@pytest.fixture(scope="module")
def merged(shop) -> tuple[bytes, Verdict]:
    rows = (
        f'a,p1,5,"x\ny",{TIME}\n',
        f"b,p1,9,,{TIME}\n",
        "\n",
        f"c,p1,4,z,{TIME}\n",
        f"c,p1,4,z,{TIME}\n",
    )
    data = (HEADER + "".join(rows)).encode()
    return data, shop.judge(data)


def test_a_right_account_has_no_fault(merged):
    assert account(*merged) == []
    assert merged[1].counts == {
        "read": 4,
        "accepted": 2,
        "duplicates": 1,
        "quarantined": 1,
    }


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda verdict: verdict.accepted[0].update(comment="x"), "accepted"),
        (lambda verdict: verdict.accepted[0].update(user_id="b"), "accepted"),
        (lambda verdict: verdict.accepted[0].update(line=3), "accepted"),
        (
            lambda verdict: verdict.quarantined[0].update(line=3),
            "line 3 counts 2 times",
        ),
        (lambda verdict: verdict.quarantined.clear(), "counts"),
        (lambda verdict: verdict.counts.update(duplicates=0), "counted as duplicates"),
    ],
)
def test_the_account_shows_a_planted_fault(shop, merged, change, fault):
    data, _ = merged
    verdict = shop.judge(data)
    change(verdict)
    assert any(fault in said for said in account(data, verdict)), account(data, verdict)


def test_rows_without_counts_are_a_fault():
    assert account(b"", Verdict("merged")) == []
    assert account(b"", Verdict("merged", accepted=[{}])) == ["rows without an account"]


@pytest.mark.parametrize(
    ("reason", "lines"),
    [("rating_range", 2), ("quote", 1)],
)
def test_a_stray_quote_costs_its_line_and_anything_else_the_record(reason, lines):
    row = {"reason": reason, "raw": 'a,"x'}
    assert lines_of(b'a,"x\ny"\nb\n', 0, row) == lines
