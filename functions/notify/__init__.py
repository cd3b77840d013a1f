"""Notify queue -> senders of refused mail."""
