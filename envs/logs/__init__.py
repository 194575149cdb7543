"""Logs of students whose groups are known: skewed as real logs are, and mended."""
