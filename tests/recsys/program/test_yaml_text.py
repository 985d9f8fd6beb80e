"""YAML is read in a quarter of the time, and never otherwise than by ruamel.yaml's own reader."""

from typing import Any

import pytest
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from bench.house.imports import ROOT
from recsys.program import yaml_text


def own(text: str) -> Any:
    return YAML(typ="safe", pure=True).load(text)


@pytest.mark.parametrize("name", ["params.yaml", "dvc.yaml", "dvc.lock"])
def test_our_files_are_read_by_libyaml_to_the_same_values(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert yaml_text.is_plain(text)
    assert yaml_text.load(text) == own(text)


@pytest.mark.parametrize(
    "text",
    [
        "a: 1e-3\nb: 0o17\nc: yes\nd: 1_000\ne: 12:30:00\nf: 2020-01-01\n",
        "%YAML 1.1\n---\na: yes\n",
        "a: 1\n\n%YAML 1.1\n",
        "a: [x:y]\n",
        "\ufeffa: 1\n",
        "a: &x {b: 1}\nc: {<<: *x}\n",
        "",
    ],
)
def test_other_texts_have_the_same_values(text: str) -> None:
    try:
        expected = own(text)
    except YAMLError as error:
        with pytest.raises(type(error)):
            yaml_text.load(text)
    else:
        assert yaml_text.load(text) == expected


@pytest.mark.parametrize(
    "text", ["a: \t1\n", "a: [1,\n", "a: b: c\n", "a: 1\na: 2\n", "a: @x\n", "\0"]
)
def test_what_is_no_yaml_is_told_in_the_words_of_that_reader(text: str) -> None:
    with pytest.raises(YAMLError) as expected:
        own(text)
    with pytest.raises(YAMLError) as found:
        yaml_text.load(text)
    assert str(found.value) == str(expected.value)


@pytest.mark.parametrize("text", ["[" * 200_000, "a: " + "{b: " * 100_000, "- " * 9999])
def test_a_text_of_many_levels_is_an_error_and_no_crash(text: str) -> None:
    assert not yaml_text.is_plain(text)
    with pytest.raises(RecursionError):
        yaml_text.load(text)
