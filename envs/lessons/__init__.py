"""The parts of an episode: how it begins, and how it ends."""
