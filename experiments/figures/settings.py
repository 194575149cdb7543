"""The settings of tuned mastery learning as a teacher would say them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .words import counted, listed, percent

ITEMS = {
    "cycle": "the items of a skill are taken in turn",
    "level": "the items get harder as the skill gets better known",
    "gain": "of a skill's items the one that is believed to teach most is taken",
    "gain_per_minute": "of a skill's items the one that is believed to teach most per minute is taken",
}


def in_words(settings: Mapping[str, Any]) -> str:
    """What tuning found best, in one sentence; nothing where nothing was tuned.

    Example:
        >>> in_words({"threshold": 0.7, "ready": 0.0, "review_days": 10, "cap": 6, "items": "cycle"})[:80]
        'With the settings that worked best on other pupils, a skill counts as known from'
    """
    if "threshold" not in settings:
        return ""
    parts = [f"a skill counts as known from {percent(float(settings['threshold']))} belief on"]
    if settings.get("ready"):
        parts.append(f"it is taught only once its prerequisites are believed {percent(float(settings['ready']))} known")
    if settings.get("review_days"):
        parts.append(f"it is reviewed when it was not seen for {counted(float(settings['review_days']), 'day')}")
    if settings.get("cap"):
        parts.append(f"after {counted(int(settings['cap']), 'lesson')} the pupil goes on in any case")
    items = settings.get("items", "cycle")
    wanted = "the item whose chance of a right answer is believed to be nearest to"
    parts.append(ITEMS.get(str(items)) or f"{wanted} {percent(float(items))} is taken")
    return f"With the settings that worked best on other pupils, {listed(parts)}."
