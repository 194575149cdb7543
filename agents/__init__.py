"""Policies: who chooses the next item."""
