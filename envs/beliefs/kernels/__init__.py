"""What beliefs are fitted with, compiled: loops over the answers of all students of a log."""
