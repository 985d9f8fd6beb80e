"""`runner.py similar`: the command as an operator types it."""

import json

from ops.deploy.releases import Places
from tests.operator_shell import make_project, runner
from tests.recsys.serving.worlds import but_for_the_fit


def test_products_like_one(places: Places) -> None:
    make_project(places.root)
    done = runner(places.root, "similar", "p2", "-k", "3")
    assert (done.returncode, but_for_the_fit(done.stderr)) == (0, "")
    assert "products like p2 Kem số 2" in done.stdout
    said = json.loads(runner(places.root, "similar", "p2", "--json").stdout)
    assert said["items"][0]["product_id"] in ("p0", "p4")
    done = runner(places.root, "similar", "p99")
    assert (done.returncode, done.stdout) == (3, "")
    told = but_for_the_fit(done.stderr)
    assert told.startswith("error: product 'p99' is not in the model")
