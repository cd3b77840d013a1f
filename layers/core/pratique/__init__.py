"""Pratique: a serverless mail quarantine and spam filter. This package is the only home of its behaviour."""

CORE_VERSION = "0.1.0"
