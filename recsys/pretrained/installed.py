"""Whether the packages that compute pretrained models are installed; a light .venv
(`make repro LIGHT=1`) has none of them.
"""

from importlib import util

from recsys.program.errors import ConfigError

PACKAGES = ("torch", "transformers")


def missing() -> list[str]:
    """Those that cannot be imported; none is loaded for the answer."""
    return [name for name in PACKAGES if not _is_there(name)]


def _is_there(name: str) -> bool:
    try:
        return util.find_spec(name) is not None
    except ImportError:
        return False


def check(key: str, other: str) -> None:
    """ConfigError if one is missing: how to get it, or the `other` value of the key."""
    if names := " and ".join(missing()):
        raise ConfigError(
            f"params.yaml: {key}: transformer needs {names}, which this .venv does not have; "
            f"run `make venv LIGHT=0` (about 1 GB more), or set {key}: {other}"
        )
