"""The HTTP edge over real use cases and fakes of the ports."""
