"""The project's own template on the emulator, real SMTP in, real SMTP out; the functions' roles are enforced."""
