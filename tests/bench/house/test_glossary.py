"""The words of a small glossary are looked for where they count."""

from pathlib import Path

import pytest

from bench.house import glossary

PAGE = """# Glossary

| term | meaning |
|---|---|
| user, item | who, and what |
| `recall_at_10` | hits |
| cold item | few positives |
"""


@pytest.fixture
def house(tmp_path: Path) -> Path:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/glossary.md").write_text(PAGE)
    (tmp_path / "recsys").mkdir()
    (tmp_path / "recsys/rank.py").write_text(
        "def rank(cold_items, n_users):\n    pass\n"
    )
    (tmp_path / "runner.py").write_text("")
    (tmp_path / "params.yaml").write_text("primary: recall_at_10\n")
    (tmp_path / "README.md").write_text("Every user is served.\n")
    return tmp_path


def test_terms_are_the_first_cells_cut_at_commas(house: Path) -> None:
    assert glossary.terms(house) == ["user", "item", "recall_at_10", "cold item"]


@pytest.mark.parametrize(
    ("term", "places"),
    [
        ("user", ["recsys/rank.py", "README.md"]),
        ("cold item", ["recsys/rank.py"]),
        ("recall_at_10", ["params.yaml"]),
        ("champion", []),
    ],
)
def test_a_term_is_found_with_spaces_or_underscores_one_or_many(
    house: Path, term: str, places: list[str]
) -> None:
    assert glossary.uses_of(house, term) == places


def test_another_word_is_named_with_its_place_and_ours(house: Path) -> None:
    assert glossary.other_words(house) == [
        "recsys/rank.py:1: n_users; the glossary's word is users"
    ]
