"""`make local`: the whole installation on this machine, until Ctrl-C. See docs/laptop.md."""

from __future__ import annotations

import argparse
import signal
import threading
from pathlib import Path

from local.problem import LaptopError
from local.screen import REFRESH_SECONDS, Screen, counts
from local.stack import Config, Stack
from local.state import clear

PORTS = {
    "smtp": "mail in",
    "sink": "mail out",
    "http": "API and pages",
    "imap": "mail clients",
    "imaps": "with TLS",
    "submission": "mail to send, with STARTTLS",
    "submissions": "with TLS",
}


def main(arguments: list[str] | None = None) -> int:
    """Run it. Returns the exit code: 0 after Ctrl-C, SIGTERM or `--for`, 1 where something went wrong."""
    chosen = _parser().parse_args(arguments)
    config = Config(
        state=chosen.state.resolve(),
        smtp_port=chosen.smtp_port,
        sink_port=chosen.sink_port,
        http_port=chosen.http_port,
        imap_port=chosen.imap_port,
        imaps_port=chosen.imaps_port,
        submission_port=chosen.submission_port,
        submissions_port=chosen.submissions_port,
        auth=not chosen.no_auth,
        locked=chosen.locked,
    )
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda _number, _frame: ended.set())
    if chosen.fresh:
        clear(config.state)
    with Screen() as screen:
        stack = Stack(config, say=lambda text: _step(screen, ended, text))
        try:
            stack.start()
            screen.ready(stack)
            return _watch(stack, screen, ended, chosen.seconds)
        except _EndedEarly:
            return 0
        except LaptopError as error:
            screen.say(str(error), style="bold red")
            return 1
        finally:
            if stack.outputs:
                screen.step("saving and stopping")
                stack.stop()
                screen.say("Stopped; everything is kept for the next start.")


class _EndedEarly(BaseException):
    """Somebody pressed Ctrl-C during the start."""


def _step(screen: Screen, ended: threading.Event, text: str) -> None:
    if ended.is_set():
        raise _EndedEarly
    screen.step(text)


def _watch(stack: Stack, screen: Screen, ended: threading.Event, seconds: float | None) -> int:
    """Wait for the end, with an eye on the children."""
    rounds = 0
    while not ended.wait(min(REFRESH_SECONDS, seconds or REFRESH_SECONDS)):
        rounds += 1
        trouble = stack.trouble()
        if trouble:
            raise LaptopError(trouble)
        if seconds is not None and rounds * REFRESH_SECONDS >= seconds:
            break
        screen.current(counts(stack))
    return 0


def _parser() -> argparse.ArgumentParser:
    default = Config()
    parser = argparse.ArgumentParser(prog="python -m local", description="Pratique, whole, on this machine.")
    parser.add_argument(
        "--state",
        type=Path,
        default=default.state,
        metavar="FOLDER",
        help="where everything is kept (.local)",
    )
    for name, what in PORTS.items():
        port = getattr(default, f"{name}_port")
        parser.add_argument(
            f"--{name}-port", type=int, default=port, metavar="N", help=f"{what} (%(default)s)"
        )
    parser.add_argument(
        "--no-auth", action="store_true", help="let the functions do what their roles do not allow"
    )
    parser.add_argument(
        "--locked", action="store_true", help="no way into the panel without a token or a mailed link"
    )
    parser.add_argument("--fresh", action="store_true", help="forget what an earlier run kept")
    parser.add_argument(
        "--for", dest="seconds", type=float, metavar="SECONDS", help="end by itself after that"
    )
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
