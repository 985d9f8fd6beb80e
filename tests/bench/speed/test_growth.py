"""Growth with the rows, on made-up runs."""

from pathlib import Path

import pytest

from bench.speed import growth
from bench.speed.cost import Cost
from bench.speed.project import Project


def test_an_exponent_is_that_of_the_power_between_two_points() -> None:
    assert growth.exponent((10, 1000), (2.0, 200.0)) == pytest.approx(1.0)
    assert growth.exponent((10, 1000), (5.0, 50.0)) == pytest.approx(0.5)
    assert growth.exponent((10, 1000), (0.0, 1.0)) is None
    assert growth.exponent((10, 10), (1.0, 1.0)) is None


def test_a_table_has_each_size_and_the_exponents_between() -> None:
    found = [
        {"rows": rows, "costs": {"merge": {"wall": wall, "cpu": 1.0, "peak": 100}}}
        for rows, wall in ((100, 1.0), (1000, 10.0), (10_000, 1000.0))
    ]
    shown = "\n".join(growth.lines(found))
    assert "| wall s | 100 rows | 1,000 rows | 10,000 rows | exponent 100 rows" in shown
    assert "| merge | 1.0 | 10.0 | 1000.0 | 1.00 | 2.00 | 1.50 |" in shown
    two = "\n".join(growth.lines(found[:2]))
    assert "| merge | 1.0 | 10.0 | 1.00 |" in two
    assert "| merge | 100 | 100 | 100 | 0.00 | 0.00 | 0.00 |" in shown


def test_kernels_of_a_small_run_are_taken_to_each_size(monkeypatch) -> None:
    made, taken = [], []

    class Told(Project):
        def run(self, *_: str) -> Cost:
            return Cost(1.0, 2.0, 3)

        def stages(self) -> dict[str, Cost]:
            return {"merge": Cost(0.5, 1.0, 2)}

        def take_kernels(self, compiled: Path) -> None:
            taken.append(compiled.name)

    def make(folder: Path, *options: str) -> Told:
        made.append((folder.name, options[:4]))
        return Told(folder)

    monkeypatch.setattr(growth, "make_project", make)
    monkeypatch.setattr(growth, "rows_of", lambda _: 7)
    found = growth.measure(Path("scratch"), (10, 20))
    assert [name for name, _ in made] == ["small", "10", "20"]
    assert made[1][1] == ("--reviews", "10", "--users", "1") and taken == [
        "small",
        "small",
    ]
    assert found[0]["costs"]["merge"] == {"wall": 0.5, "cpu": 1.0, "peak": 2}


def test_rows_are_those_below_the_header(tmp_path: Path) -> None:
    (tmp_path / "reviews.csv").write_text("a\n1\n2\n")
    assert growth.rows_of(tmp_path / "reviews.csv") == 2


def test_a_size_that_is_no_number_is_one_message(capsys) -> None:
    assert growth.main(["--sizes", "10,many"]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_users_and_products_grow_with_the_reviews_if_not_said(monkeypatch) -> None:
    asked = []
    monkeypatch.setattr(
        growth,
        "run_once",
        lambda _folder, _kernels, *options: asked.append(options) or {},
    )
    growth.measure(Path("scratch"), (1650, 16_500), None, (7, 8))
    assert asked[1][:6] == ("--reviews", "1650", "--users", "200", "--products", "7")
    assert asked[2][:6] == ("--reviews", "16500", "--users", "2000", "--products", "8")


def test_one_number_is_that_of_every_size() -> None:
    assert growth.numbers("5", 3) == [5, 5, 5] and growth.numbers(None, 3) is None
    assert growth.numbers("5,6", 2) == [5, 6]
    with pytest.raises(ValueError, match="5,6: give one number, or 3"):
        growth.numbers("5,6", 3)
