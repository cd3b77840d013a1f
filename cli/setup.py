"""What every command shares: the options given before its name, and the API made from them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated

import typer

from cli.client import Api
from cli.failure import Failure
from cli.place import LAPTOP_SMTP, Place, find_place

if TYPE_CHECKING:
    import httpx

JsonOption = Annotated[bool, typer.Option("--json", help="Machine output.")]
SmtpOption = Annotated[
    str | None, typer.Option("--smtp", envvar="PRATIQUE_SMTP", metavar="HOST:PORT", help="The SMTP edge.")
]


@dataclass
class Setup:
    """Options of the whole command line. `transport` and `sleep` are given by tests."""

    url: str | None = None
    token: str | None = field(default=None, repr=False)
    profile: str | None = None
    transport: httpx.BaseTransport | None = None
    sleep: Callable[[float], None] | None = None

    def place(self) -> Place:
        """The installation. Raises Failure."""
        return find_place(self.url, self.token, self.profile)

    def smtp(self, given: str | None) -> str:
        """The SMTP edge: as given, or the installation's, or the laptop's own. Raises Failure."""
        if given:
            return given
        try:
            place = self.place()
        except Failure:
            return LAPTOP_SMTP
        if not place.smtp:
            raise Failure("give --smtp HOST:PORT: this installation's SMTP server is not known here")
        return place.smtp

    @contextmanager
    def api(self) -> Iterator[Api]:
        """The API, closed at the end."""
        api = Api(self.place(), transport=self.transport, **({"sleep": self.sleep} if self.sleep else {}))
        try:
            yield api
        finally:
            api.close()


def setup_of(ctx: typer.Context) -> Setup:
    """The setup that the main callback made."""
    found = ctx.find_object(Setup)
    return found if found is not None else Setup()


@contextmanager
def directly(what: str) -> Iterator[None]:
    """Around work that uses the core and AWS credentials of one's own, imports included: the rest of the command line talks HTTP and does
    without either. Raises Failure for whatever goes wrong (no credentials, no such table, no right), in one line.
    """
    try:
        yield
    except ImportError as error:
        raise Failure(f"{what} needs the whole project installed ({error})") from None
    except Exception as error:  # noqa: BLE001 - see above
        raise Failure(f"{type(error).__name__}: {error}") from None
