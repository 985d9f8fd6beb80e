"""The lines after a deployment say what is in production and what to do next."""

from ops.deploy import deployment_log, production
from ops.deploy.report import report


def said(shop, service=None):
    top = production.in_production(deployment_log.rows(shop.db))
    return report(shop.site(service), top)


def test_the_first_one(shop):
    shop.put("als-1")
    assert said(shop) == "Production: als-1 (version 1), the first one."


def test_verified_says_how(shop, fake):
    _, service = fake
    shop.put("als-1", "als-2", service=service)
    assert said(shop, service) == (
        "Production: als-2 (version 2), before: als-1 (version 1, archived). "
        f"{service.url} serves it: id, manifest hash, generation 3. "
        "Roll back with: python runner.py rollback"
    )


def test_pending_says_who_confirms(shop, offline):
    shop.put("als-1", service=offline)
    lines = said(shop, offline).splitlines()
    assert lines[1].startswith(f"Pending: {offline.url} is offline; the next health")
