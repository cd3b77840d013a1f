"""Hook queue -> calls of webhooks."""
