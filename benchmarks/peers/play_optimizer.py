"""The simulator of fsrs-optimizer, in an environment of its own: whole decks of one learner, day by day.

Only the file of the simulator is loaded: the package around it wants torch, of which the simulator makes no use.
"""

from __future__ import annotations

import importlib.util
import math
import time
from pathlib import Path
from typing import Any

from answering import answer

DECKS = {30: 400, 1000: 365, 10_000: 100}
"""Cards of a deck, and for how many days it is simulated."""
WEIGHTS = (
    0.212, 1.2931, 2.3065, 8.2956, 6.4133, 0.8334, 3.0194, 0.001, 1.8722, 0.1666, 0.796, 1.4835, 0.0614, 0.2629,
    1.6483, 0.6014, 1.8729, 0.5425, 0.0912, 0.0658, 0.1542,
)  # fmt: skip


def simulator() -> Any:
    """The module ``fsrs_optimizer/fsrs_simulator.py``."""
    package = importlib.util.find_spec("fsrs_optimizer")
    assert package is not None
    assert package.submodule_search_locations is not None
    file = Path(package.submodule_search_locations[0]) / "fsrs_simulator.py"
    found = importlib.util.spec_from_file_location("fsrs_simulator", file)
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


simulate = simulator().simulate


def turn() -> dict[str, list[float]]:
    """First and later reviews, and seconds: no learning steps, as many a day as are due."""
    told = {}
    for deck, days in DECKS.items():
        began = time.process_time()
        _, reviewed, learnt, *_ = simulate(
            list(WEIGHTS), deck_size=deck, learn_span=days, max_cost_perday=math.inf, learning_step_count=0,
            relearning_step_count=0,
        )  # fmt: skip
        seconds = time.process_time() - began
        told[f"fsrs-optimizer, {deck} cards"] = [float(reviewed.sum() + learnt.sum()), seconds]
    return told


answer({"turn": turn})
