"""The page of the shop at /ops: there if it is switched on, and never a way to another file."""

from pathlib import Path

import pytest

from recsys.serving.http import RefusedError
from recsys.serving.shop_page import FILE, HTML, shop_page


def test_the_page_as_it_stands(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("<p>đ</p>", encoding="utf-8")
    reply = shop_page(tmp_path)
    assert (reply.body.decode(), reply.kind, reply.status) == ("<p>đ</p>", HTML, 200)
    assert dict(reply.headers)[b"content-security-policy"].startswith(
        b"default-src 'none'"
    )


def test_off_or_a_link_is_not_found(tmp_path: Path) -> None:
    for make in (lambda: None, lambda: (tmp_path / FILE).symlink_to("/etc/hostname")):
        make()
        with pytest.raises(RefusedError, match=r"set pages\.in_service") as caught:
            shop_page(tmp_path)
        assert caught.value.status == 404
