"""Mail of our own, in plain text: it can quote nothing that a stranger wrote."""

from __future__ import annotations

import re
from email.message import EmailMessage

from pratique.domain.user import User
from pratique.usecases.mail_date import mail_date

DEFAULT_LANGUAGE = "en"
_ADDRESS = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~.-]+@[a-z0-9._-]+")
"""What can stand in a header as it is (RFC 5322, 3.4.1); the envelope has the address in any case."""

LINK = {
    "en": (
        "Your link to sign in",
        "Somebody, hopefully you, asked for a link to the mail quarantine of {login}.\n\n{link}\n\nIt works once, within {minutes} "
        "minutes. If you did not ask for it, do nothing: nobody can use it but you.\n",
    ),
    "de": (
        "Ihr Link zum Anmelden",
        "Jemand, hoffentlich Sie, hat einen Link zur E-Mail-Quarantäne von {login} angefordert.\n\n{link}\n\nEr gilt einmal, innerhalb "
        "von {minutes} Minuten. Haben Sie ihn nicht angefordert, so tun Sie nichts: Niemand außer Ihnen kann ihn benutzen.\n",
    ),
    "fr": (
        "Votre lien de connexion",
        "Quelqu'un, vous sans doute, a demandé un lien vers la quarantaine du courrier de {login}.\n\n{link}\n\nIl sert une seule fois, "
        "pendant {minutes} minutes. Si vous ne l'avez pas demandé, ne faites rien : vous seul pouvez l'utiliser.\n",
    ),
    "es": (
        "Su enlace para iniciar sesión",
        "Alguien, esperamos que usted, ha pedido un enlace a la cuarentena de correo de {login}.\n\n{link}\n\nSirve una sola vez, durante "
        "{minutes} minutos. Si no lo ha pedido, no haga nada: nadie más que usted puede usarlo.\n",
    ),
    "ja": (
        "サインイン用リンク",
        "{login} のメール隔離へのサインイン用リンクが要求されました。\n\n{link}\n\nこのリンクは {minutes} 分以内に一度だけ使えます。"
        "お心当たりがない場合は、何もしないでください。ほかの人が使うことはできません。\n",
    ),
}

PLACE = {
    "en": (
        "You signed in from a new place",
        "The mail quarantine of {login} was opened at {when} from {network} with {agent}, a place it was not opened from before.\n\n"
        'If that was you, all is well. If not, sign in, end that session under "Sessions", and change your password:\n{panel}\n',
    ),
    "de": (
        "Anmeldung von einem neuen Ort",
        "Die E-Mail-Quarantäne von {login} wurde um {when} von {network} mit {agent} geöffnet; von dort noch nie zuvor.\n\nWaren Sie das, "
        "ist alles gut. Wenn nicht: Melden Sie sich an, beenden Sie diese Sitzung und ändern Sie Ihr Passwort:\n{panel}\n",
    ),
    "fr": (
        "Connexion depuis un nouvel endroit",
        "La quarantaine du courrier de {login} a été ouverte à {when} depuis {network} avec {agent}, pour la première fois de là.\n\n"
        "Si c'était vous, tout va bien. Sinon, connectez-vous, fermez cette session et changez de mot de passe :\n{panel}\n",
    ),
    "es": (
        "Inicio de sesión desde un lugar nuevo",
        "La cuarentena de correo de {login} se abrió a las {when} desde {network} con {agent}, un lugar nuevo.\n\nSi fue usted, todo está "
        "bien. Si no, inicie sesión, cierre esa sesión y cambie su contraseña:\n{panel}\n",
    ),
    "ja": (
        "新しい場所からのサインイン",
        "{login} のメール隔離が {when} に {network} から {agent} で開かれました。これまで使われたことのない場所です。\n\n"
        "ご本人であれば問題ありません。そうでない場合は、サインインしてそのセッションを終了し、パスワードを変更してください。\n{panel}\n",
    ),
}


def write_letter(
    texts: dict[str, tuple[str, str]],
    user: User,
    values: dict[str, str],
    *,
    hostname: str,
    reference: str,
    now_ms: int,
) -> bytes:
    """The bytes of a letter to the user, in the user's language where there is a text in it. It answers nothing and wants no answer
    (RFC 3834, 5); `reference` makes its Message-ID.
    """
    language = next((tag for tag in (user.language, user.language[:2]) if tag in texts), DEFAULT_LANGUAGE)
    subject, body = texts[language]
    message = EmailMessage()
    message["From"] = f"Pratique <pratique@{hostname}>"
    to = str(user.mail)
    message["To"] = to if _ADDRESS.fullmatch(to) else "undisclosed-recipients:;"
    message["Subject"] = subject
    message["Date"] = mail_date(now_ms)
    message["Message-ID"] = f"<{reference}@{hostname}>"
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message.set_content(
        body.format(**{name: _plain(value) for name, value in values.items()}), cte="quoted-printable"
    )
    message["Content-Language"] = language  # after the content: setting that clears all fields about it
    return message.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def _plain(text: str) -> str:
    """One line: no value can add lines of its own."""
    return "".join(char if char.isprintable() else " " for char in text)
