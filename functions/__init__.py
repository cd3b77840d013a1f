"""One AWS trigger each: thin handlers over the use cases."""
