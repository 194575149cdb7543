"""Sections that say what came of it: who won, growth, groups, unexpected pupils, and minutes."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np

from ..comparison.formats import IMPOSSIBLE
from ..comparison.rows import GroupRow, PolicyRow, UnexpectedRow
from ..comparison.telling import HEADS, LEFT_OUT, beyond_bound, left_out, telling
from ..figures.charts import Curve, Interval, growth_chart, interval_chart, minutes_chart
from ..figures.lessons import Floats
from ..figures.markup import Child, Markup, join, name_of, tag
from ..figures.svg import MASTERY_STYLE, OTHER_STYLES, REFERENCE_STYLE, TEACHER_STYLE, Style, figure
from ..figures.tables import table as html_table
from ..figures.words import (
    EXPLAINED,
    adds_up,
    amount,
    capital,
    decimals,
    group_words,
    listed,
    percent,
    plain_name,
    signed,
)
from ..language.translate import in_files, texts, tr, tr_many
from ..statistics import CANNOT_TELL
from .origin import of_unexpected
from .results import Way, World
from .verdicts import caution, harmed_cell, higher_learners, in_words, later, scaled, verdict, worse_off

SHOWN_FIRST = (
    "mastery",
    "classroom",
    "greedy_ready",
    "ready_random",
    "no_teaching",
    "oracle_greedy",
    "oracle_per_minute",
    "optimal",
)
HEADINGS = texts(
    (
        "Difference", "95 % interval", "In words", "More skills", "Expect noticeably worse", "Worst tenth", "Gave up",
        "Hours", "Group", "Way of teaching", "Skills", "Never mastered",
    )
)  # fmt: skip
"""Heads of columns that may be left out; they are said after that."""
FOLDED = texts({
    "Worst tenth": "the worst tenth", "Skills": "skills mastered", "Gave up": "who gave up",
    "Never mastered": "who never mastered most of it",
})  # fmt: skip
ROUNDED = texts("all numbers are rounded separately, so some differences seem off by one in the last place")
NO_OPTIMUM = "The exact optimum is not among the reference lines"
"""How the table's note begins."""
MOST_CURVES = 9
FEWER = "‡"
"""The mark of a way of teaching that taught fewer pupils than the others."""
REFERENCE = texts(("reference", "reference: sees the truth"))
REFERENCES = texts({
    "optimal": ("bound", "bound: sees only answers, knows how pupils learn"),
    "fully_observed": ("bound", "bound: sees what pupils know"),
})  # fmt: skip
"""What the references are, in a word and with what they know that no teacher can."""


def styles(world: World) -> dict[str, Style]:
    """How each way of teaching is drawn in all figures of a world."""
    found, others = {}, itertools.cycle(OTHER_STYLES)
    for policy, way in sorted(world.ways.items()):
        if way is world.teacher:
            found[policy] = TEACHER_STYLE
        elif way is world.mastery:
            found[policy] = MASTERY_STYLE
        else:
            found[policy] = REFERENCE_STYLE if way.kind == "privileged" else next(others)
    return found


def label(world: World, way: Way, *, short: bool = False) -> str:
    """The name of a way of teaching, marked where it is a reference or taught fewer pupils.

    Args:
        world: whose pupils.
        way: the way of teaching.
        short: do not say what makes it a reference.
    """
    brief, whole = REFERENCES.get(way.policy, REFERENCE)
    mark = f" ({tr(brief) if short else tr(whole)})" if way.kind == "privileged" else ""
    return f"{way.name}{mark}{FEWER if world.on_fewer(way) else ''}"


def _fewer(world: World) -> str:
    """Which ways of teaching taught fewer pupils, and how they are compared; nothing where all taught all."""
    found = [
        tr_many("{name} {n} pupil", "{name} {n} pupils", w.row.students, name=w.name)
        for w in world.ways.values()
        if world.on_fewer(w)
    ]
    if not found:
        return ""
    return tr_many(
        "A way of teaching marked {mark} taught only the first of the {n} pupil, because it takes long to decide: "
        "{found}. Its mean is of these pupils, and its differences are to the same pupils under the other way of "
        "teaching.",
        "A way of teaching marked {mark} taught only the first of the {n} pupils, because it takes long to decide: "
        "{found}. Its mean is of these pupils, and its differences are to the same pupils under the other way of "
        "teaching.",
        world.table.students, mark=FEWER, found=listed(found),
    )  # fmt: skip


def headline(world: World, key: str, also: Markup | None) -> Markup:
    """Who won by how much, as sentences, a figure and a table; ``also`` is what must stand beside the verdict."""
    return join(
        tag("p", verdict(world), class_="verdict"),
        tag("p", worse_off(world)),
        higher_learners(world),
        also,
        caution(world),
        _interval_figure(world, key),
        _against_table(world),
    )


def _interval_figure(world: World, key: str) -> Markup:
    drawn, mastery, unit = styles(world), world.mastery, world.unit
    lines = []
    for policy, way in world.ways.items():
        if way is not mastery:
            value, low, high = scaled(way.row.vs_tuned, unit.scale)
            name = f"{way.name}{FEWER if world.on_fewer(way) else ''}"
            lines.append(Interval(name, value, low, high, drawn[policy]))
    words = tr("{unit}, difference to {other}", unit=unit.words, other=mastery.name)
    title = tr("Every way of teaching against {other}", other=mastery.name)
    chart = interval_chart(f"{key}-won", title, lines, world.table.smallest_difference * unit.scale, words)
    captions = [
        tr("Difference to {other} on the same pupils, with 95 % intervals over trainings and pupils.",
            other=mastery.name)
        if _several_trainings(world)
        else tr("Difference to {other} on the same pupils, with 95 % intervals over pupils.", other=mastery.name),
        tr("Inside the grey band a difference is too small to be worth having; the words in the table go by wider "
            "intervals, corrected for all that it compares."),
    ]  # fmt: skip
    if any(way.kind == "privileged" for way in world.ways.values()):
        captions.append(tr("Stars are references: they know what no real teacher can know."))
    if _fewer(world):
        captions.append(tr("{mark}: on fewer pupils, see below the table.", mark=FEWER))
    captions += _beaten_reference(world)
    return figure(" ".join(captions), chart)


def _several_trainings(world: World) -> bool:
    return any(len(way.runs) > 1 for way in world.ways.values())


def _beaten_reference(world: World) -> list[str]:
    """Why the all-knowing teacher, or an exact bound, may stand below others, where it does."""
    if above := beyond_bound([way.row for way in world.ways.values()]):
        names = capital(listed([plain_name(policy) for policy in above]))
        return [
            tr_many("{names} stands above an exact bound by luck of the sample: nobody can expect to.",
                     "{names} stand above an exact bound by luck of the sample: nobody can expect to.",
                     len(above), names=names)
        ]  # fmt: skip
    oracle = world.ways.get(world.table.reference or "")
    fair = [w for w in world.ways.values() if w.kind != "privileged" and not world.on_fewer(w)]
    best = max(w.row.outcome.value for w in fair)
    if oracle is None or world.on_fewer(oracle) or oracle.row.outcome.value >= best:
        return []
    return [
        tr("The {oracle} is not the best here. It sees everything but plans no further than the next lessons, and "
            "what it does not have practised again fades before the exam.", oracle=oracle.name)
    ]  # fmt: skip


def _beside(world: World) -> list[PolicyRow]:
    return [way.row for way in world.ways.values() if way is not world.mastery]


def _against_table(world: World) -> Markup:
    unit, mastery, others = world.unit, world.mastery, _beside(world)
    # means and differences are set side by side, so all rows have the same decimals
    digits = decimals(*(v for row in others for v in scaled(row.vs_tuned, unit.scale)))
    skills = decimals(*(scaled(row.more_skills, 1.0)[0] for row in others))
    lines = []
    for way in world.ways.values():
        row = way.row
        name = label(world, way)
        red = tag("strong", f"{name} {IMPOSSIBLE}", class_="alarm") if row.beats_control else name
        cells: list[Child] = [red, amount(row.outcome.value * unit.scale, digits)]
        if way is mastery:
            cells += ["–", "–", tr("the yardstick"), "–", "–"]
        else:
            value, low, high = (signed(v, digits) for v in scaled(row.vs_tuned, unit.scale))
            ends = tr("{low} to {high}", low=low, high=high)
            cells += [value, ends, _in_a_word(way), signed(scaled(row.more_skills, 1.0)[0], skills)]
            cells.append(harmed_cell(world, way))
        tenth = amount(row.worst_decile.value * unit.scale, digits)
        lines.append([*cells, tenth, percent(row.quit), amount(row.minutes / 60, 1)])
    head = [
        "Way of teaching",
        f"{capital(unit.words)} ({unit.whole()})",
        "Difference",
        "95 % interval",
        "In words",
        "More skills",
        "Expect noticeably worse",
        "Worst tenth",
        "Gave up",
        "Hours",
    ]
    caption = tr("All ways of teaching, {when}; differences are to {other}", when=later(world), other=mastery.name)
    means = [w.row.outcome.value * unit.scale for w in world.ways.values() if w is not mastery]
    base, gaps = mastery.row.outcome.value * unit.scale, [scaled(row.vs_tuned, unit.scale)[0] for row in others]
    if any(not adds_up(mean, base, gap, digits) for mean, gap in zip(means, gaps, strict=True)):
        caption += f"; {tr(ROUNDED)}"
    explained = [
        tag("li", tag("strong", f"{w.name}: "), tr(EXPLAINED[p])) for p, w in world.ways.items() if p in EXPLAINED
    ]
    own = tag(
        "details", tag("summary", tr("What each way of teaching does")), tag("ul", explained), _notes(world, head)
    )
    fewer = tag("p", note) if (note := _fewer(world)) else None
    shown, rows = telling(head, lines, world.table.policies)
    return join(html_table(caption, _said(shown), rows, words=(0, 4)), fewer, own)


def _in_a_word(way: Way) -> str:
    """The verdict of a row, or why there is none."""
    found = way.row.vs_tuned_verdict
    if found is None:
        return tr("a reference") if way.kind == "privileged" else tr("no verdict: too few trainings")
    return tr("we cannot tell") if found == CANNOT_TELL else in_words(found)


def _said(heads: Sequence[str]) -> list[str]:
    """Heads of columns in the language of the page; the one with the unit was said already."""
    return [tr(head) if head in HEADINGS else head for head in heads]


def _notes(world: World, heads: Sequence[str]) -> list[Markup]:
    """The notes of the table in the words of this page."""
    found = [
        tag("p", tr("{name}: cannot teach here: {reason}", name=plain_name(r.policy), reason=in_files(r.reason)))
        for r in world.table.cannot_teach
    ]
    found += [tag("p", in_files(n)) for n in world.table.notes if not n.startswith((NO_OPTIMUM, LEFT_OUT))]
    if any(note.startswith(NO_OPTIMUM) for note in world.table.notes):
        none = tr("The best teaching that is possible is not shown: it can be worked out only in worlds that are much "
                   "smaller than this one.")  # fmt: skip
        found.append(tag("p", none))
    fields = left_out(world.table.policies)
    gone = [f"“{tr(head)}” ({fields[field]})" for head in heads if (field := HEADS.get(head)) in fields]
    if gone:
        found.append(tag("p", tr("Columns without any news are left out: {columns}.", columns=listed(gone))))
    return found


def growth(world: World, key: str, days: Floats | None) -> Markup:
    """Mastery over lessons, a line for each way of teaching."""
    drawn = styles(world)
    chosen = [world.teacher, world.mastery]
    chosen += [world.ways[p] for p in SHOWN_FIRST if p in world.ways and world.ways[p] not in chosen]
    chosen += [w for w in world.ways.values() if w not in chosen]
    left_out = chosen[MOST_CURVES:]
    curves = []
    for way in chosen[:MOST_CURVES]:
        runs = way.mastery_by_lesson[:, : world.usual_end + 1]
        name = label(world, way, short=True)
        curves.append(Curve(name, drawn[way.policy], runs.mean(axis=0), runs.min(axis=0), runs.max(axis=0)))
    captions = [tr("Mean over all pupils who started, those who gave up included.")]
    if _several_trainings(world):
        captions.append(tr("A band reaches from the worst training to the best."))
    captions.append(tr("The axis ends where nine in ten pupils have had their last lesson, whoever taught them."))
    if days is not None and days[-1] > 7:
        captions.append(tr("An upright line is the start of a week."))
    if any(world.on_fewer(way) for way in chosen[:MOST_CURVES]):
        captions.append(tr("{mark}: on fewer pupils, see below the table of results.", mark=FEWER))
    if left_out:
        names = listed([w.name for w in left_out])
        captions.append(tr("Not drawn, to keep the figure readable: {names}.", names=names))
    horizon = len(curves[0].mean) - 1
    marks = sorted({round(horizon * s) for s in (0, 0.25, 0.5, 0.75, 1)})
    rows = [[c.name, *(percent(float(c.mean[t])) for t in marks)] for c in curves]
    after = [tr_many("after {n} lesson", "after {n} lessons", t) if t else tr("at the start") for t in marks]
    numbers = html_table(tr("Share of the skills known"), [tr("Way of teaching"), *after], rows)
    below = tag("details", tag("summary", tr("The same as numbers")), numbers)
    return join(figure(" ".join(captions), growth_chart(f"{key}-growth", curves, days)), below)


def _first(world: World) -> list[Way]:
    """All ways of teaching that are no references, teacher and mastery learning first."""
    others = [w for w in world.ways.values() if w.kind != "privileged"]
    return [world.teacher, world.mastery, *(w for w in others if w not in (world.teacher, world.mastery))]


def by_group(world: World) -> Markup:
    """Every group of pupils under the teacher, under mastery learning and under the others."""
    unit, ways = world.unit, _first(world)
    found = {(row.policy, row.group): row for row in world.table.groups}
    groups = sorted({group for _, group in found})
    main = [w for w in ways if w in (world.teacher, world.mastery) or w.policy == world.table.best_untrained]

    def means(shown: Sequence[Way]) -> Markup:
        # Who taught fewer pupils may have met none of a group.
        rows_of = [[found.get((w.policy, group)) for group in groups] for w in shown]
        outcomes = [[row.outcome.value * unit.scale if row else np.nan for row in own] for own in rows_of]
        gaps = [float(np.nanmax(o) - np.nanmin(o)) for o in outcomes] if len(groups) > 1 else []
        digits = decimals(*(value for own in outcomes for value in own), *gaps)
        rows: list[list[Child]] = []
        for g, group in enumerate(groups):
            size = str(found[main[0].policy, group].students)
            rows.append([name_of(group_words(group)), size, *(amount(own[g], digits) for own in outcomes)])
        if gaps:
            last = tr("Gap between the group that ends highest and the lowest one")
            rows.append([last, "", *(amount(gap, digits) for gap in gaps)])
        caption = tr("By group of pupils: mean {unit} {whole}", unit=unit.words, whole=unit.whole())
        return html_table(caption, [tr("Group"), tr("Pupils"), *(label(world, w) for w in shown)], rows)

    parts: list[Child] = [means(main)]
    if len(groups) == 1:
        parts.append(tag("p", tr("All pupils of this scenario belong to one group, so there is no gap to show.")))
    if others := [w for w in ways if w not in main]:
        parts.append(tag("details", tag("summary", tr("The same for the other ways of teaching")), means(others)))
    more = _more_of_groups(world, [(g, w, found[w.policy, g]) for g in groups for w in ways if (w.policy, g) in found])
    return join(*parts, more)


def _more_of_groups(world: World, rows: Sequence[tuple[str, Way, GroupRow]]) -> Markup:
    """What else there is to know of a group under each way of teaching."""
    cells = [
        [
            name_of(group_words(group)),
            label(world, way),
            amount(row.worst_decile * world.unit.scale),
            amount(row.skills_mastered),
            percent(row.quit),
            percent(row.never_mastered),
        ]
        for group, way, row in rows
    ]
    head = ["Group", "Way of teaching", "Worst tenth", "Skills", "Gave up", "Never mastered"]
    shown, cells = telling(head, cells, world.table.policies)
    full = html_table(tr("Group by group, in detail"), _said(shown), cells, words=(0, 1))
    meaning = tr("“Never mastered” are those who at no time had four fifths of the skills mastered at once.")
    what = capital(listed([tr(FOLDED[name]) for name in shown if name in FOLDED]))
    summary = tr("{what}, group by group", what=what)
    return tag("details", tag("summary", summary), full, tag("p", meaning if "Never mastered" in shown else None))


def on_unexpected(world: World) -> Markup:
    """The teacher against mastery learning on kinds of pupils that it did not expect."""
    teacher, mastery, unit = world.teacher, world.mastery, world.unit
    found: dict[str, dict[str, UnexpectedRow]] = {}
    for row in world.table.unexpected:
        found.setdefault(row.students_kind, {})[row.policy] = row
    if not found:
        return tag("p", tr("This experiment did not try the ways of teaching on pupils that they do not expect."))
    digits = decimals(*(v for row in _beside(world) for v in scaled(row.vs_tuned, unit.scale)))  # as in the main table
    rows: list[list[Child]] = []
    agree = True
    for kind, by_policy in found.items():
        triple = scaled(by_policy[teacher.policy].vs_tuned, unit.scale)
        value, low, high = (signed(v, digits) for v in triple)
        means = [by_policy[way.policy].outcome.value * unit.scale for way in (teacher, mastery)]
        agree &= adds_up(means[0], means[1], triple[0], digits)
        ends = tr("{low} to {high}", low=low, high=high)
        rows.append([name_of(kind.replace("_", " ")), *(amount(m, digits) for m in means), value, ends])
    head = [tr("Kind of pupils"), teacher.name, mastery.name, tr("Difference"), tr("95 % interval")]
    intro = tr(
        "Real pupils are never quite as a model has them. Here the same teacher, unchanged, meets pupils that learn, "
        "forget or answer by other rules than those above."
    )
    if teacher.kind == "learnt":
        wins = tr("A teacher that wins only on the pupils it knows has learnt the model, not how to teach.")
        intro = f"{intro} {wins}"
    explained = [(kind, words) for kind in found if (words := of_unexpected(world.about, kind))]
    kinds = [tag("li", tag("strong", name_of(kind.replace("_", " ")), ": "), words) for kind, words in explained]
    alone = tr("Each interval is taken alone: they are a hint, and no verdict rests on them.")
    caption = tr("{unit} ({whole}) on unexpected pupils", unit=capital(unit.words), whole=unit.whole())
    if not agree:
        caption = f"{caption}; {tr(ROUNDED)}"
    return join(tag("p", intro), tag("ul", kinds) if kinds else None, html_table(caption, head, rows), tag("p", alone))


def against_minutes(world: World, key: str) -> Markup:
    """Score against the minutes that teaching took."""
    drawn, unit = styles(world), world.unit
    points = [
        (label(world, w, short=True), w.row.minutes, w.row.outcome.value, drawn[p]) for p, w in world.ways.items()
    ]
    chart = minutes_chart(f"{key}-minutes", points, tr("share of {unit}", unit=unit.words))
    captions = [tr("Further up is more learnt, further left is less time: best is the upper left corner.")]
    if _fewer(world):
        captions.append(tr("{mark}: on fewer pupils, see below the table of results.", mark=FEWER))
    return figure(" ".join(captions), chart)
