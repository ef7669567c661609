"""A wire between the product and PostgreSQL that can be cut in the middle of a commit."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit


class Wire:
    """Passes bytes on from a port of the loopback to the server's socket.

    `cut = "before"` drops the connection when the next COMMIT comes, which then never reaches the server;
    `cut = "after"` lets it through and drops the server's answer. Each happens once.
    """

    def __init__(self, server: Path) -> None:
        self.server, self.cut, self.cuts = server, "", 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self.listener.getsockname()[1])
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            far = socket.socket(socket.AF_UNIX)
            try:
                far.connect(str(self.server))
            except OSError:
                near.close()
                far.close()
                continue
            threading.Thread(target=self._pass, args=(near, far), daemon=True).start()

    def _pass(self, near: socket.socket, far: socket.socket) -> None:
        with near, far:
            back = threading.Thread(target=self._back, args=(near, far), daemon=True)
            back.start()
            self._there(near, far)
            back.join()

    def _there(self, near: socket.socket, far: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while said := near.recv(65536):
                if self.cut and b"COMMIT" in said:
                    how, self.cut, self.cuts = self.cut, "", self.cuts + 1
                    if how == "after":
                        _hang_up(near)
                        far.sendall(said)
                        while far.recv(65536):  # the server has answered, and ends when it sees us gone
                            far.shutdown(socket.SHUT_WR)
                    break
                far.sendall(said)
        _hang_up(near, far)

    def _back(self, near: socket.socket, far: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while said := far.recv(65536):
                near.sendall(said)
        _hang_up(near, far)

    def close(self) -> None:
        self.listener.close()


def _hang_up(*ends: socket.socket) -> None:
    for end in ends:
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def wire_to(url: str) -> Iterator[tuple[Wire, str]]:
    """A wire to the database at `url` (by its socket), and the address that goes through it."""
    parts = urlsplit(url)
    wire = Wire(Path(parse_qs(parts.query)["host"][0]) / ".s.PGSQL.5432")
    address = (
        f"postgresql://{parts.username}@127.0.0.1:{wire.port}{parts.path}?sslmode=disable&gssencmode=disable"
    )
    try:
        yield wire, address
    finally:
        wire.close()
