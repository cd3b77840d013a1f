"""What IMAP needs to know of a message, from its raw octets: part tree, ENVELOPE, BODYSTRUCTURE, sections, search (RFC 3501).

Octets are served as they are stored; nothing is decoded and re-encoded, no line end is changed. Mail comes by SMTP with CRLF; a message
with bare LFs (uploaded, or made so by a sender) is served with them, its sizes count them as one octet, and lines are counted by LF, so
sizes, ranges and line counts agree with what is sent. `make_structure` runs at ingest; `open_structure` gives all of it back without the
message. Hostile mail costs linear time, is bounded in depth, parts and stored size, and never raises.
"""

from .sections import HEADER, TEXT, WHOLE, Place, Section, header_fields, parse_section
from .structure import Structure, make_structure, open_structure, pack_structure, read_structure

__all__ = [
    "HEADER",
    "TEXT",
    "WHOLE",
    "Place",
    "Section",
    "Structure",
    "header_fields",
    "make_structure",
    "open_structure",
    "pack_structure",
    "parse_section",
    "read_structure",
]
