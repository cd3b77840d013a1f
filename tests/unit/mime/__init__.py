"""Tests of filtering/mime."""
