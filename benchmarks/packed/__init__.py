"""Whether a packed tutor chooses in JavaScript as it does in Python."""
