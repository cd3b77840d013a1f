"""The long-lived process: the SMTP edge."""
