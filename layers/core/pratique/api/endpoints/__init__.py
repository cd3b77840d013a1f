"""The functions behind the table, by resource. Each turns a call into one use case, and its result into an answer."""
