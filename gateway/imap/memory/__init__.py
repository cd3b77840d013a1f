"""A general mail store in memory, for trying the IMAP server with clients and conformance suites. Nothing outlives the process."""

from .account import MemoryAccount, MemoryBackend
from .mailbox import MemoryMailbox

__all__ = ["MemoryAccount", "MemoryBackend", "MemoryMailbox"]
