"""SES receipt rule (and the SMTP edge, and Mail Manager) -> mail in."""
