"""Deliver queue -> the next hop."""
