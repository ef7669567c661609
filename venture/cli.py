"""Commands: prepare the database, load the demonstration, serve, write a sheet, verify the trail."""

import os
import socket
import sys
from pathlib import Path

import click
from flask_migrate import upgrade

from venture import create_app, trail
from venture.db import db


@click.group()
def main() -> None:
    """Grants for public-interest venture rounds."""


@main.command()
def migrate() -> None:
    """Bring the database to the present schema."""
    with create_app().app_context():
        upgrade()


@main.command()
@click.option("--at", "stage", default="review", help="call, review, notice, payment or closing")
def demo(stage: str) -> None:
    """Load the Haimen demonstration into an empty database."""
    from venture.demo import load

    with create_app().app_context():
        upgrade()
        click.echo(load(stage))


@main.command()
@click.option(
    "--demo", "with_demo", is_flag=True, help="load the demonstration first, if the database is empty"
)
@click.option("--at", "stage", default="review", help="the stage of the demonstration's present round")
def run(with_demo: bool, stage: str) -> None:
    """Migrate, and serve on 127.0.0.1 (PORT, default 8000) with two workers."""
    port = os.environ.get("PORT", "8000")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", int(port)))
        except OSError:
            raise click.ClickException(f"Port {port} is in use. Choose another: PORT=8001 make run") from None
    if with_demo:
        os.environ["VENTURE_DEMO"] = "1"
    click.echo("Preparing the database …")
    with create_app().app_context():
        upgrade()
        if with_demo:
            from venture.demo import load

            click.echo(load(stage))
    click.echo(f"Open http://127.0.0.1:{port}/ (Ctrl+C ends it)")
    if with_demo:
        click.echo("The first page has one card per role: press one to enter.")
    sys.stdout.flush()
    gunicorn = str(Path(sys.executable).with_name("gunicorn"))
    options = ["--bind", f"127.0.0.1:{port}", "--workers", "2", "--threads", "4", "--no-control-socket"]
    os.execv(gunicorn, [gunicorn, *options, "--log-level", "warning", "venture:create_app()"])


@main.group("trail")
def trail_group() -> None:
    """The record of who did what."""


@trail_group.command()
def verify() -> None:
    """Check the chain; name the first place where it breaks."""
    with create_app().app_context():
        wrong = trail.verify(db.session())
    if wrong:
        raise click.ClickException(wrong)
    click.echo("The trail is whole.")


if __name__ == "__main__":
    main(prog_name="venture")
