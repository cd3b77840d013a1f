"""The laptop: the embedded emulator, the deployer, the sink mailbox, the front."""
