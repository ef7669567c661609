"""A file asked after at a virus scanner that speaks clamd's INSTREAM; nothing is decided here."""

import socket
import struct
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

CHUNK = 1 << 16
MOST_SAID = 4096
"""The bytes of an answer that are listened to."""


class NoAnswer(Exception):
    """The scanner is away, too slow, or said something that is no verdict."""


@dataclass(frozen=True)
class Verdict:
    """What the scanner found: clean, or the name of what is in the file."""

    clean: bool
    said: str


def ask(path: Path, *, at: str, within: float = 60) -> Verdict:
    """Send the file's content to the scanner `at` a socket's path or host:port; `within` seconds for all of it.

    Raises NoAnswer.
    """
    until = monotonic() + within
    try:
        with _connected(at, within) as line, path.open("rb") as content:
            line.sendall(b"zINSTREAM\0")
            while chunk := content.read(CHUNK):
                line.settimeout(_left(until))
                line.sendall(struct.pack("!I", len(chunk)) + chunk)
            line.sendall(struct.pack("!I", 0))
            said = b""
            while not said.endswith(b"\0") and len(said) < MOST_SAID:
                line.settimeout(_left(until))
                heard = line.recv(MOST_SAID)
                if not heard:
                    break
                said += heard
    except OSError as wrong:
        raise NoAnswer(str(wrong) or type(wrong).__name__) from None
    return verdict(said)


def verdict(said: bytes) -> Verdict:
    """Read an answer: `stream: OK` or `stream: NAME FOUND`, ended by a zero. Raises NoAnswer for all else."""
    text = "".join(sign for sign in said[:-1].decode("utf-8", "replace") if sign.isprintable())
    if said.endswith(b"\0") and text == "stream: OK":
        return Verdict(True, "OK")
    if said.endswith(b"\0") and text.startswith("stream: ") and text.endswith(" FOUND"):
        return Verdict(False, text.removeprefix("stream: ").removesuffix(" FOUND")[:200])
    raise NoAnswer(f"no verdict: {text[:200]}")


def _left(until: float) -> float:
    left = until - monotonic()
    if left <= 0:
        raise TimeoutError("timed out")
    return left


def _connected(at: str, within: float) -> socket.socket:
    if not at.startswith("/"):
        host, _colon, port = at.rpartition(":")
        return socket.create_connection((host.strip("[]"), int(port)), timeout=within)
    line = socket.socket(socket.AF_UNIX)
    line.settimeout(within)
    try:
        line.connect(at)
    except BaseException:
        line.close()
        raise
    return line
