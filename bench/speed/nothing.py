"""A server that answers everything with two bytes: what the load generator itself adds."""

import asyncio
import sys
from typing import Any

import uvloop

ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"


class Nothing(asyncio.Protocol):
    """A connection; one that sends a request in one piece, as the generator does."""

    def connection_made(
        self, transport: Any
    ) -> None:  # uvloop's is no asyncio.Transport
        self.transport = transport

    def data_received(self, _: bytes) -> None:
        self.transport.write(ANSWER)


async def serve(port: int) -> None:
    """Answer until the process is ended."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Nothing, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1])))
