"""What single lessons tell: which skill when, by which rules, moments, journeys, flags, and a plan to take away."""
