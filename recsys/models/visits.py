"""How many epochs a fit by descent can afford: each goes over all positives once."""

import logging

log = logging.getLogger(__name__)


def affordable(epochs: int, positives: int, most: int, key: str) -> int:
    """As many of the epochs as `most` visits of so many positives allow, at least one; fewer are
    said in the log, with the `key` of params.yaml that says how many visits.
    """
    within = max(1, most // max(positives, 1))
    if epochs > within:
        log.warning(
            "%d of %d epochs: more would visit over %d positives (%s)",
            *(within, epochs, most, key),
        )
    return min(epochs, within)
