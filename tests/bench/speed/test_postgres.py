"""A server comes up, answers, and goes with its folder."""

import pytest

from bench.speed import postgres


def test_a_server_answers_and_goes() -> None:
    if why := postgres.missing():
        pytest.skip(why)
    with postgres.served() as server:
        assert server.run("SELECT 40 + 2;") == "42\n"
        assert server.folder.exists()
        session = server.psql()
        session.say("CREATE TABLE a (b int);")
        session.communicate_all("")
    assert not server.folder.exists()
