"""Files that run, files that pretend, and files that keep a scanner out."""

from __future__ import annotations

from pratique.domain.envelope import Receipt
from pratique.domain.verdict import Contribution

from ..contributions import found
from ..file_kinds import EXTENSIONS, KIND_OF_EXTENSION
from ..parsed import Attachment, ParsedMessage
from ..patterns import pattern
from ..wordlist import words

MEANINGS = {
    "file:program": "a file that runs",
    "file:doubled": "a file that runs, with the name of one that does not (report.pdf.exe)",
    "file:disguised": "a program under another kind of name",
    "file:packed": "a program in an archive",
    "file:hidden-name": "a name with direction characters, or with its ending behind a long gap",
    "file:disk-image": "a disk image, whose content loses the mark of the web",
    "file:macro": "a document with macros",
    "file:encrypted": "an archive or document that only opens with a password",
    "file:password-told": "an encrypted file, and the password in the text",
    "file:bomb": "an archive that unpacks to far more than it is",
    "file:nested": "archives within archives within archives",
    "file:type": "content of another kind than the name says",
    "file:page": "a page as a file",
    "file:page-form": "a page as a file, with a form or a field for a password",
    "file:page-script": "a page as a file, with a script",
    "file:launch": "a PDF that starts something",
    "file:object": "a document with an embedded object",
    "file:note": "a notebook or a shortcut list that can carry programs",
    "file:nameless": "a program without a name",
    "file:picture": "pictures and hardly a word",
    "file:ordinary": "ordinary documents",
}
EXECUTABLE = words(
    "exe scr pif com bat cmd msi msp cpl dll jar js jse vbs vbe wsf wsh wsc hta ps1 psm1 lnk reg inf sct chm gadget application "
    "scf appx msix xll ade adp mde"
)
CONTAINER = words("iso img vhd vhdx udf")
MACRO = words("docm dotm xlsm xltm xlam pptm potm ppam ppsm sldm")
NOTE = words("one onepkg url library-ms search-ms settingcontent-ms iqy slk rdp theme")
HARMLESS_LOOKING = words(
    "pdf doc docx xls xlsx ppt pptx txt rtf jpg jpeg png gif csv htm html zip mp3 avi mpg"
)
_PROGRAM_KINDS = {"pe", "elf", "mach-o", "lnk", "java-class"}
_PAGES = EXTENSIONS["html"] | {"svg"}
_GAP = pattern(r"\s{4,}\.?\w{1,5}$|_{6,}\.?\w{1,5}$")
_PASSWORD = pattern(
    r"\b(?:password|passwort|pass code|passcode|mot de passe|contrase.a|senha|parola|pwd)\b.{0,20}[:=]"
)
_MOST = 50


def evidence(parsed: ParsedMessage, receipt: Receipt) -> list[Contribution]:  # noqa: ARG001 - one form for all signals
    """The gravest thing about each of the first attachments, and what was found inside; at most one contribution of each kind."""
    if not parsed.attachments:
        return []
    result: dict[str, str] = {}
    for attachment in parsed.attachments[:_MOST]:
        for name in (_program(attachment) or _pretence(attachment), *_content(attachment)):
            if name:
                result.setdefault(name, attachment.filename or "a nameless file")
    if "hidden-in-filename" in parsed.defects:
        result.setdefault("file:hidden-name", "")
    if "file:encrypted" in result and _PASSWORD.search(parsed.low_shown[:4_000]):
        result["file:password-told"] = ""
    if not result:
        if len(parsed.shown) < 80 and all(a.media_type.startswith("image/") for a in parsed.attachments):  # noqa: PLR2004 - hardly a word
            result["file:picture"] = ""
        elif all(a.kind in ("pdf", "ole", "zip", "") and a.filename for a in parsed.attachments):
            result["file:ordinary"] = ""
    return [found(name, detail) for name, detail in result.items()]


def _program(attachment: Attachment) -> str:
    name = attachment.filename.lower().rstrip(". ")
    extension = _extension(name)
    before = name.split(".")[-2].strip() if name.count(".") > 1 else ""
    is_program = attachment.kind in _PROGRAM_KINDS
    if extension in EXECUTABLE and before in HARMLESS_LOOKING:
        return "file:doubled"
    if is_program and extension not in EXECUTABLE | EXTENSIONS.get(attachment.kind, frozenset()):
        return "file:disguised" if attachment.filename else "file:nameless"
    if extension in EXECUTABLE or is_program:
        return "file:program"
    inside = (attachment.inner, *attachment.inside)
    if "program" in attachment.marks or any(
        _extension(name.lower().rstrip(". ")) in EXECUTABLE for name in inside
    ):
        return "file:packed" if extension not in ("jar", "xpi") else "file:program"
    return ""


def _pretence(attachment: Attachment) -> str:
    extension = _extension(attachment.filename.lower().rstrip(". "))
    if extension in CONTAINER or any(_extension(name.lower()) in CONTAINER for name in attachment.inside):
        return "file:disk-image"
    if extension in NOTE or attachment.kind == "onenote":
        return "file:note"
    if extension in MACRO:
        return "file:macro"
    return _kind(attachment, extension)


def _kind(attachment: Attachment, extension: str) -> str:
    usual = KIND_OF_EXTENSION.get(extension)
    if usual and attachment.kind in EXTENSIONS and attachment.kind not in usual:
        return "file:type"
    if attachment.kind == "html" or extension in _PAGES:
        if "form" in attachment.marks:
            return "file:page-form"
        return "file:page-script" if "script" in attachment.marks else "file:page"
    return ""


_BY_MARK = {
    "macro": "file:macro",
    "encrypted": "file:encrypted",
    "bomb": "file:bomb",
    "deep": "file:nested",
    "launch": "file:launch",
    "object": "file:object",
}


def _content(attachment: Attachment) -> list[str]:
    found_names = [_BY_MARK[mark] for mark in sorted(attachment.marks) if mark in _BY_MARK]
    if _GAP.search(attachment.filename):
        found_names.append("file:hidden-name")
    if attachment.kind in ("zip", "rar", "7z", "gzip", "tar") and attachment.marks & {"script", "form"}:
        found_names.append("file:page-script")
    return found_names


def _extension(name: str) -> str:
    return name.rpartition(".")[2] if "." in name else ""
