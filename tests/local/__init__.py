"""The parts of the laptop's installation that need no emulator."""
