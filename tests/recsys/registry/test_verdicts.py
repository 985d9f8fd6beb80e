"""A verdict is a tag and a line of the card, and publishing again leaves it."""

from pathlib import Path

import pytest

from recsys.program.errors import StoreError
from recsys.registry import verdicts, versions
from tests.recsys.registry.worlds import VALUES, World
from tests.worlds import complains


def card_of(world: World) -> tuple[str, str]:
    """The description of version 1, and the file of its run."""
    version = world.client.get_model_version(versions.MODEL, "1")
    path = world.client.download_artifacts(version.run_id, "MODEL_CARD.md")
    return str(version.description), Path(path).read_text()


def test_the_card_has_the_verdict(world: World) -> None:
    published = world.publish()
    assert "**Verdict:** not judged yet" in card_of(world)[0]
    for _ in range(2):
        verdicts.judge(world.client, published.version, "HOLD: too few users")
    for text in card_of(world):
        assert "**Verdict:** HOLD: too few users\n" in text
    version = versions.find(world.client, published.model_id)
    assert version and version.verdict == "HOLD: too few users"


@pytest.mark.parametrize("als", [0.3, 0.4])
def test_publishing_again_leaves_the_verdict(world: World, als: float) -> None:
    published = world.publish()
    verdicts.judge(world.client, published.version, "PROMOTE")
    world.report({**VALUES, "als": als})
    world.publish()
    for text in card_of(world):
        assert "**Verdict:** PROMOTE\n" in text
        assert f"| recall_at_10 | {als:.4f}" in text


def test_no_version_no_verdict(world: World) -> None:
    with complains(StoreError, "no version 7"):
        verdicts.judge(world.client, 7, "HOLD")
