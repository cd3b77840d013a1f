"""Table stream -> bytes of rows that are gone."""
