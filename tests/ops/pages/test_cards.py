"""The card of a model as a page, and that nothing in it is run."""

from pathlib import Path

from ops.pages import cards
from ops.pages.cards import Card
from tests.ops.conftest import Shop
from tests.pages import HOSTILE, check_harmless, check_readable, words

ID = "als-000000000001"
TEXT = f"""# {ID}: recall_at_10 0.3

**Verdict:** gate: HOLD

## Data

- `x` of {HOSTILE}
- [here](javascript:alert(1)) ![there](http://elsewhere/x.png)

| metric | this |
|---|---|
| recall_at_10 | 0.3 |
"""


def page(text: str) -> str:
    return cards.page(Card(3, "Staging", text, ID), {"../index.html": "Home"})


def test_the_cards_of_the_registry(shop: Shop, tmp_path: Path) -> None:
    number = shop.stage(ID)
    shop.client.update_model_version("recommender", str(number), description=TEXT)
    shop.register("als-000000000002")  # it has no card
    assert cards.cards(shop.mlruns) == [Card(number, "Staging", TEXT, ID)]
    assert cards.cards(tmp_path / "nowhere") == []


def test_an_id_that_is_no_name_of_a_file_has_no_page(shop: Shop) -> None:
    number = shop.register("../x")
    shop.client.update_model_version("recommender", str(number), description=TEXT)
    assert cards.cards(shop.mlruns) == []


def test_a_card_is_read_as_it_was_meant() -> None:
    html = page(TEXT)
    told = words(html)
    assert f"{ID}: recall_at_10 0.3 Verdict: gate: HOLD" in told
    assert "Version 3 of the registered model, in stage Staging." in told
    assert '<th scope="col">metric</th>' in html
    assert "recall_at_10 0.3" in told


def test_nothing_in_it_is_run_or_fetched() -> None:
    html = page(TEXT)
    check_harmless(html)
    assert 'href="javascript' not in html and "<img" not in html


def test_it_is_readable() -> None:
    html = page(
        TEXT.replace("| metric | this |\n|---|---|\n| recall_at_10 | 0.3 |\n", "")
    )
    check_readable(html, plots=0)
