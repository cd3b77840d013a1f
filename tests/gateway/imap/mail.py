"""Messages that tests of the IMAP server look at."""

from __future__ import annotations

PLAIN = (
    b"Date: Mon, 1 Jan 2024 10:00:00 +0100\r\n"
    b"From: Alice <alice@example.net>\r\n"
    b"To: bob@example.org\r\n"
    b"Subject: First words\r\n"
    b"Message-ID: <1@example.net>\r\n"
    b"\r\n"
    b"Hello Bob.\r\n"
    b"Bye.\r\n"
)
ALTERNATIVE = (
    b"From: =?utf-8?q?J=C3=BCrgen?= <juergen@example.com>\r\n"
    b"To: bob@example.org, carol@example.org\r\n"
    b"Cc: dave@example.org\r\n"
    b"Date: Tue, 2 Jan 2024 23:30:00 -0800\r\n"
    b"Subject: =?utf-8?b?R3LDvMOfZQ==?=\r\n"
    b"MIME-Version: 1.0\r\n"
    b'Content-Type: multipart/alternative; boundary="b"\r\n'
    b"\r\n"
    b"--b\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\n"
    b"Content-Transfer-Encoding: quoted-printable\r\n"
    b"\r\n"
    b"Sch=C3=B6n\r\n"
    b"--b\r\n"
    b"Content-Type: text/html\r\n"
    b"\r\n"
    b"<b>fine</b>\r\n"
    b"--b--\r\n"
)
FORWARDED = (
    b"From: carol@example.org\r\n"
    b"Subject: Fwd\r\n"
    b"MIME-Version: 1.0\r\n"
    b"Content-Type: multipart/mixed; boundary=m\r\n"
    b"\r\n"
    b"--m\r\n"
    b"\r\n"
    b"See below.\r\n"
    b"--m\r\n"
    b"Content-Type: message/rfc822\r\n"
    b"\r\n"
    b"From: inner@example.net\r\n"
    b"Subject: Inner\r\n"
    b"\r\n"
    b"Inside.\r\n"
    b"--m--\r\n"
)
MESSAGES = [PLAIN, ALTERNATIVE, FORWARDED]
