"""Word segmentation of Vietnamese, for encoders that were trained on it, as PhoBERT was: kem
dưỡng_ẩm.

Vietnamese puts a space between syllables, not between words. underthesea joins the syllables of a
word by "_"; it is an optional dependency and needs no network.
"""

from collections.abc import Callable
from importlib import import_module, metadata, util
from typing import Literal

from recsys.program.errors import ConfigError

Name = Literal["none", "underthesea"]


def segmenter_id(name: Name) -> str:
    """Name and version of what cuts words, "" for none. ConfigError if it is not installed."""
    if name == "none":
        return ""
    if util.find_spec(name) is None:
        raise ConfigError(
            f"params.yaml: embed.segmenter: {name} is not installed; run `pip install {name}`, "
            f"or set embed.segmenter: none"
        )
    return f"{name}-{metadata.version(name)}"


def load_segmenter(name: Name) -> Callable[[str], str]:
    """A function from a text to the same text with "_" inside its words."""
    if name == "none":
        return str
    word_tokenize = import_module(name).word_tokenize

    def segment(text: str) -> str:
        return str(word_tokenize(text, format="text"))

    return segment
