"""`pratique`: the command line, against a laptop's installation or one in the cloud."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from cli import (
    administer,
    aliases,
    digests,
    domains,
    feed,
    hooks,
    imap_store,
    jobs,
    ledger,
    lessons,
    lists,
    messages,
    outgoing,
    passwords,
    policies,
    reasons,
    requests,
    search,
    searches,
    send,
    sent,
    settings_command,
    setup_check,
    siblings,
    statistics,
    tokens,
    training,
    users,
)
from cli.evaluate.command import evaluate
from cli.failure import Failure
from cli.setup import Setup


class Commands(TyperGroup):
    """The commands, with every Failure told in one line (exit code 1; wrong usage is 2)."""

    def invoke(self, ctx: Any) -> Any:
        """Run a command."""
        try:
            return super().invoke(ctx)
        except Failure as failure:
            typer.echo(f"pratique: {failure}", err=True)
            raise typer.Exit(1) from None


# Plain help: it needs no rich, and comes a tenth of a second sooner.
app = typer.Typer(cls=Commands, no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.callback()
def setup(
    ctx: typer.Context,
    url: Annotated[str | None, typer.Option(envvar="PRATIQUE_URL", help="URL of the API.")] = None,
    token: Annotated[
        str | None,
        typer.Option(
            envvar="PRATIQUE_TOKEN",
            help="Better in the environment or a profile: others see a command's options.",
        ),
    ] = None,
    profile: Annotated[
        str | None,
        typer.Option(
            envvar="PRATIQUE_PROFILE", help="A profile of ~/.config/pratique/config.toml (see `login`)."
        ),
    ] = None,
) -> None:
    """Pratique: a mail quarantine. In a folder with a running laptop installation everything is found by itself."""
    given = ctx.obj if isinstance(ctx.obj, Setup) else Setup()
    ctx.obj = Setup(
        url or given.url, token or given.token, profile or given.profile, given.transport, given.sleep
    )


app.command()(send.send)
app.command()(feed.feed)
app.command()(evaluate)
app.command("list")(messages.list_)
app.command()(search.search)
app.command()(search.export)
app.add_typer(searches.searches, name="searches")
app.command()(messages.find)
app.command()(statistics.stats)
app.command("setup")(setup_check.setup)
app.command()(messages.show)
app.command()(reasons.why)
app.command()(messages.raw)
app.command()(messages.release)
app.command()(messages.remove)
app.command()(messages.restore)
app.command()(messages.train)
app.command()(siblings.siblings)
app.command()(lessons.untrain)
app.add_typer(jobs.app, name="jobs")
app.command()(training.training)
app.add_typer(hooks.app, name="hooks")
app.command()(requests.request)
app.add_typer(requests.requests, name="requests")
app.add_typer(lessons.lessons, name="lessons")
app.command()(ledger.history)
app.command()(ledger.undo)
app.command()(ledger.audit)
app.add_typer(ledger.ledger, name="ledger")
app.command("what-if")(reasons.what_if)
app.command()(sent.sent)
app.command()(outgoing.submit)
app.add_typer(outgoing.identities, name="identities")
app.add_typer(lists.lists, name="lists")
app.add_typer(aliases.aliases, name="aliases")
app.add_typer(policies.policy, name="policy")
app.add_typer(settings_command.settings, name="settings")
app.add_typer(digests.digest, name="digest")
app.add_typer(domains.routes, name="routes")
app.add_typer(domains.domains, name="domains")
app.add_typer(tokens.tokens, name="tokens")
app.add_typer(passwords.passwords, name="passwords")
app.add_typer(users.users, name="users")
app.add_typer(users.delegates, name="delegates")
app.command()(users.disclosures)
app.command()(administer.redrive)
app.command()(administer.status)
app.command()(administer.login)
app.command()(imap_store.imap_test_store)


def run() -> None:
    """The console script."""
    app(prog_name="pratique")
