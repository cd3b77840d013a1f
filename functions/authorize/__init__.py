"""The HTTP API's authorizer."""
