"""What there is to print: by section the pages that show it, and what computes it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from benchmarks.published import (
    ability,
    knowledge,
    kss,
    memory,
    misconceptions,
    plain_bandits,
    small_worlds,
    ssp_mmc,
    teaching,
    tracing,
    tuned_index,
)
from benchmarks.published.figure import Figure


class Section(NamedTuple):
    """Some figures; ``slow`` ones train teachers and are computed only when they are named."""

    figures: Callable[[], list[Figure]]
    pages: tuple[str, ...]
    slow: bool = False


SECTIONS = {
    "actr": Section(memory.actr, ("students/actr.md",)),
    "afm": Section(ability.afm, ("students/afm.md",)),
    "bandits": Section(plain_bandits.bandits, ("policies/bandits.md",)),
    "blim": Section(knowledge.blim, ("students/blim.md",)),
    "calibration": Section(tracing.calibration, ("calibration.md",)),
    "das3h": Section(memory.das3h, ("students/das3h.md",)),
    "dash": Section(memory.dash, ("students/dash.md",)),
    "flash_cards": Section(teaching.flash_cards, ("policies/spaced.md",)),
    "dhp": Section(ssp_mmc.dhp, ("students/dhp.md", "policies/privileged.md")),
    "elo": Section(ability.elo, ("students/elo.md",)),
    "examples": Section(teaching.examples, ("policies/spaced.md",)),
    "fsrs": Section(memory.fsrs, ("students/fsrs.md",)),
    "giving_up": Section(ability.giving_up, ("students/difficulty_band.md",)),
    "half_life": Section(memory.half_life, ("students/half_life.md",)),
    "irt": Section(ability.irt, ("students/irt.md",)),
    "kidlearn": Section(knowledge.kidlearn, ("students/kidlearn.md",)),
    "kss": Section(kss.kss, ("students/kss.md",)),
    "kt6kc": Section(knowledge.kt6kc, ("students/kt6kc.md", "policies/privileged.md")),
    "misconceptions": Section(misconceptions.misconceptions, ("students/misconceptions.md",)),
    "optimum": Section(small_worlds.optimum, ("policies/learnt.md",), slow=True),
    "ssp_mmc": Section(ssp_mmc.ssp_mmc, ("policies/privileged.md",)),
    "tms": Section(knowledge.tms, ("students/tms.md",)),
    "tuned_index": Section(tuned_index.tuned_index, ("policies/greedy.md", "policies/tuned_index.md"), slow=True),
    "zpdes": Section(teaching.zpdes, ("policies/bandits.md",)),
}
