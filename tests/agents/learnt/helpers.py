"""Names and files of learnt teachers that several tests of this folder use."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from zpdgym.agents.learnt.teacher_files import CARD

PPO = ("ppo", "ppo_scorer", "ppo_scorer_unmasked")


def rewrite_card(folder: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    """Change what a saved teacher says about itself."""
    card = json.loads((folder / CARD).read_text())
    change(card)
    (folder / CARD).write_text(json.dumps(card))
