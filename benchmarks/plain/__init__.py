"""Students as one would write them in plain Python: the oracles of the tests and the yardsticks of the benchmark."""
