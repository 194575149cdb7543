"""What a teacher takes home from the page: a plan by sessions for a class, as a table, a spreadsheet and a calendar."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from zpdgym.errors import InputError, shown

from ...figures.lessons import Lessons, when_taught
from ...figures.markup import Child, Markup, join, name_of, tag
from ...figures.tables import table as html_table
from ...figures.words import listed
from ...language.translate import tr
from ..results import World
from .sequence import csv_link

CLASS = 25
"""Pupils of the class that the plan is written for."""
MOST, LEAST = 5, 3
"""So many skills stand in a session's plan at most, each with at least so many of the class working on it."""
FIRST, LAST = date(1900, 1, 1), date(2999, 12, 31)
"""When a plan may begin: years of four digits, with room behind them for a schedule of any length."""
FOLD = 75
"""Octets that a line of a calendar file has at most (RFC 5545, 3.1)."""


@dataclass(frozen=True)
class Session:
    """What a class does on one day.

    Attributes:
        day: which day, the first is 1.
        focus: (skill, pupils of the class who work on it), most first.
        new: skills that half of the pupils have met by the end of this day, and not before.
    """

    day: int
    focus: tuple[tuple[int, int], ...]
    new: tuple[int, ...]


def plan(lessons: Lessons) -> list[Session]:
    """The sessions with the skills that most of a class work on; pupils who are done count as working on none."""
    days = np.unique(np.floor(lessons.day[lessons.taught]))
    half = np.floor(when_taught(lessons).day)  # NaN where fewer than half ever meet the skill
    found = list[Session]()
    for day in days:
        here = lessons.taught & (np.floor(lessons.day) == day)
        pupils = np.rint(CLASS * (lessons.skills & here[..., None]).any(axis=1).mean(axis=0)).astype(int)
        most = [k for k in np.argsort(-pupils, kind="stable")[:MOST].tolist() if pupils[k] >= LEAST]
        new = tuple(np.flatnonzero(half == day).tolist())
        found.append(Session(int(day) + 1, tuple((k, int(pupils[k])) for k in most), new))
    return found


def take_away(world: World, lessons: Lessons, key: str, start: date | None) -> Markup:
    """The plan on the page, and in files that a spreadsheet and a calendar open.

    Args:
        world: the scenario.
        lessons: those of the teacher that the page explains.
        key: the part of the page, for the names of the files.
        start: the day of the first session; None: there is no calendar.
    """
    sessions = plan(lessons)
    if len(sessions) < 2:
        return tag("p", tr("All lessons are on one day: scope and sequence above is the whole plan."))
    skills = world.curriculum.skills
    meaning = tr(
        "For a class of {pupils} under {teacher}: how many pupils work on which skill in a session, at most {skills} "
        "skills each. Everybody has exercises of their own; the plan says what is worth doing together on that day. It "
        "is what simulated pupils did, and was not tried with a class.",
        pupils=CLASS, teacher=world.teacher.called, skills=MOST,
    )  # fmt: skip
    rows: list[list[Child]] = [
        [str(n), str(one.day), _names(skills, one.new), _focus(skills, one)] for n, one in enumerate(sessions, start=1)
    ]
    heads = [tr("Session"), tr("Day"), tr("New for half of the class"), tr("Pupils at work on")]
    table = html_table(tr("Plan of {number} sessions", number=len(sessions)), heads, rows, words=(0, 2, 3))
    links: list[Child] = [_link(tr("Download the plan (CSV, opens in a spreadsheet)"), f"plan-{key}.csv",
                                csv_link(_for_a_spreadsheet(skills, sessions)))]  # fmt: skip
    if start is None:
        links.append(
            tr("For a calendar say when the first session is: {command}.",
                command=tag("code", "zpdgym report FOLDER start=2027-01-11"))
        )  # fmt: skip
    else:
        text = calendar(world.title, skills, sessions, start)
        data = base64.b64encode(text.encode()).decode()
        said = tr("Download the plan (ICS, opens in a calendar; the first session is on {day})", day=start.isoformat())
        links.append(_link(said, f"plan-{key}.ics", f"data:text/calendar;charset=utf-8;base64,{data}"))
    brief = tr("Print two pages only: the answer, this plan and the rules")
    return join(
        tag("p", meaning),
        tag("details", tag("summary", tr("The plan, session by session")), table, class_="plan"),
        tag("ul", [tag("li", link) for link in links], class_="screen"),
        tag(
            "p",
            tag("input", type="checkbox", id=f"{key}-brief"),
            " ",
            tag("label", brief, for_=f"{key}-brief"),
            class_="brief",
        ),
    )


def _link(text: str, download: str, href: str) -> Markup:
    return tag("a", text, download=download, href=href)


def _names(skills: Sequence[str], which: Sequence[int]) -> Child:
    parts: list[Child] = []
    for n, k in enumerate(which):
        parts += [", " if n else None, name_of(skills[k])]
    return join(*parts) if which else "–"


def _focus(skills: Sequence[str], session: Session) -> Child:
    parts: list[Child] = []
    for n, (k, pupils) in enumerate(session.focus):
        parts += ["; " if n else None, name_of(skills[k]), f" {pupils}"]
    return join(*parts) if session.focus else "–"


def _for_a_spreadsheet(skills: Sequence[str], sessions: Sequence[Session]) -> list[list[str]]:
    rows = [["Session", "Day (the first is day 1)", "Skill", f"Pupils of {CLASS} who work on it", "New for half"]]
    for n, session in enumerate(sessions, start=1):
        counts = dict(session.focus)
        for k in (*counts, *(k for k in session.new if k not in counts)):
            pupils = str(counts[k]) if k in counts else f"fewer than {LEAST}, or not among the {MOST} most"
            rows.append([str(n), str(session.day), skills[k], pupils, "yes" if k in session.new else ""])
    return rows


def calendar(title: str, skills: Sequence[str], sessions: Sequence[Session], start: date) -> str:
    """The sessions as days of a calendar file (RFC 5545); the same plan and first day give the same bytes."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//zpdgym//plan//EN", "CALSCALE:GREGORIAN"]
    for n, session in enumerate(sessions, start=1):
        day = start + timedelta(days=session.day - 1)
        work = ", ".join(
            tr("{skill} ({pupils} of {all})", skill=skills[k], pupils=pupils, all=CLASS) for k, pupils in session.focus
        )
        told = [tr("New: {skills}.", skills=listed([skills[k] for k in session.new]))] if session.new else []
        told.append(tr("At work on: {skills}. Simulated pupils; not tried with a class.", skills=work))
        summary = tr("Session {number}: {title}", number=n, title=title)
        uid = hashlib.sha256(f"{title} {start} {n}".encode("utf-8", "replace")).hexdigest()[:24]
        lines += [
            "BEGIN:VEVENT", f"UID:{uid}@zpdgym", f"DTSTAMP:{start:%Y%m%d}T000000Z", f"DTSTART;VALUE=DATE:{day:%Y%m%d}",
            f"DTEND;VALUE=DATE:{day + timedelta(days=1):%Y%m%d}", f"SUMMARY:{_escaped(summary)}",
            f"DESCRIPTION:{_escaped(' '.join(told))}",
            "TRANSP:TRANSPARENT", "END:VEVENT",
        ]  # fmt: skip
    return "".join(f"{_folded(line)}\r\n" for line in [*lines, "END:VCALENDAR"])


def _escaped(text: str) -> str:
    for sign in "\\;,":
        text = text.replace(sign, f"\\{sign}")
    return " ".join(text.split()).encode("utf-8", "replace").decode()


def _folded(line: str) -> str:
    """The line cut into lines of at most 75 octets, never inside a letter; those that follow begin with a space."""
    parts, part, size = list[str](), "", 0
    for letter in line:
        octets = len(letter.encode())
        if size + octets > FOLD:
            parts.append(part)
            part, size = " ", 1
        part, size = part + letter, size + octets
    return "\r\n".join([*parts, part])


def first_day(text: object) -> date | None:
    """The day of the first session as it was typed; None where nothing was.

    Raises:
        InputError: it is no day, or one that no plan begins on.
    """
    if text is None:
        return None
    try:
        day = date.fromisoformat(str(text))
    except ValueError as error:
        raise InputError(f"start={shown(text)} must be a day, written 2027-01-11") from error
    if not FIRST <= day <= LAST:
        raise InputError(f"start={shown(text)} must be a day from {FIRST.isoformat()} to {LAST.isoformat()}")
    return day
