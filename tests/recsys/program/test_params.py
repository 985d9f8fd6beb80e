"""params.yaml: a wrong key ends as one line that names it, never as a default or a traceback."""

from pathlib import Path

import pytest
from pydantic import PositiveInt

from recsys.program import params
from recsys.program.errors import ConfigError
from tests.worlds import complains


class Inner(params.Section):
    every: str


class Example(params.Section):
    epochs: PositiveInt
    rate: float
    inner: Inner


class Table(params.Section):
    jobs: dict[str, Inner]


GOOD = "train_als:\n  epochs: 3\n  rate: 1e-3\n  inner: {every: day}\n"


def write(folder: Path, text: str | bytes) -> Path:
    path = folder / "params.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_a_section_is_read_and_1e_minus_3_is_a_number(tmp_path: Path) -> None:
    section = params.load(Example, "train_als", write(tmp_path, GOOD))
    assert section == Example(epochs=3, rate=0.001, inner=Inner(every="day"))
    with pytest.raises(ValueError, match="frozen"):
        section.epochs = 4


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("epochs: 3", "epoch: 3", ("train_als.epoch", "did you mean epochs?")),
        (
            "epochs: 3",
            "zzz: 3\n  epochs: 3",
            ("unknown key train_als.zzz", "epochs, inner, rate"),
        ),
        ("epochs: 3\n", "\n", ("key train_als.epochs is missing",)),
        ("epochs: 3", "epochs: '3'", ("train_als.epochs", "found '3'")),
        ("epochs: 3", "epochs: 3.0", ("train_als.epochs", "found 3.0")),
        ("epochs: 3", "epochs: true", ("train_als.epochs", "found True")),
        ("epochs: 3", "epochs: 0", ("train_als.epochs", "greater than 0", "found 0")),
        ("epochs: 3", "epochs:", ("train_als.epochs", "found None")),
        ("rate: 1e-3", "rate: .nan", ("train_als.rate", "found nan")),
        ("rate: 1e-3", "rate: .inf", ("train_als.rate", "found inf")),
        (
            "{every: day}",
            "{evry: day, every: day}",
            ("unknown key train_als.inner.evry", "did you mean every?"),
        ),
        ("{every: day}", "day", ("train_als.inner", "found 'day'")),
        ("day}", "2000-01-01}", ("train_als.inner.every", '"2000-01-01"', "quotes")),
        ("epochs: 3", "epochs: x\n  zzz: 1", ("(and 1 more)",)),
        ("rate: 1e-3", "rate: 1e-3\n  rate: 2", ("not readable as YAML", "rate")),
        (
            "train_als:",
            "train_asl:",
            ("unknown section 'train_asl'", "did you mean train_als?"),
        ),
        ("train_als:", "1:", ("section 'train_als' is missing",)),
        ("train_als:", "train_bpr:", ("section 'train_als' is missing",)),
    ],
)
def test_a_wrong_key_is_one_line_that_names_it(
    tmp_path: Path, old: str, new: str, words: tuple[str, ...]
) -> None:
    assert old in GOOD
    path = write(tmp_path, GOOD.replace(old, new))
    with complains(ConfigError, path, *words):
        params.load(Example, "train_als", path)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "- a",
        "train_als",
        "train_als: [",
        "train_als:\n",
        "train_als: {a: 1, a: 2}",
        "\tx: 1",
        "? [a]\n: 1",
        "train_als: !!python/object/apply:os.system ['true']",
        b"\xff\xfet\x00",
        b"train_als: \xe9",
        b"\x00",
        "train_als: 2024-13-45",
        "train_als: !!int x",
        "train_als: " + "[" * 3000,
        "train_als: *nobody",
    ],
)
def test_what_is_not_params_is_one_line_that_names_the_file(
    tmp_path: Path, text: str | bytes
) -> None:
    path = write(tmp_path, text)
    with complains(ConfigError, path):
        params.load(Example, "train_als", path)


def test_a_missing_file_and_a_folder_are_one_line(tmp_path: Path) -> None:
    with complains(ConfigError, tmp_path / "params.yaml", "no such file"):
        params.read(tmp_path / "params.yaml")
    with complains(ConfigError, tmp_path):
        params.read(tmp_path)


def test_a_wrong_key_in_a_table_of_sections_is_told_the_keys_there(
    tmp_path: Path,
) -> None:
    path = write(tmp_path, "runner:\n  jobs:\n    refresh: {evry: day, every: day}\n")
    with complains(ConfigError, "runner.jobs.refresh.evry", "did you mean every?"):
        params.load(Table, "runner", path)


def test_what_was_read_may_be_changed_and_a_new_text_is_read(tmp_path: Path) -> None:
    path = write(tmp_path, GOOD)
    first = params.read(path)
    first["train_als"]["epochs"] = 99
    assert params.read(path)["train_als"]["epochs"] == 3
    write(tmp_path, GOOD.replace("epochs: 3", "epochs: 4"))
    assert params.read(path)["train_als"]["epochs"] == 4


def test_sections_of_others_are_passed_over(tmp_path: Path) -> None:
    path = write(tmp_path, f"{GOOD}whatever: 7\n")
    assert params.load(Example, "train_als", path).epochs == 3


def test_a_section_that_nobody_knows_is_told_the_nearest_name(tmp_path: Path) -> None:
    path = tmp_path / "params.yaml"
    params.refuse_unknown({"merge": {}, "tune": {}}, ["tune", "merge"], path)
    with complains(
        ConfigError, path, "'tuen' (did you mean tune?); known are merge, tune"
    ):
        params.refuse_unknown({"merge": {}, "tuen": {}}, ["merge", "tune"], path)
    with complains(ConfigError, path, "unknown section 1; known are merge"):
        params.refuse_unknown({1: {}}, ["merge"], path)


class Clock(params.Section):
    zone: params.TimeZone


@pytest.mark.parametrize(
    "zone",
    ["Asia/Saigon1", "../etc/passwd", "/etc/localtime", "", "localtime", "right/UTC"],
)
def test_a_time_zone_is_an_iana_name(tmp_path: Path, zone: str) -> None:
    assert Clock(zone="Asia/Ho_Chi_Minh").zone == "Asia/Ho_Chi_Minh"
    path = write(tmp_path, f"runner: {{zone: '{zone}'}}")
    with complains(ConfigError, "runner.zone", f"no time zone is named {zone!r}"):
        params.load(Clock, "runner", path)


PASTED = "hunter2"


@pytest.mark.parametrize(
    "text",
    [
        "train_als: {epochs: xoxb-hunter2x}",
        "train_als: {epochs: 'https://a:hunter2x@h/'}",
        "train_als: {epochs: [hunter2x0123456789]}",
        "train_als: {token: hunter2}",
        "xoxb-hunter2: 1",
        "train_als: {xoxb-hunter2: 1}",
        "train_als: *hunter2x",
        "train_als: 'hunter2x",
        "train_als: {epochs: 1, epochs: hunter2x}",
        "train_als: {epochs: !hunter2x 1}",
        "train_als: {epochs: hunter2x: 1}",
        "- hunter2x",
    ],
)
def test_a_secret_in_the_wrong_place_is_not_repeated(tmp_path: Path, text: str) -> None:
    path = tmp_path / "params.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        params.load(Example, "train_als", path)
    assert PASTED not in str(caught.value)
    try:
        params.refuse_unknown(params.read(path), ["train_als"], path)
    except ConfigError as error:
        assert PASTED not in str(error)


def test_a_key_of_a_section_that_may_be_missing_is_known(tmp_path: Path) -> None:
    class Outer(params.Section):
        inner: Inner | None = None

    path = write(tmp_path, "one:\n  inner: {every: day, evry: day}\n")
    with complains(ConfigError, "unknown key one.inner.evry", "did you mean every?"):
        params.load(Outer, "one", path)
    assert params.load(Outer, "one", write(tmp_path, "one: {}\n")).inner is None
