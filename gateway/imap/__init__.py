"""An IMAP4rev1 server (RFC 3501) over any storage: `storage` is what a backend gives, `server` what listens."""
