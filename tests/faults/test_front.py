"""G06: nginx as `deploy/nginx.conf` sets it up keeps slow and idle clients away from the product."""

import contextlib
import os
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from http.client import HTTPSConnection
from pathlib import Path

import pytest
from faults.running import running

from venture.config import ROOT
from venture.web import Venture

pytestmark = [
    pytest.mark.faults,
    pytest.mark.skipif(
        not shutil.which("nginx", path="/usr/sbin:/usr/bin") and os.environ.get("VENTURE_REQUIRE_ALL") != "1",
        reason="no nginx",
    ),
    pytest.mark.parametrize("engine", ["sqlite"], indirect=True),
]
AROUND = """
daemon off; user root; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 2048; }}
http {{
  access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  include {folder}/site.conf;
}}
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def site(folder: Path, port: int, behind: int) -> None:
    """The site as it is deployed, but for its name, places and ports, and with less patience."""
    text = (ROOT / "deploy" / "nginx.conf").read_text()
    for told, here in (
        ("listen 80;", f"listen 127.0.0.1:{free_port()};"),
        ("listen 443 ssl http2;", f"listen 127.0.0.1:{port} ssl http2;"),
        ("server 127.0.0.1:8000;", f"server 127.0.0.1:{behind};"),
        ("/etc/ssl/grants.example.pem", str(folder / "pem")),
        ("/etc/ssl/grants.example.key", str(folder / "key")),
        ("client_header_timeout 15s;", "client_header_timeout 2s;"),
        ("client_body_timeout 30s;", "client_body_timeout 8s;"),
        ("keepalive_timeout 30s;", "keepalive_timeout 3s;"),
    ):
        assert text.count(told) == 1, told
        text = text.replace(told, here)
    (folder / "site.conf").write_text(text.replace("grants.example", "localhost"))
    (folder / "nginx.conf").write_text(AROUND.format(folder=folder))
    made = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    made += [
        "-subj",
        "/CN=localhost",
        "-days",
        "2",
        "-keyout",
        str(folder / "key"),
        "-out",
        str(folder / "pem"),
    ]
    subprocess.run(made, check=True, capture_output=True)


@pytest.fixture
def front(app: Venture, tmp_path: Path) -> Iterator[int]:
    """The port of nginx before a server with four threads."""
    port, nginx = free_port(), shutil.which("nginx", path="/usr/sbin:/usr/bin")
    assert nginx
    with running(app, workers=1, VENTURE_PROXIES="1") as server:
        site(tmp_path, port, server.port)
        told = subprocess.run(
            [nginx, "-t", "-c", str(tmp_path / "nginx.conf")], capture_output=True, text=True
        )
        assert told.returncode == 0, told.stderr
        with subprocess.Popen([nginx, "-c", str(tmp_path / "nginx.conf")]) as process:
            for _ in range(100):
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                    break
                time.sleep(0.05)
            yield port
            process.terminate()


def trusting() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def ask(port: int, path: str = "/verify") -> tuple[int, float]:
    """The status of a page and the seconds it took."""
    began = time.monotonic()
    connection = HTTPSConnection("127.0.0.1", port, context=trusting(), timeout=20)
    connection.request("GET", path, headers={"Host": "localhost"})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status, time.monotonic() - began


def test_slow_and_idle_clients_keep_nobody_waiting(front: int) -> None:
    with contextlib.ExitStack() as held:
        for _ in range(500):
            held.enter_context(socket.create_connection(("127.0.0.1", front)))
        half = "POST /verify HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n"
        slow = []
        for n in range(40):
            wire = trusting().wrap_socket(
                socket.create_connection(("127.0.0.1", front)), server_hostname="localhost"
            )
            wire.sendall((half if n % 2 else f"{half}\r\ncode=").encode())
            slow.append(held.enter_context(wire))
        for _ in range(5):
            status, took = ask(front)
            assert status == 200 and took < 2
        ends = time.monotonic() + 20
        for wire in slow:
            wire.settimeout(max(0.1, ends - time.monotonic()))
            with contextlib.suppress(ConnectionError, ssl.SSLError):
                while wire.recv(4096):
                    pass  # nginx says 408 and hangs up, long before the client would
        assert time.monotonic() < ends
        assert ask(front)[0] == 200


@pytest.mark.parametrize(
    ("path", "size", "status"),
    [
        ("/verify", 26, 413),
        ("/applications/1/papers/1", 102, 413),
        ("/applications/1/papers/1", 26, 400),  # the product's own answer: no token came with it
    ],
)
def test_an_upload_beyond_the_limit_is_refused_before_the_product(
    front: int, path: str, size: int, status: int
) -> None:
    connection = HTTPSConnection("127.0.0.1", front, context=trusting(), timeout=20)
    connection.putrequest("POST", path)
    connection.putheader("Content-Length", str(size * 2**20))
    connection.endheaders()
    if status == 400:
        for _ in range(size):
            connection.send(bytes(2**20))
    answer = connection.getresponse()
    assert answer.status == status
    assert ("Content-Security-Policy" in answer.headers) == (status == 400)
    connection.close()
