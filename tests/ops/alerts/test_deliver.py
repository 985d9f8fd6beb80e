"""A receiver that is hostile costs its own delivery, and a bounded time; secrets stay here."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from ops.alerts.deliver import UNKNOWN, deliver, pieces, without_secrets
from ops.alerts.message import Message
from ops.alerts.receivers import Receiver
from tests.ops.alerts.servers import free_port, http_server, mail_server

ROOT = Path(__file__).parents[3]
MESSAGE = Message("title", "2026-03-01 02:00 CRITICAL disk: <b>1 GB</b> & less", "info")


def to(*urls: str, timeout_s: float = 10.0) -> list[str]:
    letters = [(Receiver(place, url), MESSAGE) for place, url in enumerate(urls, 1)]
    taken: list[int] = []
    reasons = deliver(
        letters, timeout_s, lambda receiver: taken.append(receiver.number)
    )
    good = [place for place, reason in enumerate(reasons, 1) if not reason]
    assert sorted(taken) == good
    return reasons


@pytest.mark.parametrize("manner", ["refuse", "hang", "drip", "close", "echo"])
def test_a_hostile_receiver_is_said_in_time_and_the_others_are_served(
    manner: str,
) -> None:
    with http_server(manner) as bad, http_server() as good, mail_server() as mail:
        began = time.monotonic()
        reasons = to(bad.url, good.url, mail.url, timeout_s=2.0)
        assert time.monotonic() - began < 8
        assert reasons[0]
        assert reasons[1:] == ["", ""]
        assert good.lines() == mail.lines() == [MESSAGE.body.split(" ", 2)[2]]
        assert "canary" not in "".join(reasons)


def test_a_receiver_that_hangs_does_not_keep_the_process(tmp_path: Path) -> None:
    code = (
        "import sys; from ops.alerts.deliver import deliver;"
        "from ops.alerts.message import Message; from ops.alerts.receivers import Receiver;"
        "print(deliver([(Receiver(1, sys.argv[1]), Message('t', 'b', 'info'))], 1.0, print))"
    )
    with http_server("drip") as bad:
        done = subprocess.run(
            [sys.executable, "-c", code, bad.url],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=30,
        )
    assert (done.returncode, done.stdout) == (0, "['no answer within 1 s']\n")


def test_nobody_listens() -> None:
    [reason] = to(f"json://127.0.0.1:{free_port()}/canary-path")
    assert reason == "A Connection error occurred sending JSON notification to ***."


@pytest.mark.parametrize(
    "url",
    ["canary-token-without-a-kind", "nosuchkind://canary", "mailto://", "json://"],
)
def test_what_is_no_url_is_a_reason_without_it(url: str) -> None:
    [reason] = to(url)
    assert UNKNOWN in reason
    assert "canary" not in reason


def test_all_pieces_of_a_url_are_hidden() -> None:
    url = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlaz%40k?to=%23general"
    said = (
        "refused T1JJ3T3L2 with TIiajkdnlaz@k (TIiajkdnlaz%40k), A1BRTD4JD of #general"
    )
    assert without_secrets(said, url) == "refused *** with *** (***), *** of ***"


def test_a_login_is_hidden_in_the_form_that_a_header_has() -> None:
    assert "YW5uOnMzY3JldA==" in pieces("json://ann:s3cret@host")
