"""Our own check of a sender (SPF, DKIM, DMARC, ARC), for mail that no receiving service has checked: what SES does before its event."""
