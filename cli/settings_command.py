"""settings: everything that a scope chose, as one file to review, keep and put back."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from cli import render
from cli.client import part
from cli.failure import Failure
from cli.settings_file import SettingsFile, written
from cli.setup import JsonOption, setup_of

settings = typer.Typer(
    help="Everything that a scope chose, as one file: export, review, import.", no_args_is_help=True
)

Scope = Annotated[str, typer.Argument(metavar="SCOPE", help="global, a domain or an address.")]


@settings.command("export")
def settings_export(
    ctx: typer.Context,
    scope: Scope,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The file; standard output when left out.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Write a scope's policy and lists, and of a domain its route and aliases, as YAML. The same settings are always the same file."""
    with setup_of(ctx).api() as api:
        found = api.get(f"/v1/settings/{part(scope)}")
        policy = api.get(f"/v1/policies/{part(scope)}")
    if json:
        render.emit(found)
        return
    text = written(found, policy)
    if output is None:
        sys.stdout.write(text)
        return
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Failure(f"{output}: {error.strerror}") from None


@settings.command("import")
def settings_import(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="As `export` writes it.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what it would change.")] = False,
    scope: Annotated[
        str | None, typer.Option(help="Another scope than the file names: to copy settings.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Make a scope's settings what a file says: as a whole, or, where something in it is wrong, not at all."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Failure(f"{file}: {getattr(error, 'strerror', None) or 'no UTF-8'}") from None
    read = SettingsFile(str(file), text)
    document = {**read.document, **({"scope": scope} if scope else {})}
    target = document.get("scope")
    if not isinstance(target, str) or not target:
        raise Failure(f"{file}: `scope` names none")
    path = f"/v1/settings/{part(target)}"
    with setup_of(ctx).api() as api:
        try:
            result = api.put(path, document, dry_run="true" if dry_run else None)
        except Failure as failure:
            raise read.failure(failure) from None
    if json:
        render.emit(result)
    else:
        _show(result, dry_run=dry_run)


def _show(result: dict[str, Any], *, dry_run: bool) -> None:
    rows = [
        (c["part"], render.plain(c["name"]), render.plain(c["before"]), render.plain(c["after"]))
        for c in result["changes"]
    ]
    render.show_table(("part", "what", "before", "after"), rows, empty="nothing to change")
    if rows and dry_run:
        typer.echo(f"{len(rows)} changes, none made (--dry-run)")
    elif rows:
        typer.echo(f"{len(rows)} changes made")
