"""The pages are made by one child at a time, when jobs have ended since."""

import sys
import time
from pathlib import Path

from ops.scheduler.page_maker import PageMaker


def maker(folder: Path, seconds: float = 0) -> PageMaker:
    code = f"import time; open(r'{folder / 'made'}', 'a').write('x'); time.sleep({seconds})"
    return PageMaker((sys.executable, "-c", code))


def made(folder: Path) -> int:
    path = folder / "made"
    return len(path.read_text()) if path.exists() else 0


def wait_for(pages: PageMaker) -> None:
    assert pages.child
    pages.child.wait(20)


def test_at_first_and_then_only_after_a_job(tmp_path: Path) -> None:
    pages = maker(tmp_path)
    pages.see_to(0)
    wait_for(pages)
    pages.see_to(0)
    assert pages.child is None and made(tmp_path) == 1
    pages.see_to(2)
    wait_for(pages)
    assert made(tmp_path) == 2


def test_what_ends_while_a_child_is_at_work_is_shown_after_it(tmp_path: Path) -> None:
    pages = maker(tmp_path, 600)
    pages.see_to(0)
    first = pages.child
    pages.see_to(1)
    assert pages.child is first and pages.shown == 0
    began = time.monotonic()
    pages.end()
    assert time.monotonic() - began < 20
    pages.see_to(1)
    assert pages.shown == 1 and pages.child is not first
    pages.end()


def test_a_child_that_cannot_start_ends_nothing(tmp_path: Path) -> None:
    pages = PageMaker((str(tmp_path / "nowhere"),))
    pages.see_to(0)
    pages.see_to(1)
    assert pages.child is None
    pages.end()
