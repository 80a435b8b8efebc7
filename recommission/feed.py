"""`recommission feed`: the secret addresses of calendar feeds."""

from typing import Annotated

import typer

app = typer.Typer(help="Calendar feeds: a secret address for a post or a department.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """Calendar feeds: a secret address for a post or a department."""


@app.command()
def new(
    post: Annotated[str | None, typer.Argument(help="The post's title, as in the register.")] = None,
    department: Annotated[
        str | None, typer.Option("--department", "-d", help="A department, in place of a post.")
    ] = None,
) -> None:
    """Make an address to subscribe to, shown once: the record keeps only its hash."""
    from flows.context import context
    from models.session import migrate, unit_of_work
    from notifications import feed_tokens
    from recommission.errors import refuse, told

    if bool(post) == bool(department):
        refuse("Say whose feed it is: a post's title, or --department with a department.")
    now = context()
    migrate(now.database)
    with told(feed_tokens.FeedRefused), unit_of_work(now.database) as session:
        if department:
            secret = feed_tokens.for_department(session, department, now.at)
        else:
            secret = feed_tokens.for_post(session, post or "", now.at)
    typer.echo(f"{now.settings.portal_url}/calendar/{secret}.ics")
    typer.echo("Whoever has this address can read the feed. It is not shown again.", err=True)


@app.command()
def revoke(number: Annotated[int, typer.Argument(help="The feed's number, from `feed list`.")]) -> None:
    """Close a feed for good; a new one can be made."""
    from flows.context import context
    from models.session import migrate, unit_of_work
    from notifications import feed_tokens
    from recommission.errors import told

    now = context()
    migrate(now.database)
    with told(feed_tokens.FeedRefused), unit_of_work(now.database) as session:
        feed_tokens.revoke(session, number, now.at)
    typer.echo(f"Feed {number} is closed.")


@app.command(name="list")
def list_all() -> None:
    """Every feed: its number, whose it is, since when, and whether it is closed."""
    from flows.context import context
    from models.session import migrate, reading
    from notifications import feed_tokens

    now = context()
    migrate(now.database)
    with reading(now.database) as session:
        for token in feed_tokens.every(session):
            closed = f", closed {token.revoked_at:%Y-%m-%d}" if token.revoked_at else ""
            typer.echo(
                f"{token.id}  {feed_tokens.whose(session, token)}, made {token.made_at:%Y-%m-%d}{closed}"
            )
