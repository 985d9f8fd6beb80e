"""The gate: asked before each promotion whether the challenger may take the champion's place."""

from ops.deploy.site import Site
from recsys.registry.versions import Version

NOBODY_ASKS = "no gate: staged models are promoted"


def verdict(
    site: Site,  # noqa: ARG001 - what a gate will look at
    challenger: Version,  # noqa: ARG001
    champion: Version | None,  # noqa: ARG001
) -> str:
    """Why the challenger may be promoted, in words that go into the deployment log.

    GateError with the reason if it may not. `champion` is what serves now, None before the first
    promotion.
    """
    return NOBODY_ASKS
