"""What layers are put around in these tests: a still student, items of known success, moods without effect."""

import math

from tests.helpers import one_skill

BAND = {"_target_": "zpdgym.students.DifficultyBandLearner", "engagement": False, "forget": 0.05}
STILL = {**BAND, "start": 0.0, "start_sd": 0.0, "learn": 0.0}


def ladder(*successes):
    """One skill at ability 0, with a practice item of each probability of success."""
    return one_skill(*(math.log((1 - p) / p) for p in successes), minutes=2.0)


def without_effects():
    """Moods without any effect on answers and learning."""
    none = dict.fromkeys(("frustrated", "bored"), 0.0)
    return {"attention": dict.fromkeys(none, 1.0), "careless": none, "gaming": none}
