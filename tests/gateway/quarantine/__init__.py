"""The quarantine as IMAP mailboxes."""
