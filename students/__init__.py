"""What there is to learn, and how simulated learners learn it."""
