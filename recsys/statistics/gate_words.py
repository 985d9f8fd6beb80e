"""What the gate says: each comparison in a sentence, and what would be needed where it fails."""

from recsys.statistics.error_budget import Kind, Try
from recsys.statistics.paired import Comparison
from recsys.statistics.refresh_line import RefreshLine


def too_few(users: int, fewest: int, unknown_item: int, trained_on: int) -> str:
    """Why nothing was compared: there are too few users; and whether others were left out."""
    text = f"{users:,} test users; nothing is compared below {fewest}"
    left = [
        f"{unknown_item:,} whose item one of the models does not know"
        if unknown_item
        else "",
        f"{trained_on:,} whose purchase one of the models was trained on"
        if trained_on
        else "",
    ]
    said = " and ".join(filter(None, left))
    return (
        f"{text}; left out are {said}: were the shop's files exchanged?"
        if said
        else text
    )


def nothing_left(tries: int, year: int) -> str:
    """Why nothing was compared: the year has no chance of a false "better" left."""
    return (
        f"the {tries} tries that {year} has for new recipes are used; "
        f"the next one is in January {year + 1}"
    )


def kept(former: Try, stale: bool) -> str:
    """Why nothing was compared: the same content has its verdict."""
    said = f"{former.model_id} was judged before ({former.decision}, {former.year})"
    if stale:
        champion = former.champion_id or "none"
        return f"{said}, but against another champion ({champion}); a new fit is needed"
    return f"{said}: the same content keeps its verdict"


def compared(found: Comparison, metric: str) -> str:
    """What a comparison of the metric shows, by which figures; what is missing where it fails."""
    if found.by == "same":
        return f"{_finding(found)}: all {found.users:,} users have the same {metric}"
    challenger = found.reference + found.difference
    figures = f"{metric} {challenger:.4f} against {found.reference:.4f}"
    parts = [f"{_finding(found)}: {figures}, {_interval(found)}, {_users(found)}"]
    if not found.passed and not found.worse:
        parts.append(needed(found))
    if not (found.better and found.passed):  # of what is shown, its chance says no more
        parts.append(_power(found))
    return "; ".join(parts)


def guarded(found: Comparison) -> str:
    """What a guardrail shows."""
    if found.by == "few" and not found.passed:
        users = f"{found.differing} of {found.users:,} users differ"
        return f"{found.against} is not judged: {users}"
    challenger = found.reference + found.difference
    figures = f"{challenger:.4f} against {found.reference:.4f}"
    verb = "is kept" if found.passed else "is not shown to be kept"
    if found.worse:
        verb = "is lost"
    return f"{found.against} {verb}: {figures}, {_interval(found)}"


def unguarded(name: str, users: int, fewest: int) -> str:
    """Why a guardrail is not judged."""
    return f"{name} is not judged: {users} users, below {fewest}"


def in_line(line: RefreshLine) -> str:
    """What the latest refreshes together show."""
    verb = "keep" if line.passed else "do not surely keep"
    return (
        f"the last {line.refreshes} refreshes {verb} to the anchor: {line.mean:+.4f} on average, "
        f"{line.least:+.4f} or more is needed"
    )


def spent(alpha: float, kind: Kind) -> str:
    """What the try cost."""
    return f"this {_KINDS[kind]} was tested at {alpha:.4f} of the year's chance of a false better"


def needed(found: Comparison) -> str:
    """What would make a comparison pass: how large a difference, or how many users."""
    text = f"{found.least:+.4f} or more passes here"
    users = found.users_needed()
    if users is None:
        return f"{text}; more users do not help if this is the true difference"
    return f"{text}, or about {users:,} users if this is the true difference"


_KINDS = {"first": "first model", "refresh": "refresh", "new_recipe": "new recipe"}


def _finding(found: Comparison) -> str:
    """The comparison in one phrase."""
    aim = "better than" if found.better else "as good as"
    if found.passed:
        return f"{aim} {_name(found)}"
    if found.worse:
        return f"worse than {_name(found)}"
    return f"not shown to be {aim} {_name(found)}"


def _name(found: Comparison) -> str:
    return found.against if found.against == "popularity" else f"the {found.against}"


def _interval(found: Comparison) -> str:
    """The difference with its limits, and what may be lost: of what is worse the share alone, as
    the errors did not save it.
    """
    text = f"{found.difference:+.4f}"
    if found.error:
        text += f" [{found.low:+.4f}, {found.high:+.4f}]"
    allowed = found.allowed if found.worse else found.margin
    return text if found.better else f"{text} where {-allowed:+.4f} is allowed"


def _power(found: Comparison) -> str:
    """The chance to pass of one that is as good, or somewhat better."""
    gain = f"{found.assumed / found.reference:.0%} better" if found.assumed else "equal"
    return f"one that is {gain} passes in {found.power:.0%} of cases"


def _users(found: Comparison) -> str:
    return f"{found.users:,} users, {found.differing:,} differ"
