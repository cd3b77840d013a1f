"""The SMTP edge over real sockets; what stands behind it is fake."""
