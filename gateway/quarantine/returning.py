"""Messages of this quarantine that come back by APPEND: clients that know no MOVE (mbsync, offlineimap) copy what a person moves between
folders, and delete it where it was.

A message is known by its octets and by nothing it says of itself: recipients are never taken from headers. What such clients put into a
header on the way is taken out first.
"""

from __future__ import annotations

import re

from pratique.domain.actor import Actor
from pratique.domain.errors import Conflict, NotFound
from pratique.domain.ids import CopyId
from pratique.domain.lesson import Label
from pratique.ports.services import Services
from pratique.usecases.restore_message import restore_message

from gateway.imap.storage import Code, Refused

from .contents import Contents
from .folders import Folder
from .reading import read_body

MOST = 20
"""Messages of the same size that are compared."""
_MARKS = re.compile(rb"(?mi)^X-(?:TUID|OfflineIMAP): [^\r\n]{1,100}\r?\n")
"""mbsync and offlineimap find what they appended by such a line."""
_HEADER_END = re.compile(rb"(\r?\n)\r?\n")
MAX_HEADER = 1 << 20


def without_marks(data: bytes) -> bytes:
    """The message as it was before a client marked it."""
    end = _HEADER_END.search(data, 0, MAX_HEADER)
    if end is None:
        return data
    at = end.end(1)
    return _MARKS.sub(b"", data[:at]) + data[at:]


def candidates(contents: Contents, size: int) -> list[tuple[int, CopyId]]:
    """(uid, copy) of this many octets, newest first; those that were deleted a moment ago too."""
    found = []
    for at in range(len(contents.uids) - 1, -1, -1):
        if contents.sizes[at] == size:
            found.append((contents.uids[at], contents.copy_id(at)))
            if len(found) == MOST:
                break
    return found


def find_own(
    services: Services, same_size: list[tuple[int, CopyId]], data: bytes
) -> tuple[int, CopyId] | None:
    """Which of them these octets are; the newest where the same came twice. Blocking: reads them all.

    Raises Refused where several people hold them: an administrator's client does not say whose it moved.
    """
    same = [(uid, copy_id) for uid, copy_id in same_size if read_body(services, copy_id) == data]
    if len({copy_id.owner for _, copy_id in same}) > 1:
        raise Refused(Code.CANNOT, "Several people hold this message: move it with MOVE or COPY")
    return same[0] if same else None


def take_back(services: Services, actor: Actor, folder: Folder, copy_id: CopyId) -> None:
    """Hold it again where the client deleted it before it appended it: to be let go, or as good mail that stays. Blocking."""
    if folder.release or folder.label is Label.HAM:
        try:
            restore_message(services, actor, copy_id)
        except (Conflict, NotFound):
            return  # on its way already, or gone: the action itself says so
