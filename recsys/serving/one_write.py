"""Each answer leaves in one piece.

uvicorn writes the head of an answer and then its body. uvloop hands each to the system at once: two
calls and two packets, and the reader is woken twice. That costs more than a list does.
"""

import asyncio
from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.auto import AutoHTTPProtocol

if TYPE_CHECKING:
    Transport = asyncio.Transport
else:
    Transport = object  # what is not here is the real transport's (__getattr__)

HEAD = b"HTTP/1.1 "
END = b"\r\n\r\n"


class Joined(Transport):
    """A transport that holds the head of an answer until more is written, at most until the loop
    has gone round once.
    """

    def __init__(self, transport: asyncio.Transport) -> None:
        self.transport = transport
        self.held = b""
        self.call_soon = asyncio.get_running_loop().call_soon
        for name in ("is_closing", "resume_reading"):  # asked for at each request
            setattr(self, name, getattr(transport, name))

    def __getattr__(self, name: str) -> Any:
        return getattr(self.transport, name)

    def write(self, data: Any) -> None:
        """Write, or hold what is the head of an answer alone."""
        if self.held:
            data, self.held = self.held + data, b""
        elif data.startswith(HEAD) and data.endswith(END):
            self.held = data
            self.call_soon(self.let_go)
            return
        self.transport.write(data)

    def let_go(self) -> None:
        """Write what is held, if anything is and somebody is still there."""
        if self.held and not self.is_closing():
            data, self.held = self.held, b""
            self.transport.write(data)

    def close(self) -> None:
        """Close when all is written."""
        self.let_go()
        self.transport.close()


class OneWrite(AutoHTTPProtocol):  # type: ignore[misc, valid-type] # h11's or httptools'
    """uvicorn's protocol, on such a transport."""

    def connection_made(self, transport: asyncio.Transport) -> None:
        """A client has come."""
        super().connection_made(Joined(transport))
