"""G04, G07: what the application server itself makes of odd requests, before the product sees them."""

import contextlib
import socket

import pytest
from faults.running import Running, get, running

from venture.web import Venture

pytestmark = pytest.mark.faults
ODD = {
    "two lengths": b"POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
    "length and chunks": b"POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a folded header": b"GET /health HTTP/1.1\r\nHost: localhost\r\nX-A: b\r\n c\r\n\r\n",
    "a bare line feed": b"GET /health HTTP/1.1\nHost: localhost\n\n",
    "a space before the colon": b"GET /health HTTP/1.1\r\nHost: localhost\r\nX-A : b\r\n\r\n",
    "a long address": b"GET /health?" + b"x" * 20_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "a large header": b"GET /health HTTP/1.1\r\nHost: localhost\r\nX-A: " + b"x" * 100_000 + b"\r\n\r\n",
}


def said(server: Running, sent: bytes) -> bytes:
    """The first line that comes back on a connection of its own; nothing where it is closed or stays silent."""
    with (
        socket.create_connection(("127.0.0.1", server.port), timeout=10) as line,
        contextlib.suppress(OSError),
    ):
        line.sendall(sent)
        line.shutdown(socket.SHUT_WR)
        return line.recv(200).partition(b"\r\n")[0]
    return b""


def test_odd_requests_are_refused_by_the_server(app: Venture) -> None:
    with running(app, workers=1) as server:
        assert b" 200 " in said(server, b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        answers = {name: said(server, sent) for name, sent in ODD.items()}
        served = {name: line for name, line in answers.items() if line and b" 4" not in line[:13]}
        assert served == {}
        assert get(server, "/health").status == 200
