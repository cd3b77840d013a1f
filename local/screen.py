"""What the terminal shows: each step of the start, then what runs where, then a line that stays current. Plain lines where it is no terminal."""

from __future__ import annotations

import time
from types import TracebackType
from typing import TYPE_CHECKING

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from local.stack import Stack

REFRESH_SECONDS = 2.0


class Screen:
    """A context: inside it the current line is kept on the terminal."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(highlight=False)
        self._started = time.monotonic()
        self._live: Live | None = None
        self._shown = ""

    def __enter__(self) -> Screen:
        if self.console.is_terminal:
            self._live = Live(Text("starting"), console=self.console, refresh_per_second=4, transient=True)
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live:
            self._live.stop()
            self._live = None

    def step(self, text: str) -> None:
        """One step of the start or the end."""
        if self._live:
            self._live.update(Text(f"{text} ..."))
        else:
            self.console.print(f"{text} ...")

    def say(self, text: str, *, style: str = "") -> None:
        """A line that stays."""
        self.console.print(Text(text, style=style), soft_wrap=True)

    def ready(self, stack: Stack) -> None:
        """The table of what runs where."""
        table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
        table.add_row("Mail in", f"127.0.0.1:{stack.smtp_port} (SMTP)")
        tls = f", 127.0.0.1:{stack.imaps_port} (TLS)" if stack.certificate else ""
        starttls = "STARTTLS" if stack.certificate else "no TLS: there is no `openssl` to make a certificate"
        table.add_row("Mail clients (IMAP)", f"127.0.0.1:{stack.imap_port} ({starttls}){tls}")
        for each in stack.logins:
            table.add_row("", f"{each.login:16} {each.password}")
        if stack.certificate:
            ports = f"127.0.0.1:{stack.submission_port} (STARTTLS), 127.0.0.1:{stack.submissions_port} (TLS)"
            table.add_row("Mail to send", f"{ports}: with the logins above")
        table.add_row("API and pages", f"{stack.url}/")
        table.add_row("Delivered mail", f"{stack.url}/sink/")
        table.add_row("Token", f"{stack.config.state}/token")
        table.add_row("Logs", f"{stack.config.state}/log/")
        self.console.print()
        self.console.print(table)
        self.console.print()
        # Not in the table, which cuts what is too long for the terminal: a link must be whole.
        self.say(f"Sign in (once): {stack.sign_in_link}")
        seconds = time.monotonic() - self._started
        self.say(
            f"Ready after {seconds:.1f} s. `pratique` finds this installation by itself; Ctrl-C ends it.",
            style="bold",
        )

    def current(self, line: str) -> None:
        """The line that stays current; where there is no terminal, a line for each change."""
        if self._live:
            self._live.update(Text(line))
        elif line != self._shown:
            self.console.print(line)
        self._shown = line


def counts(stack: Stack) -> str:
    """What the installation holds, in one line; a question that fails is no reason to end."""
    try:
        sqs = stack.client("sqs")
        queues = {
            name: int(
                sqs.get_queue_attributes(
                    QueueUrl=stack.outputs[output], AttributeNames=["ApproximateNumberOfMessages"]
                )["Attributes"]["ApproximateNumberOfMessages"]
            )
            for name, output in (
                ("to deliver", "DeliverQueueUrl"),
                ("to learn", "LearnQueueUrl"),
                ("dead", "DeliverDeadQueueUrl"),
            )
        }
    except Exception as error:  # noqa: BLE001 - the caller looks at once whether the emulator still lives
        return f"the emulator did not answer ({type(error).__name__})"
    waiting = " · ".join(f"{number} {name}" for name, number in queues.items())
    return f"{len(stack.mailbox.names())} delivered · {waiting}"
