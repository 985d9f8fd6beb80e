"""The desk: a new model takes its place beside the old one, or nothing changes."""

import gc
import weakref
from collections.abc import Callable
from pathlib import Path

import pytest

from recsys.program.errors import DataError
from recsys.serving import desk as desk_module
from recsys.serving import pointer
from recsys.serving.desk import Desk
from tests.recsys.serving import worlds
from tests.worlds import complains


def raising(error: Exception) -> Callable[..., None]:
    def function(*_: object) -> None:
        raise error

    return function


@pytest.fixture
def shop(tmp_path: Path) -> tuple[Path, str, str]:
    """The releases, and the ids of two."""
    ids = worlds.publish(tmp_path), worlds.publish(tmp_path, popularity=9.0)
    return tmp_path / "releases", *ids


def test_generations_count_up_and_a_refusal_changes_nothing(
    shop: tuple[Path, str, str],
) -> None:
    releases, first, second = shop
    desk = Desk(releases)
    assert desk.load(first).generation == 1
    assert desk.load(first).generation == 2
    worlds.damage(releases / second, "popularity", lambda array: array * float("inf"))
    before = desk.current
    with complains(DataError, "infinite or none"):
        desk.load(second)
    assert desk.current is before


def test_it_says_what_it_serves(shop: tuple[Path, str, str]) -> None:
    about = Desk(shop[0]).load(shop[1]).about()
    assert (about["model_id"], about["users"], about["products"]) == (shop[1], 15, 10)


def test_the_pointer_is_followed_where_it_says_something_new(
    shop: tuple[Path, str, str],
) -> None:
    releases, first, second = shop
    desk = Desk(releases)
    assert not desk.follow()
    with complains(DataError, "nothing was published yet"):
        desk.pointed_at()
    pointer.switch(releases, first)
    assert desk.follow()
    assert desk.pointed_at() == first
    desk.load(second)  # a reload by hand is not undone
    assert not desk.follow()
    pointer.switch(releases, second)
    assert not desk.follow()  # it is served already
    pointer.switch(releases, first)
    assert desk.follow()


def test_a_pointer_that_nobody_had_looked_at_does_not_undo_a_later_reload(
    shop: tuple[Path, str, str],
) -> None:
    releases, first, second = shop
    desk = Desk(releases)
    desk.load(first)
    pointer.switch(releases, first)
    desk.load(second)  # a deployment: the pointer moves once this one answers
    assert not desk.follow()
    assert desk.current and desk.current.model_id == second
    pointer.switch(releases, second)
    assert not desk.follow()


def test_a_pointer_to_what_cannot_be_served_is_a_problem_until_it_is_mended(
    shop: tuple[Path, str, str],
) -> None:
    releases, first, second = shop
    desk = Desk(releases)
    desk.load(first)
    pointer.switch(releases, "als-0123456789ab")
    assert not desk.follow()
    assert "no such release" in desk.problem
    assert desk.current and desk.current.model_id == first
    (releases / "current").write_text("../..")
    assert not desk.follow()
    assert "no id of a model" in desk.problem
    pointer.switch(releases, second)
    assert desk.follow()
    assert desk.problem == ""


def test_a_new_model_hides_what_the_former_hid(shop: tuple[Path, str, str]) -> None:
    releases, first, second = shop
    (releases / "hidden.txt").write_text("p0\n")
    (releases / "delisted.txt").write_text("p3\n")
    desk = Desk(releases)
    for model_id in (first, second):
        about = desk.load(model_id).about()
        assert (about["hidden_products"], about["delisted_products"]) == (2, 1)
    (releases / "hidden.txt").write_text("p0\np1\np2\n")
    assert desk.look_at_what_is_hidden()
    assert desk.current and desk.current.about()["hidden_products"] == 4


def test_a_model_that_was_replaced_leaves_memory_at_once(
    shop: tuple[Path, str, str],
) -> None:
    desk = Desk(shop[0])
    former = weakref.ref(desk.load(shop[1]).recommender.release)
    gc.disable()
    try:
        desk.load(shop[2])
        assert former() is None
    finally:
        gc.enable()


def test_a_problem_ends_when_the_pointer_names_what_is_served(
    shop: tuple[Path, str, str],
) -> None:
    releases, first, _ = shop
    pointer.switch(releases, first)
    desk = Desk(releases)
    assert desk.follow()
    for wrong in ("torn", "als-0123456789ab"):
        (releases / "current").write_text(wrong)
        assert not desk.follow() and desk.problem
        pointer.switch(releases, first)
        assert not desk.follow() and not desk.problem


def test_a_pointer_that_is_missing_is_a_problem_where_it_has_to_be(
    shop: tuple[Path, str, str],
) -> None:
    releases, first, _ = shop
    desk = Desk(releases)
    assert not desk.follow() and "nothing was published yet" in desk.problem
    desk.load(first)  # by hand
    assert not desk.follow() and not desk.problem
    pointer.switch(releases, first)
    assert not desk.follow() and not desk.problem
    (releases / "current").unlink()  # a service that begins now has no model
    assert not desk.follow() and "current: is gone; the model" in desk.problem
    pointer.switch(releases, first)
    assert not desk.follow() and not desk.problem


def test_a_folder_that_is_away_hides_what_it_hid(shop: tuple[Path, str, str]) -> None:
    """A share that is not mounted: nothing of it is there, or an empty folder in its place."""
    releases, first, _ = shop
    (releases / "hidden.txt").write_text("p0\n")
    pointer.switch(releases, first)
    desk, away = Desk(releases), releases.with_name("away")
    assert desk.follow() and desk.current
    desk.look_at_what_is_hidden()
    hidden = desk.current.recommender.catalogue.hidden
    releases.rename(away)
    for look in range(2):
        assert not desk.follow() and "is gone" in desk.problem
        assert not desk.look_at_what_is_hidden() and hidden.sum() == 1, look
        releases.mkdir(exist_ok=True)
    releases.rmdir()
    away.rename(releases)
    assert not desk.follow() and not desk.problem
    assert not desk.look_at_what_is_hidden() and hidden.sum() == 1
    (releases / "hidden.txt").unlink()
    assert desk.look_at_what_is_hidden()
    assert desk.current.recommender.catalogue.hidden.sum() == 0


def test_a_folder_that_cannot_be_looked_into_is_a_problem(
    shop: tuple[Path, str, str],
) -> None:
    """As of a share whose server refuses: neither that nothing is there, nor a traceback."""
    releases, first, _ = shop
    pointer.switch(releases, first)
    (releases / "hidden.txt").write_text("p0\n")
    desk = Desk(releases)
    assert desk.follow() and desk.hidden.lines[0] == {"p0"}
    releases.rename(releases.with_name("away"))
    releases.symlink_to(releases)  # a link to itself: the system refuses each look
    assert not desk.follow() and "symbolic links" in desk.problem
    assert not desk.look_at_what_is_hidden() and "symbolic" in desk.hidden.problem


def test_a_release_that_was_not_whole_is_served_when_it_is(
    shop: tuple[Path, str, str],
) -> None:
    releases, first, second = shop
    desk = Desk(releases)
    (releases / second / "popularity.npy").rename(releases / "kept")
    pointer.switch(releases, second)
    assert not desk.follow() and "popularity.npy" in desk.problem
    desk.load(first)  # by hand: what `current` said before is older news
    assert not desk.follow() and not desk.problem
    pointer.switch(releases, first)
    assert not desk.follow()
    pointer.switch(releases, second)
    assert not desk.follow() and not desk.follow()
    (releases / "kept").rename(releases / second / "popularity.npy")  # as a copy ends
    assert desk.follow() and not desk.problem
    assert desk.current and desk.current.model_id == second
    assert not desk.follow()


def test_what_the_machine_lacks_for_a_moment_is_tried_again(
    shop: tuple[Path, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    releases, first, _ = shop
    pointer.switch(releases, first)
    desk = Desk(releases)
    with monkeypatch.context() as patch:
        patch.setattr(desk_module, "digest", raising(MemoryError("Unable to allocate")))
        assert not desk.follow()
        assert "cannot be loaded now (Unable to allocate" in desk.problem
    assert desk.follow() and not desk.problem
