"""The page: the answer, what these numbers are not, then everything behind it."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from zpdgym.errors import InputError, shown
from zpdgym.files import is_folder
from zpdgym.notes import say

from ...configs.build import CONFIGS
from ..figures.lessons import Lessons
from ..figures.markup import Child, Markup, join, tag
from ..figures.settings import in_words
from ..figures.tables import table as html_table
from ..figures.words import GLOSSARY, listed
from ..language.catalogue import Catalogue, read_catalogue
from ..language.translate import speaking, texts, tr, tr_many
from ..places import without_places
from ..play.section import PLACE as PLAY
from ..play.section import TITLE as PLAY_TITLE
from ..play.section import played
from ..store.runs import RUN, write_bytes
from . import outcomes
from .answers import ASKED, TITLE, OfAll, asked, of_all
from .assumed import assumed, how_trained
from .first import beaten_control, first_of_all, lacking, side_by_side_is_missing
from .front import CSS as FRONT
from .front import front, stays
from .gainers import shares_in_expectation, shares_in_one_run, who_gains
from .knew import how_well_known
from .mistakes import how_often_wrong, warning
from .results import World, read_experiment, read_lessons
from .style import CSS
from .taught import why
from .taught.risk import at_risk
from .taught.sequence import taught_curriculum
from .taught.take_away import first_day, take_away
from .verdicts import in_short

__all__ = ["write_report"]

REPORT = "report.html"


def write_report(experiment_dir: Path | str, *, start: str | None = None, lang: str | Path | None = None) -> Path:
    """Make the educator's page of an experiment from its files, without simulating anything.

    The same files give the same page, byte for byte.

    Args:
        experiment_dir: the experiment's folder, such as ``results/quickstart``.
        start: the day of the first session, such as 2027-01-11, for a calendar of the plan; None: there is no calendar.
        lang: a translator's ``.po`` file, in whose language the page is made; None: in English.

    Returns:
        the path of ``report.html`` in that folder.

    Raises:
        InputError: the folder is not that of an experiment, no run in it is finished, ``start`` is no day, or ``lang``
            is no such file.
    """
    if not isinstance(experiment_dir, str | Path) or not is_folder(experiment_dir):
        raise InputError(
            f"experiment_dir={shown(experiment_dir)}: give the folder of an experiment, such as results/quickstart"
        )
    folder, first = Path(experiment_dir), first_day(start)
    catalogue = None if lang is None else read_catalogue(lang)
    if catalogue is not None and catalogue.missing:
        left = f"{catalogue.missing} of the {catalogue.sentences} sentences of the page"
        say(f"{left} are not translated in {lang}, and stay in English")
    experiment, worlds = read_experiment(folder)
    path = folder / REPORT
    with speaking(catalogue):
        write_bytes(path, page(experiment, worlds, of_all(folder), start=first, catalogue=catalogue).encode())
    return path


def page(
    experiment: dict[str, Any],
    worlds: list[World],
    together: OfAll,
    *,
    start: date | None = None,
    catalogue: Catalogue | None = None,
) -> str:
    """The whole page as HTML, in the language that is spoken."""
    answers, playing = asked(together), played(worlds, catalogue and catalogue.for_script())
    name = str(experiment.get("name", "experiment"))
    title = tr("Which exercise next? Report on the experiment “{name}”", name=name)
    body = join(
        tag("a", tr("Skip to the results"), class_="skip", href="#results"),
        tag("header", tag("h1", title)),
        tag(
            "main",
            first_of_all(worlds),
            in_short(worlds) if len(worlds) > 1 else front(worlds[0], "w0") if worlds[0].set_beside else None,
            _first_box(worlds),
            playing and playing.section,
            answers,
            _contents(worlds, answered=answers is not None, plays=playing is not None),
            tag("div", [_world(w, f"w{i}", start) for i, w in enumerate(worlds)], id="results"),
            _left_out(worlds),
            _glossary(),
            _again(experiment, worlds),
            tag("p", tr(ON_PAPER), class_="on-paper"),
            stays(),
        ),
        playing and playing.script,
    )
    head = join(
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        # The browser itself holds the promise that nothing is fetched, and nothing runs but the page's own script.
        tag(
            "meta",
            http_equiv="Content-Security-Policy",
            content=f"default-src 'none'; {playing.policy if playing else ''}style-src 'unsafe-inline'; img-src data:",
        ),
        tag("meta", name="color-scheme", content="light dark"),
        tag("link", rel="icon", href="data:,"),
        tag("title", title),
        tag("style", Markup(CSS + FRONT + (playing.css if playing else ""))),
    )
    name, direction = (catalogue.name, catalogue.direction) if catalogue else ("en", None)
    return f"<!DOCTYPE html>\n{tag('html', tag('head', head), tag('body', body), lang=name, dir=direction)}\n"


def _first_box(worlds: list[World]) -> Markup:
    points = [
        tr("The pupils on this page are computer models. Nothing here was tried with children."),
        tr(
            "It cannot tell you that a programme works in your school. It can tell you which ideas are worth trying "
            "carefully, and which fail even under the best conditions."
        ),
        tr("The results hold for the assumptions below, and only as far as these are like your pupils."),
    ]
    return tag(
        "section", tag("h2", tr("Read this first")), tag("ul", [tag("li", p) for p in points]),
        tag("details", tag("summary", tr("What was assumed")), assumed(worlds)),
        class_="first", aria_label=tr("Read this first"),
    )  # fmt: skip


SECTIONS = texts(
    {
        "won": "Who did best, and by how much",
        "gains": "Who gains, who loses",
        "mistakes": "How often pupils are wrong",
        "growth": "How knowledge grows",
        "knew": "How well the tutor knew its pupils",
        "curriculum": "The curriculum as it was taught",
        "plan": "A plan to take away",
        "why": "Why: the teacher in a few rules",
        "moments": "Five moments where the teacher and mastery learning differ",
        "journeys": "Six pupils",
        "groups": "Group by group",
        "risk": "Pupils at risk, and when it shows",
        "unexpected": "Pupils that the teacher did not expect",
        "minutes": "Score against minutes",
    }
)


ON_PAPER = texts(
    "This is the short form for paper. The page itself also has single pupils, groups, moments, what is folded away, "
    "the words, and the part to play with; what is opened there is printed."
)
LAST = texts(
    {"left-out": "What the models leave out", "words": "Words", "again": "How to make this page again"}
)  # fmt: skip
"""What stands at the end of the page."""
PRINTED = ("won", "gains", "curriculum", "plan", "why", "risk")
"""What of a scenario is printed, so that a page on one of them has fewer than eight sheets; all else is to be read."""
OF_LESSONS = ("curriculum", "plan", "why", "moments", "journeys", "risk")
"""Those that are made of single lessons."""


def _titles(world: World) -> dict[str, str]:
    """The headings; where the teacher is mastery learning of another kind, both kinds are named.

    Where nobody is set beside anybody, there is one section.
    """
    if not world.set_beside:
        return {"won": tr(SECTIONS["won"])}
    teacher = world.explained.teacher
    titles = {key: tr(title) for key, title in SECTIONS.items()}
    if teacher.kind != "learnt":
        one, other = teacher.called, world.mastery.name
        titles["moments"] = tr("Five moments where {one} and {other} differ", one=one, other=other)
    return titles


def _contents(worlds: list[World], *, answered: bool, plays: bool) -> Markup:
    several = len(worlds) > 1
    first = [(tr(PLAY_TITLE), PLAY)] * plays + [(tr(TITLE), ASKED)] * answered
    entries: list[Child] = [tag("li", tag("a", title, href=f"#{key}")) for title, key in first]
    for i, world in enumerate(worlds):
        links = [tag("li", tag("a", title, href=f"#w{i}-{key}")) for key, title in _titles(world).items()]
        entries.append(tag("li", tag("a", world.title, href=f"#w{i}"), tag("ul", links)) if several else links)
    entries += [tag("li", tag("a", tr(title), href=f"#{key}")) for key, title in LAST.items()]
    return tag("nav", tag("h2", tr("Contents")), tag("ul", entries), aria_label=tr("Contents"))


def _world(world: World, key: str, start: date | None) -> Markup:
    small = (
        tag("p", tag("small", tr("In the files: {label}", label=world.label))) if world.title != world.label else None
    )
    head = [tag("h2", world.title), small, lacking(world), beaten_control(world)]
    if not world.set_beside:
        ((name, title),) = _titles(world).items()
        only = tag("section", tag("h3", title), side_by_side_is_missing(world), id=f"{key}-{name}")
        return tag("article", head, only, id=key)
    parts = [
        tag("section", tag("h3", title), made, id=f"{key}-{part}", class_=None if part in PRINTED else "screen")
        for part, title, made in _sections(world, key, start)
    ]
    return tag("article", head, _who_is_who(world), parts, id=key)


def _sections(world: World, key: str, start: date | None) -> list[tuple[str, str, Child]]:
    """Name, title and contents of every section of a world."""
    shown = world.explained
    teacher, mastery = shown.teacher, world.mastery
    own = read_lessons(world, teacher) if teacher.lessons_kept else None
    other = read_lessons(world, mastery) if mastery.lessons_kept else None
    expected = shares_in_expectation(world)
    made: dict[str, Child] = {
        "won": outcomes.headline(world, key, warning(world)),
        "gains": who_gains(world, key, expected or shares_in_one_run(world), in_expectation=bool(expected)),
        "mistakes": how_often_wrong(world),
        "growth": outcomes.growth(world, key, _days(own) if own is not None else None),
        "knew": how_well_known(world, key),
        "groups": outcomes.by_group(world),
        "unexpected": outcomes.on_unexpected(world),
        "minutes": outcomes.against_minutes(world, key),
    }
    if own is not None and other is not None:
        about = [
            taught_curriculum(shown, own, other, key),
            take_away(shown, own, key, start),
            why.rules(shown, own),
            why.moments(shown, own),
            why.journeys(shown, own, other, key),
            at_risk(shown, own, other),
        ]
        said = tr("This is about {teacher}: the lessons of {other} were not kept.",
                   teacher=teacher.called, other=world.teacher.called)  # fmt: skip
        instead = tag("p", said) if shown is not world else None
        made |= dict(zip(OF_LESSONS, (join(instead, part) for part in about), strict=True))
    else:
        none = tr("The lessons of {teacher} were not kept: that is done for learnt teachers and for your own.",
                   teacher=teacher.called)  # fmt: skip
        made |= dict.fromkeys(OF_LESSONS, tag("p", none))
    return [(part, title, made[part]) for part, title in _titles(world).items()]


def _who_is_who(world: World) -> Markup:
    teacher, mastery = world.teacher, world.mastery
    who = tr(
        "{the_teacher} on this page is {teacher}: {what}.",
        the_teacher=tag("strong", tr("The teacher")), teacher=teacher.called, what=_what_teaches(world),
    )  # fmt: skip
    other = tr(
        "{mastery_learning} here is {name}: a pupil stays with a skill until it is believed to be known, and goes on "
        "to the next one.",
        mastery_learning=tag("strong", tr("Mastery learning")), name=mastery.name,
    )  # fmt: skip
    return tag("p", who, " ", other, " ", in_words(mastery.settings))


def _what_teaches(world: World) -> str:
    """What the teacher of the page is, or what stands in its place where there is no learnt one."""
    if world.teacher.kind == "learnt":
        return tr("a computer program that learnt by trial and error on other simulated pupils")
    none = tr("this experiment has no learnt teacher")
    if any(way.kind == "learnt" for way in world.ways.values()):
        none = tr("this experiment has no learnt teacher that taught all the pupils")
    if world.teacher.own:
        return tr("{none}, so your own way of teaching stands in its place", none=none)
    if not world.teacher.asked:
        return tr("{none}, so one of the others stands in its place", none=none)
    if sum(way.asked for way in world.ways.values()) > 1:
        return tr(
            "{none}, so the one that was asked for, of several the best on validation pupils, stands in its place",
            none=none,
        )
    return tr("{none}, so the one that was asked for stands in its place", none=none)


def _days(lessons: Lessons) -> np.ndarray:
    """(T,) the typical day of each lesson."""
    given = lessons.taught.any(axis=0)
    day = np.where(lessons.taught, lessons.day, np.nan)[:, given]
    return np.nanmedian(day, axis=0) if day.size else np.zeros(1)


def _left_out(worlds: list[World]) -> Markup:
    points = [
        tr("Pupils here have no friends, no bad days, no language barriers and no home. They do not cheat, and they "
            "talk neither with each other nor with a teacher they like."),
        tr("A skill is a number. Real understanding connects skills in ways that these models do not know."),
        tr("What a simulated pupil remembers, learns and forgets follows formulas. Where no measured number was at "
            "hand, a prior guess was taken; it is marked above."),
        tr("Every way of teaching saw clean data: every answer recorded, none lost, no pupil absent."),
        how_trained(worlds),
        tr("What a lesson is like (its words, its pictures, the person who gives it) counts only through its "
            "difficulty, its minutes and its approach."),
    ]  # fmt: skip
    heading = tag("h2", tr(LAST["left-out"]))
    return tag("section", heading, tag("ul", [tag("li", p) for p in points if p]), id="left-out")


def _glossary() -> Markup:
    entries = [[tag("dt", tr(word)), tag("dd", tr(meaning))] for word, meaning in GLOSSARY]
    return tag("section", tag("h2", tr(LAST["words"])), tag("dl", entries), id="words", class_="screen")


def _again(experiment: dict[str, Any], worlds: list[World]) -> Markup:
    name = str(experiment.get("name", "experiment"))
    runs = [(w.label, way.policy, run) for w in worlds for way in w.ways.values() for run in way.runs]
    first = runs[0][2].json(RUN)
    versions = [f"{package} {version}" for package, version in first["versions"].items()]
    git = first.get("git") or {}
    made = {"versions": listed(versions), "commit": git.get("commit") or tr("unknown")}
    source = (
        tr("Made with {versions}; source {commit} (with changes).", **made)
        if git.get("changed")
        else tr("Made with {versions}; source {commit}.", **made)
    )
    rows = [[label, policy, run.path.name, tag("code", (run.done or "")[:12])] for label, policy, run in runs]
    heads = [tr("Scenario"), tr("Way of teaching"), tr("Run"), tr("Fingerprint")]
    table = html_table(tr("Fingerprints of the runs"), heads, rows, words=range(4))
    settings = json.dumps(without_places(experiment), indent=1, ensure_ascii=False, sort_keys=True)
    how = tr(
        "The experiment: {experiment}. Only the page: {page} with the folder that this page lies in, such as {folder}.",
        experiment=_command(experiment), page=tag("code", "zpdgym report FOLDER"),
        folder=tag("code", f"results/{name}"),
    )  # fmt: skip
    count = tr_many("Fingerprints of the {n} run", "Fingerprints of the {n} runs", len(runs))
    return tag(
        "section",
        tag("h2", tr(LAST["again"])),
        tag("p", how),
        tag("p", source),
        tag("details", tag("summary", tr("Settings of the experiment")), tag("pre", settings, tabindex="0")),
        tag("details", tag("summary", count), table),
        id="again",
    )


def _command(experiment: dict[str, Any]) -> str:
    """The command that makes the experiment again."""
    name = str(experiment.get("name", "experiment"))
    if again := experiment.get("again"):
        return tag("code", str(again))
    if (CONFIGS / "experiment" / f"{name}.yaml").is_file():
        return tag("code", f"zpdgym compare experiment={name}")
    return tr("its command was not kept; its settings are below")
