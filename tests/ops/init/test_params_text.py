"""params.yaml with other values: all else stays, byte for byte."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from bench.house.imports import ROOT
from ops.init.params_text import entry_lines, flow, with_section, with_values
from recsys.program.errors import ConfigError
from tests.worlds import complains

TEXT = """\
# top
source:       # why
  one: []     # this
  two: []

merge:
  zone: A/B   # where
  formats:    # how
    - x       # like this
    - y
  scale: [1, 5]  # range
# end
"""


def load(text: str) -> Any:
    return YAML(typ="safe", pure=True).load(text)


def test_values_and_lists_change_and_comments_stay() -> None:
    changes = {"merge.zone": "UTC", "merge.formats": ["DD/MM/YYYY", "x"]}
    text = with_values(TEXT, {**changes, "merge.scale": [0.5, 5.0]})
    assert text.splitlines()[6:] == [
        "  zone: UTC   # where",
        "  formats: [DD/MM/YYYY, x] # how",
        "  scale: [0.5, 5] # range",
        "# end",
    ]
    assert text.startswith(TEXT[: TEXT.index("merge:")])


def test_a_section_is_replaced_below_its_own_line() -> None:
    text = with_section(TEXT, "source", ["  one:", "    - a: b"])
    assert text.startswith("# top\nsource:       # why\n  one:\n    - a: b\n\nmerge:\n")
    assert with_section(text, "source", ["  one: []     # this", "  two: []"]) == TEXT


def test_a_key_that_is_missing_is_named() -> None:
    with complains(ConfigError, "key merge.other is missing"):
        with_values(TEXT, {"merge.other": 1})
    with complains(ConfigError, "key nobody is missing"):
        with_section(TEXT, "nobody", [])


@given(
    st.recursive(
        st.text() | st.booleans() | st.integers(-5, 5) | st.sampled_from([0.5, -1.0]),
        lambda one: st.lists(one, max_size=3),
    )
)
def test_what_is_written_is_read(value: Any) -> None:
    assert load(f"key: {flow(value)}\n") == {"key": value}


@given(st.dictionaries(st.text(), st.sampled_from([0.2, 1.0, -0.5])))
def test_weights_of_any_event_are_read(value: dict[str, float]) -> None:
    assert load(f"key: {flow(value)}\n") == {"key": value}


def test_the_shipped_file_keeps_every_other_line() -> None:
    shipped = (ROOT / "params.yaml").read_text(encoding="utf-8")
    text = with_values(
        shipped, {"merge.zone": "UTC", "merge.date_formats": ["epoch_s"]}
    )
    before, after = load(shipped), load(text)
    assert after["merge"].pop("zone") == "UTC"
    assert after["merge"].pop("date_formats") == ["epoch_s"]
    del before["merge"]["zone"], before["merge"]["date_formats"]
    assert before == after


@pytest.mark.parametrize("value", ["on", "1", "a: b", "\t", "", "#x", "~", "null"])
def test_texts_that_yaml_would_take_for_something_else(value: str) -> None:
    (line,) = entry_lines({"a": value}, {})
    assert load(f"x:\n{line}\n") == {"x": [{"a": value}]}


def test_a_note_behind_a_long_value_is_a_note() -> None:
    line, short = entry_lines(
        {"url": "x" * 40, "query": "a"}, {"url": "b", "query": "c"}
    )
    assert line.endswith("x # b")
    assert short.index("#") == 36
