"""The settings of tuned mastery learning as a teacher would say them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..language.translate import texts, tr, tr_many
from .words import listed, percent

ITEMS = texts(
    {
        "cycle": "the items of a skill are taken in turn",
        "level": "the items get harder as the skill gets better known",
        "gain": "of a skill's items the one that is believed to teach most is taken",
        "gain_per_minute": "of a skill's items the one that is believed to teach most per minute is taken",
    }
)


def in_words(settings: Mapping[str, Any]) -> str:
    """What tuning found best, in one sentence; nothing where nothing was tuned.

    Example:
        >>> in_words({"threshold": 0.7, "ready": 0.0, "review_days": 10, "cap": 6, "items": "cycle"})[:80]
        'With the settings that worked best on other pupils, a skill counts as known from'
    """
    if "threshold" not in settings:
        return ""
    parts = [tr("a skill counts as known from {share} belief on", share=percent(float(settings["threshold"])))]
    if settings.get("ready"):
        ready = percent(float(settings["ready"]))
        parts.append(tr("it is taught only once its prerequisites are believed {share} known", share=ready))
    if settings.get("review_days"):
        days = float(settings["review_days"])
        parts.append(
            tr_many("it is reviewed when it was not seen for {n} day",
                     "it is reviewed when it was not seen for {n} days", days)
        )  # fmt: skip
    if settings.get("cap"):
        cap = int(settings["cap"])
        parts.append(
            tr_many("after {n} lesson the pupil goes on in any case",
                     "after {n} lessons the pupil goes on in any case", cap)
        )  # fmt: skip
    items = str(settings.get("items", "cycle"))
    if items in ITEMS:
        parts.append(tr(ITEMS[items]))
    else:
        nearest = percent(float(items))
        parts.append(
            tr("the item whose chance of a right answer is believed to be nearest to {share} is taken", share=nearest)
        )
    return tr("With the settings that worked best on other pupils, {settings}.", settings=listed(parts))
