"""Every page is made and measured, on a small shop."""

from pathlib import Path

from bench.pages import speed
from bench.pages.timed import PAGES, Took


def test_a_small_shop_is_measured(tmp_path: Path) -> None:
    out = tmp_path / "pages.md"
    sizes = ["--reviews", "900", "--users", "300", "--runs", "1"]
    speed.main([*sizes, "--out", str(out)])
    lines = [line for line in out.read_text().splitlines() if line.startswith("| ")]
    head, *rows, whole = (
        [cell.strip() for cell in line.split("|")[1:-1]] for line in lines
    )
    assert head == ["page", "wall s", "CPU s", "KB"]
    assert [cells[0] for cells in rows] == [speed.WHERE[page] for page in PAGES]
    for cells in rows:
        assert float(cells[1]) <= 2.0 and 2 < float(cells[3]) < 1000, cells
    assert whole[0].startswith("`runner.py pages`") and float(whole[1]) > 0


def test_a_line_is_of_medians() -> None:
    runs = [Took(0.1, 0.05, 20_000), Took(0.3, 0.07, 20_000), Took(0.2, 0.09, 20_000)]
    assert speed.row("index", runs) == "| reports/index.html | 0.20 | 0.07 | 20 |"
