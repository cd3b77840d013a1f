"""Files that run, and files that pretend."""

from __future__ import annotations

from pratique.domain.envelope import Receipt
from pratique.domain.verdict import Contribution

from ..contributions import contribution
from ..file_kinds import EXTENSIONS, KIND_OF_EXTENSION
from ..parsed import Attachment, ParsedMessage
from ..wordlist import words

EXECUTABLE = words(
    "exe scr pif com bat cmd msi msp cpl dll jar js jse vbs vbe wsf wsh wsc hta ps1 psm1 lnk reg inf sct chm gadget application "
    "scf url appx msix xll ade adp mde"
)
CONTAINER = words("iso img vhd vhdx udf")
"""Disk images: their contents lose the mark of the web."""
MACRO = words("docm dotm xlsm xltm xlam pptm potm ppam ppsm sldm")
HARMLESS_LOOKING = words(
    "pdf doc docx xls xlsx ppt pptx txt rtf jpg jpeg png gif csv htm html zip mp3 avi mpg"
)
_PROGRAM_KINDS = {"pe", "elf", "mach-o", "lnk", "java-class"}


def evidence(parsed: ParsedMessage, receipt: Receipt) -> list[Contribution]:  # noqa: ARG001 - one form for all signals
    """The gravest thing about each of the first attachments; at most one contribution of each kind."""
    found: dict[str, Contribution] = {}
    for attachment in parsed.attachments[:50]:
        worst = _worst(attachment)
        if worst is not None:
            found.setdefault(worst.signal, worst)
    return list(found.values())


def _worst(attachment: Attachment) -> Contribution | None:
    return _program(attachment) or _pretence(attachment)


def _program(attachment: Attachment) -> Contribution | None:
    name = attachment.filename.lower().rstrip(". ")
    extension = _extension(name)
    before = name.split(".")[-2].strip() if name.count(".") > 1 else ""
    is_program = attachment.kind in _PROGRAM_KINDS
    if extension in EXECUTABLE and before in HARMLESS_LOOKING:
        return contribution("attachment:doubled", 3.5, attachment.filename)
    if is_program and extension not in EXECUTABLE | EXTENSIONS.get(attachment.kind, frozenset()):
        shown = attachment.filename or "a nameless file"
        return contribution("attachment:disguised", 3.0, f"{shown} is a program")
    if extension in EXECUTABLE or is_program:
        return contribution("attachment:executable", 2.5, attachment.filename)
    if _extension(attachment.inner.lower()) in EXECUTABLE:
        return contribution("attachment:packed", 2.2, f"{attachment.inner} in {attachment.filename}")
    return None


def _pretence(attachment: Attachment) -> Contribution | None:
    extension = _extension(attachment.filename.lower().rstrip(". "))
    if extension in CONTAINER:
        return contribution("attachment:image", 1.5, attachment.filename)
    if extension in MACRO:
        return contribution("attachment:macro", 0.8, attachment.filename)
    usual = KIND_OF_EXTENSION.get(extension)
    if usual and attachment.kind in EXTENSIONS and attachment.kind not in usual:
        return contribution("attachment:type", 0.8, f"{attachment.filename} is {attachment.kind}")
    if attachment.kind == "html" or extension in EXTENSIONS["html"]:
        return contribution("attachment:html", 0.6, attachment.filename)
    return None


def _extension(name: str) -> str:
    return name.rpartition(".")[2] if "." in name else ""
