"""One file per thing a person or a clock can ask for. Each is a function of (services, actor, ...)."""
