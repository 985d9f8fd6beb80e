"""The token of the service is found nowhere but in its own file."""

from pathlib import Path

import pytest

from recsys.serving import pointer
from tests.recsys.serving import worlds


# ---- the token ----
def test_the_token_stands_in_no_file_but_its_own(tmp_path: Path) -> None:
    """Of all that a service and a deployment write."""
    from ops.deploy import verify
    from ops.deploy.releases import Places
    from ops.deploy.service_client import Service
    from recsys.program.errors import ServiceError
    from recsys.serving import token
    from tests.running_service import TOKEN, running

    first = worlds.publish(tmp_path)
    pointer.switch(tmp_path / "releases", first)
    own = token.token(tmp_path / "state")
    with running(tmp_path, "--impressions", str(tmp_path / "shown.jsonl")) as service:
        client = Service(service.url, 20.0, TOKEN)
        verify.load(
            client, verify.expected(Places(tmp_path), first), tmp_path / "state"
        )
        replies = [
            service.get(path, headers={"Authorization": f"Bearer {TOKEN}"})
            for path in (
                "/recommend/u0",
                "/health",
                "/model_info",
                "/metrics",
                "/nothing",
            )
        ]
        replies += [service.reload("als-0123456789ab"), service.reload(None, "x" * 20)]
        replies.append(service.post("/recommend", {"lists": [{"token": TOKEN}]}))
        with pytest.raises(ServiceError):
            client.reload("als-0123456789ab")
    for said in replies:
        assert TOKEN not in said.text + str(said.headers), said.url
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {path.name for path in files} >= {"service.log", "shown.jsonl", "current"}
    for path in files:
        assert TOKEN.encode() not in path.read_bytes(), path
        assert own.encode() not in path.read_bytes() or path.name == token.FILE
