"""The command line against the real edge over fakes: no sockets."""
