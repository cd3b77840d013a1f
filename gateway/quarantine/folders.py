"""The folders, as people know them from other quarantines: what each shows, and what putting a message there does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pratique.domain.lesson import Label
from pratique.domain.mailbox import Listing
from pratique.domain.policy import EffectivePolicy

INBOX = "INBOX"


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder that shows copies (`listing`), or one that takes them and shows nothing. `key` is its name in what is stored.

    `option` names the choice of a policy that switches it on; a policy that knows no such choice leaves it off. A message put into
    one that takes is released, or taught as `label`, or both; `sources` are the folders that it takes messages from.
    """

    name: str
    key: str
    listing: Listing | None = None
    option: str = ""
    release: bool = False
    label: Label | None = None
    sources: tuple[str, ...] = ()
    uploads: bool = False
    """Whether it takes mail that did not come through here (APPEND)."""

    def is_on(self, policy: EffectivePolicy) -> bool:
        """Whether this scope has the folder."""
        return not self.option or bool(getattr(policy, self.option, False))


_CAUGHT = ("caught", "caught-outgoing")

FOLDERS: Mapping[str, Folder] = {
    folder.name: folder
    for folder in (
        Folder(INBOX, "inbox"),
        Folder("Caught", "caught", Listing.CAUGHT),
        Folder("Caught (Outgoing)", "caught-outgoing", Listing.CAUGHT_OUTGOING, "outgoing_quarantine"),
        Folder("Training Requested", "requested", Listing.REQUESTED, "training_requested"),
        Folder("Release & Train", "release-train", release=True, label=Label.HAM, sources=_CAUGHT),
        Folder("Release", "release", release=True, sources=_CAUGHT),
        Folder("Not Spam", "not-spam", label=Label.HAM, sources=(*_CAUGHT, "requested"), uploads=True),
        Folder("Spam", "spam", label=Label.SPAM, sources=(*_CAUGHT, "requested"), uploads=True),
    )
}
"""By name, in the order that LIST shows them."""


def folders_of(policy: EffectivePolicy) -> dict[str, Folder]:
    """The folders that a scope with this policy has."""
    return {name: folder for name, folder in FOLDERS.items() if folder.is_on(policy)}
