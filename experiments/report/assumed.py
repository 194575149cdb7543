"""What a page assumes of its pupils, and how near those are on whom its teachers were trained.

What several scenarios have in common is said once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ...agents.learnt.teacher_files import CARD
from ..figures.markup import Markup, join, name_of, tag
from ..figures.tables import table as html_table
from ..figures.words import capital, listed
from ..language.translate import in_files, texts, tr, tr_many
from ..store.runs import TEACHER
from .results import Way, World
from .taught import why
from .verdicts import later

_GUESS = re.compile(r"\bpriors?\b(?!=)", re.IGNORECASE)
NOTHING_SAID = texts("The scenario's file states no assumptions in words.")
FEW = 3
"""So many sources of a scenario's own are sentences; more are a table to open."""


@dataclass(frozen=True)
class _Assumed:
    """What is said of one scenario.

    Attributes:
        what: who learns what, in a sentence.
        given: the assumptions and the changes, a sentence each.
        sources: number -> where it comes from.
    """

    what: str | None
    given: Sequence[str]
    sources: Mapping[str, str]

    @classmethod
    def of(cls, world: World) -> _Assumed:
        about = world.about
        given = [str(said) for said in (*(about.get("assumptions") or []), *(about.get("changes") or []))]
        return cls(_what(world), given, {key: str(text) for key, text in (about.get("sources") or {}).items()})

    def __bool__(self) -> bool:
        return bool(self.what or self.given or self.sources)

    def without(self, other: _Assumed) -> _Assumed:
        """What is not said there already."""
        rows = {key: text for key, text in self.sources.items() if other.sources.get(key) != text}
        what = None if self.what == other.what else self.what
        return _Assumed(what, [said for said in self.given if said not in other.given], rows)


def assumed(worlds: Sequence[World]) -> Markup:
    """The assumptions of all scenarios: what they have in common, then what is each one's own."""
    single = [_Assumed.of(world) for world in worlds]
    first, *others = single
    if not others:
        return _told(first, silent=not first.given)
    common = _in_common(single)
    silent = [not one.given for one in single]
    heading = tag("h4", tr("In all scenarios of this page"))
    parts = [heading, _told(common, silent=all(silent))] if common or all(silent) else []
    for world, own, quiet in zip(worlds, (one.without(common) for one in single), silent, strict=True):
        quiet = quiet and not all(silent)
        parts += [tag("h4", name_of(world.title)), _told(own, silent=quiet, own=True)] if own or quiet else []
    return join(parts)


def _in_common(single: Sequence[_Assumed]) -> _Assumed:
    first, *others = single
    what = first.what if all(one.what == first.what for one in others) else None
    given = [said for said in first.given if all(said in one.given for one in others)]
    rows = {key: text for key, text in first.sources.items() if all(one.sources.get(key) == text for one in others)}
    return _Assumed(what, given, rows)


def _told(about: _Assumed, *, silent: bool = False, own: bool = False) -> Markup:
    given, rows = list(about.given), [[key, text] for key, text in about.sources.items()]
    if own and len(rows) <= FEW:
        given, rows = [*given, *(f"{key}: {text}" for key, text in rows)], []
    priors = sum(bool(_GUESS.search(text)) for text in about.sources.values())
    count = tr_many("{n} entry", "{n} entries", len(rows))
    note = (
        tr("Where the numbers come from ({entries}; {priors} of them prior guesses, not measured)",
            entries=count, priors=priors)
        if priors
        else tr("Where the numbers come from ({entries})", entries=count)
    )  # fmt: skip
    cells = [[key, in_files(text)] for key, text in rows]
    heads = [tr("Number"), tr("Source")]
    table = html_table(tr("Sources of the numbers"), heads, cells, words=(0, 1))
    return join(
        tag("p", about.what) if about.what else None,
        tag("ul", [tag("li", in_files(said)) for said in given]) if given else None,
        tag("p", tr(NOTHING_SAID)) if silent else None,
        tag("details", tag("summary", note), table) if rows else None,
    )


def _what(world: World) -> str:
    curriculum, schedule = world.curriculum, world.about["schedule"]
    topics, pupils = why.taught_topics(world), world.table.students
    each = tr_many("{n} lesson", "{n} lessons", schedule["session_lessons"])
    if schedule["by_minutes"]:
        each = tr("{number} minutes", number=f"{schedule['session_minutes']:g}")
    sessions = schedule["sessions"]
    time = each if sessions == 1 else tr_many("{n} session of {each}", "{n} sessions of {each}", sessions, each=each)
    name = name_of(curriculum.name)
    return tr(
        "{pupils}, whom no teacher met before, learn {curriculum}: {skills}, {items}, {time}; the exam is {when}.",
        pupils=tr_many("{n} simulated pupil", "{n} simulated pupils", pupils),
        curriculum=name,
        skills=join(
            tr_many("{n} skill", "{n} skills", curriculum.n_skills), [" (", name_of(topics), ")"] if topics else None
        ),
        items=tr_many("{n} item", "{n} items", curriculum.n_items),
        time=time,
        when=later(world),
    )


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
        parts.append(_on_its_own(several=bool(read or together), elsewhere=bool(together)))
    parts += [_together(labels, here) for labels, here in together.items()]
    if read:
        who = {"who": capital(listed(read))}
        parts.append(
            tr("{who} was trained before this experiment and read from a file: this page does not know on which "
                "pupils, nor whether those here are of the same model.", **who)
            if len(read) == 1
            else tr("{who} were trained before this experiment and read from a file: this page does not know on which "
                     "pupils, nor whether those here are of the same model.", **who)
        )  # fmt: skip
    if any(world.table.unexpected for world in worlds):
        parts.append(
            tr("The section on pupils that the teacher did not expect shows how far that matters, for the kinds tried "
                "there and for no others.")
        )  # fmt: skip
    return " ".join(parts)


def _on_its_own(*, several: bool, elsewhere: bool) -> str:
    """What is said of teachers that were trained on the scenario that they are tested on."""
    if elsewhere:
        return tr("Each learnt teacher that was trained for this experiment was trained on pupils of the same model "
                   "that it is tested on in the scenario of its own.")  # fmt: skip
    if several:
        return tr("Each learnt teacher that was trained for this experiment was trained on pupils of the same model "
                   "that it is tested on.")  # fmt: skip
    return tr("The learnt teacher was trained on pupils of the same model that it is tested on.")


def _together(labels: tuple[str, ...], worlds: Sequence[World]) -> str:
    """Which scenarios of the page a teacher knows that was trained on others, or on several."""
    known = [w.title for w in worlds if w.label in labels]
    new = [w.title for w in worlds if w.label not in labels]
    names = ", ".join(labels)
    parts = [
        tr(
            "The learnt teacher was trained on pupils of {n} scenarios together ({labels}).",
            n=len(labels),
            labels=names,
        )
        if len(labels) > 1
        else tr("The learnt teacher was trained on pupils of one scenario ({labels}).", labels=names)
    ]
    if new:
        parts.append(
            tr("It never met those of {scenarios}: there it shows how far what it learnt carries.",
                scenarios=listed(new))
        )  # fmt: skip
    if known:
        parts.append(tr("The pupils of {scenarios} are of a model that it was trained on.", scenarios=listed(known)))
    return " ".join(parts)
