"""Services that go wrong, each in its own way; and what each says of a deployment."""

import gzip
import json

from bench.house.imports import ROOT
from tests.ops.deploy.scripted import (
    Flaw,
    Request,
    Script,
    at,
    breaks,
    drips,
    ends,
    everywhere,
    floods,
    hangs,
    says,
)

SHARED = ROOT.parent / "shared/torture/jsontestsuite/test_parsing"
OK = b"HTTP/1.1 200 OK\r\n"
HTML = b"<!doctype html><title>Welcome to nginx!</title>"
LONG = b"Content-Length: 1000000\r\n\r\n"


def broken_json() -> bytes:
    path = SHARED / "n_structure_unclosed_object.json"
    return path.read_bytes() if path.exists() else b'{"asd":"asd"'


def to_another(request: Request) -> None:
    request.reply(302, b"", "Location: /model_info")


def wrong_hash(script: Script, request: Request) -> bool:
    if request.path != "/model_info":
        return False
    request.reply_json(script.info(script.serving) | {"manifest_sha256": "0" * 64})
    return True


def deaf(script: Script, request: Request) -> bool:
    """Says that it has loaded the model, and serves on what it served."""
    if request.path == "/reload_model":
        script.generation += 1
        request.reply_json({})
    return request.path == "/reload_model"


def lazy(script: Script, request: Request) -> bool:
    """Claims the new id without a new generation."""
    if request.path == "/reload_model":
        script.serving = json.loads(request.body)["model_id"]
        request.reply_json({})
    return request.path == "/reload_model"


def other(script: Script) -> str:
    return next(one for one in script.recommenders if one != script.serving)


def reverts(script: Script, request: Request) -> bool:
    """Right once after a reload, then as before."""
    if request.path == "/model_info" and script.reloads and script.infos >= 1:
        request.reply_json(script.info(other(script)))
        return True
    return False


def lists_of_another(script: Script, request: Request) -> bool:
    """Says one model and shows the lists of another under its name."""
    if request.path.startswith("/recommend/") and script.reloads:
        path, _, query = request.path.partition("?")
        found = script.list(other(script), path.rpartition("/")[2], query)
        request.reply_json(found | {"model_id": script.serving})
        return True
    return False


def lists_by_another(script: Script, request: Request) -> bool:
    if request.path.startswith("/recommend/") and script.reloads:
        request.reply_json({"model_id": other(script), "items": []})
        return True
    return False


# name: what it does, what a health check says of it; a deployment fails
BAD: dict[str, tuple[Flaw, str]] = {
    "silent": (everywhere(hangs), "unclear"),
    "drips its body": (everywhere(drips(OK + b"\r\n" + b"x" * 99)), "unclear"),
    "drips its head": (everywhere(drips(OK + b"X: 1\r\n" * 99)), "unclear"),
    "drips the body alone": (
        everywhere(lambda r: (r.send(OK + LONG), drips(b"{" * 99)(r))),
        "unclear",
    ),
    "500": (everywhere(says(500, b"{}")), "unclear"),
    "404": (everywhere(says(404, b"{}")), "unclear"),
    "401": (everywhere(says(401, b"{}")), "unclear"),
    "redirect": (everywhere(to_another), "unclear"),
    "HTML": (everywhere(says(200, HTML)), "unclear"),
    "503 of a proxy": (everywhere(says(503, HTML)), "unclear"),
    "empty": (everywhere(says(200, b"")), "unclear"),
    "broken JSON": (everywhere(says(200, broken_json())), "unclear"),
    "JSON list": (everywhere(says(200, b"[]")), "unclear"),
    "NaN": (everywhere(says(200, b'{"status": NaN}')), "unclear"),
    "UTF-16": (everywhere(says(200, '{"status": "ok"}'.encode("utf-16"))), "unclear"),
    "zipped": (
        everywhere(says(200, gzip.compress(b"{}"), "Content-Encoding: gzip")),
        "unclear",
    ),
    "reset at once": (everywhere(Request.reset), "unclear"),
    "reset in the body": (everywhere(breaks(OK + LONG + b'{"sta')), "unclear"),
    "half a head": (everywhere(ends(b"HTTP/1.1 20")), "unclear"),
    "shorter than it says": (everywhere(ends(OK + LONG + b"{}")), "unclear"),
    "endless body": (everywhere(floods(OK + b"\r\n", b" " * 4096)), "unclear"),
    "endless head": (everywhere(floods(OK, b"X: 1\r\n" * 99)), "unclear"),
    "not HTTP": (everywhere(ends(b"SSH-2.0-OpenSSH_9.2\r\n")), "unclear"),
    "no model_info": (at("/model_info", says(500, b"{}")), "wrong"),
    "HTML for model_info": (at("/model_info", says(200, HTML)), "wrong"),
    "hangs at model_info": (at("/model_info", hangs), "wrong"),
    "another manifest": (wrong_hash, "wrong"),
    "refuses a reload": (at("/reload_model", says(409, b"{}")), "ok"),
    "500 at a reload": (at("/reload_model", says(500, b"{}")), "ok"),
    "wants another token": (at("/reload_model", says(401, b"{}")), "ok"),
    "redirects a reload": (at("/reload_model", to_another), "ok"),
    "hangs at a reload": (at("/reload_model", hangs), "ok"),
    "breaks at a reload": (at("/reload_model", breaks(OK)), "ok"),
    "wrong model": (deaf, "ok"),
    "no new generation": (lazy, "ok"),
    "right, then reverts": (reverts, "ok"),
    "down after a reload": (at("/model_info", Request.reset, after=1), "ok"),
    "lists of another model": (lists_of_another, "ok"),
    "lists by another model": (lists_by_another, "ok"),
    "no lists": (at("/recommend/", says(500, b"{}"), after=1), "ok"),
    "hangs at lists": (at("/recommend/", hangs, after=1), "ok"),
}
