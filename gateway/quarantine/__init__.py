"""The quarantine as IMAP mailboxes, over the same use cases as the HTTP API (docs/imap.md)."""
