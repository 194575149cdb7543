"""The section of the report that somebody plays with: its place, its data, its script, and the leave to run it."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

from ...students.curriculum.curriculum import APPROACHES
from ..figures.lessons import Lessons
from ..figures.markup import Markup, join, tag
from ..figures.words import listed, plain_name
from ..language.translate import texts, tr
from ..packed.play import PUPIL
from ..report.results import World, read_lessons
from ..report.taught.rules import split
from ..report.taught.why import APPROACH_WORDS, TEXTBOOK, decision_list, mastery_rule, other_mastery
from .bets import bets
from .bundle import BUNDLE
from .classes import school_class
from .codes import Data, maps, parents, whole
from .own import own_class
from .pupils import compared, pupils
from .reasons import reasons_of
from .style import CSS
from .tutors import packed

__all__ = ["Played", "played"]

DATA, PLACE, TITLE = "play-data", "play", texts("Look over the teacher’s shoulder")
ROOM = 400_000
"""Signs that all pupils' lessons may take together, so that a page stays small enough to be sent by mail."""
FORMAT = 1
NEEDS_SCRIPT = texts(
    "This part of the page needs JavaScript, which is off here. Everything else on the page does without."
)


@dataclass(frozen=True)
class Played:
    """What the page takes in.

    Attributes:
        section: to be put where it is to be played.
        script: to be put at the end of the page.
        css: its look.
        policy: what the page's Content-Security-Policy must allow for it.
    """

    section: Markup
    script: Markup
    css: str
    policy: str


def played(worlds: Sequence[World], language: Data | None = None) -> Played | None:
    """The section of these scenarios; None where none of them sets anything side by side.

    Args:
        worlds: the scenarios.
        language: the sentences that the script says, where it says them in another language than English.
    """
    shown = [world for world in worlds if world.set_beside]
    if not shown:
        return None
    tutors = packed([world.explained for world in shown])
    data = {
        "format": FORMAT,
        "worlds": [
            _world(world.explained, ROOM // len(shown)) | tutor for world, tutor in zip(shown, tutors, strict=True)
        ],
    }
    data |= {"language": language} if language else {}
    program = f"\n{BUNDLE.read_text(encoding='utf-8')}"
    section = tag(
        "section",
        tag("h2", tr(TITLE)),
        tag("div", tag("p", tr(NEEDS_SCRIPT)), class_="play"),
        id=PLACE,
        class_="screen",
    )
    script = join(
        # ASCII alone, and no "<" that could end the element before its time
        tag("script", Markup(_json(data)), type="application/json", id=DATA),
        tag("script", Markup(program), type="module"),
    )
    return Played(section, script, CSS + PUPIL, f"script-src '{_hash(program)}'; ")


def _json(data: Data) -> str:
    return json.dumps(data, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _world(world: World, room: int) -> Data:
    """All that the script is told of a scenario."""
    teacher, mastery, curriculum = world.teacher, world.mastery, world.curriculum
    lacking = [way.called for way in (teacher, mastery) if not way.lessons_kept]
    found: Data = {"title": world.title, "skills": list(curriculum.skills), "order": whole(curriculum.order)}
    found |= {"map": maps(curriculum), "own": own_class(world), "parents": parents(curriculum)}
    if lacking:
        none = tr("Single lessons cannot be shown here: {who} kept none in the files of this experiment.",
                   who=listed(lacking))  # fmt: skip
        return found | {"none": none}
    own, other = read_lessons(world, teacher), read_lessons(world, mastery)
    imitated = (teacher.kind == "learnt" or teacher.own) and bool(own.seen) and bool(len(split(own)[1]))
    rules = decision_list(teacher, own) if imitated else None
    few = own.of([0])
    words = [reasons_of(world, way, few, rules if way is teacher else None).words for way in compared(world)]
    return found | {
        "ways": [
            {"name": way.name, "called": way.called, "rules": list(said)}
            for way, said in zip(compared(world), words, strict=True)
        ],
        "guessed": bool(rules),
        "beside": _beside(world, own),
        "items": _items(world),
        "approaches": [tr(APPROACH_WORDS[name]) for name in APPROACHES],
        "believed": "belief" in own.seen,
        "pupils": pupils(world, min(own.n_students, other.n_students), rules, room),
        "bets": bets(world, own, rules),
        "class": school_class(world, own, other),
    }


def _beside(world: World, lessons: Lessons) -> str:
    """Which mastery learning was asked in the teacher's situations; empty where that would be the teacher itself."""
    known = lessons.mastery_choice is not None or mastery_rule(world) is not None
    if other_mastery(world, lessons) is None:
        return ""
    return world.mastery.name if known else plain_name(TEXTBOOK)


def _items(world: World) -> list[list[object]]:
    """Of every item its name, its approach, its skills and how many steps it has."""
    curriculum = world.curriculum
    steps = (curriculum.item_steps >= 0).sum(axis=1).tolist()
    return [
        [name, int(curriculum.approach[m]), [k for k in curriculum.item_skills[m].tolist() if k >= 0], steps[m]]
        for m, name in enumerate(curriculum.items)
    ]
