"""Settings that both models have, switched off."""

from typing import Any

# keys that a fit does not look at
SHARED: dict[str, Any] = {
    "cold_start": "off",
    "cold_threshold": 5,
    "search": "off",
    "hybrid": {"content": 0.0, "popularity": 0.0, "neighbours": 0.0},
    "new_item_places": 0,
    "warm_start": "off",
    "checkpoint_every": 5,
    "checkpoint_seconds": 0.0,
}
