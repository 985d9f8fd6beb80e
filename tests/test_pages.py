"""All pages in a real browser: nothing hostile runs, nothing breaks the layout, axe is content.

Skipped where there is no Chromium; the findings of axe-core where `npm install --no-save axe-core`
was not run.
"""

import shutil
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bench.house.imports import ROOT
from bench.pages.browser import Tab
from ops.alerts import outbox
from ops.look.answers import Desk
from ops.look.server import Server
from ops.pages import cards, overview, seen
from ops.pages.cards import Card
from ops.pages.measured import Evaluated
from ops.pages.seen import Found
from recsys.reports import evaluation
from recsys.statistics.bootstrap import MeanInterval
from tests.ops.explain.rows import NOW
from tests.ops.explain.worlds import lived
from tests.ops.pages.test_cards import TEXT
from tests.recsys.reports.test_evaluation import facts
from tests.recsys.serving import worlds

SCRIPT = "<script>window.wrong = 1</script><img src=x onerror='window.wrong = 1'>"
LONG = "Kem" * 3400  # 10,200 characters
NAMES = (
    f"Kem {SCRIPT}",
    LONG,
    "كريم مرطب للبشرة الجافة",
    "קרם לחות \u202e",
    "👩‍🔬🧴✨ Serum",
)


def hostile_index(folder: Path) -> str:
    root = lived(folder)
    shutil.copytree(ROOT / "metrics", root / "metrics")
    for number, name in enumerate(NAMES):
        outbox.ill(root / "state", f"cause {number}", "critical", name, NOW)
    found = seen.look(root, root / "params.yaml", NOW)
    assert found.merged.value
    counts = found.merged.value["files"]["data_product.csv"]
    found.merged.value["files"] |= dict.fromkeys(NAMES, counts)
    value, other = MeanInterval(0.5, 0.45, 0.55), MeanInterval(0.2, 0.1, 0.3)
    points = [Evaluated(NOW, "recall_at_10", "als", value, other)]
    return overview.page(replace(found, evaluations=Found(points)), NOW, {})


def pages(folder: Path) -> dict[str, str]:
    """A page of each kind with hostile names in it."""
    card = TEXT + "".join(f"\n- {name}\n" for name in NAMES)
    return {
        "index": hostile_index(folder / "shop"),
        "card": cards.page(Card(1, "Staging", card, "als-000000000001"), {}),
        "evaluation": evaluation.page(facts()),
    }


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("pages")
    (folder / "shop").mkdir()
    addresses = {}
    for name, html in pages(folder).items():
        (folder / f"{name}.html").write_text(html, encoding="utf-8")
        addresses[name] = (folder / f"{name}.html").as_uri()
    return addresses


@pytest.fixture(scope="module")
def look(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A look at a shop whose products have hostile names; its address."""
    folder = tmp_path_factory.mktemp("look")
    desk = Desk(
        worlds.recommender(folder), worlds.recommender(folder / "b", content=0.9)
    )
    for model in desk.models:
        names = model.catalogue.names
        names[: len(NAMES)] = NAMES
        model.release.texts["names"][: len(NAMES)] = NAMES
    with Server(0, desk, "Model als-1") as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.address
        server.shutdown()
        thread.join()


def check(tab: Tab, name: str) -> None:
    assert tab.evaluate("window.wrong === undefined"), f"{name}: a script has run"
    assert tab.overflow() == 0, f"{name}: wider than the screen"


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("name", ["index", "card", "evaluation"])
def test_a_page_of_a_file(
    tab: Tab,
    made: dict[str, str],
    name: str,
    width: int,
) -> None:
    tab.look(width)
    before = len(tab.requested)
    tab.open(made[name])
    check(tab, name)
    assert tab.requested[before:] == [made[name]]  # and nothing else


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("name", ["index", "card", "evaluation"])
def test_axe_finds_nothing_serious(
    tab: Tab,
    axe: str,
    made: dict[str, str],
    name: str,
    dark: bool,
) -> None:
    tab.look(1280, dark=dark)
    tab.open(made[name])
    assert tab.findings(axe) == []


def asked(tab: Tab, address: str, **form: str) -> None:
    """Open the look, and send a form as a press of a button does."""
    tab.open(address)
    inputs = "".join(
        f"i = document.createElement('input'); i.name = {key!r}; i.value = {value!r};"
        f"f.append(i);"
        for key, value in form.items()
    )
    tab.evaluate(
        f"f = document.createElement('form'); f.method = 'post'; f.action = '/'; {inputs}"
        f"document.body.append(f); f.submit(); 0"
    )
    tab.wait_for_load()


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize(
    "form",
    [
        {"find": "kem"},
        {"user": "u1"},
        {"user": "u0", "product": "p0"},
        {"product": "p2"},
        {"product": "p1"},
        {"find": SCRIPT},
    ],
)
def test_a_look(
    tab: Tab,
    look: str,
    form: dict[str, str],
    width: int,
) -> None:
    tab.look(width)
    asked(tab, look, **form)
    assert tab.evaluate("document.querySelector('main h2') !== null")
    check(tab, str(form))
    assert tab.evaluate("location.href") == look  # nothing of it stands in the address


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize(
    "form", [{"find": "kem"}, {"user": "u0", "product": "p0"}, {"product": "p2"}]
)
def test_axe_finds_nothing_serious_in_a_look(
    tab: Tab,
    axe: str,
    look: str,
    form: dict[str, str],
    dark: bool,
) -> None:
    tab.look(390, dark=dark)
    asked(tab, look, **form)
    assert tab.findings(axe) == []
