"""On whose pupils the learnt teachers were trained, as far as the files tell."""

from __future__ import annotations

from collections.abc import Sequence

from ...agents.learnt.teacher_files import CARD
from ..figures.words import capital, counted, listed
from ..store.runs import TEACHER
from .results import Way, World


def trained_on(way: Way) -> tuple[str, ...] | None:
    """Labels of the scenarios that a learnt teacher was trained on here; None: it was read from a file, learnt."""
    run = way.runs[way.typical]
    if not run.has(TEACHER):
        return None
    card = run.json(f"{TEACHER}/{CARD}")
    return tuple(card.get("trained_on") or [card["scenario"]])  # older cards know one scenario only


def how_trained(worlds: Sequence[World]) -> str:
    """How near the pupils of the training are to those of the test, in sentences; nothing without learnt teachers."""
    learnt = [(world, way, trained_on(way)) for world in worlds for way in world.ways.values() if way.kind == "learnt"]
    if not learnt:
        return ""
    read = list(dict.fromkeys(way.called for _, way, labels in learnt if labels is None))
    together: dict[tuple[str, ...], list[World]] = {}
    for world, _, labels in learnt:
        if labels is not None and labels != (world.label,):
            met = together.setdefault(labels, [])
            met += [world] if world not in met else []
    parts = []
    if any(labels == (world.label,) for world, _, labels in learnt):
        who = "Each learnt teacher that was trained for this experiment" if read or together else "The learnt teacher"
        where = " in the scenario of its own" if together else ""
        parts.append(f"{who} was trained on pupils of the same model that it is tested on{where}.")
    parts += [_together(labels, here) for labels, here in together.items()]
    if read:
        was = "was" if len(read) == 1 else "were"
        parts.append(
            f"{capital(listed(read))} {was} trained before this experiment and read from a file: this page does not "
            "know on which pupils, nor whether those here are of the same model."
        )
    if any(world.table.unexpected for world in worlds):
        parts.append(
            "The section on pupils that the teacher did not expect shows how far that matters, for the kinds tried "
            "there and for no others."
        )
    return " ".join(parts)


def _together(labels: tuple[str, ...], worlds: Sequence[World]) -> str:
    """Which scenarios of the page a teacher knows that was trained on others, or on several."""
    scenarios = f"{counted(len(labels), 'scenario')} together" if len(labels) > 1 else "one scenario"
    known = [w.title for w in worlds if w.label in labels]
    new = [w.title for w in worlds if w.label not in labels]
    said = f"The learnt teacher was trained on pupils of {scenarios} ({', '.join(labels)})."
    if new:
        said += f" It never met those of {listed(new)}: there it shows how far what it learnt carries."
    if known:
        said += f" The pupils of {listed(known)} are of a model that it was trained on."
    return said
