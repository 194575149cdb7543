"""Sections that say what came of it: who won, growth, groups, unexpected pupils, and minutes."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

from ..statistics import CANNOT_TELL, HEADLINE_SEEDS, NO_DIFFERENCE
from .charts import Curve, Interval, growth_chart, interval_chart, minutes_chart
from .lessons import Floats
from .markup import Child, Markup, join, name_of, tag
from .markup import table as html_table
from .results import Way, World
from .svg import MASTERY_STYLE, OTHER_STYLES, REFERENCE_STYLE, TEACHER_STYLE, Style, figure
from .words import EXPLAINED, amount, counted, decimals, group_words, in_hundred, listed, percent, plain_name, signed

SHOWN_FIRST = ("mastery", "classroom", "greedy_ready", "ready_random", "no_teaching", "oracle_greedy", "optimal")
MOST_CURVES = 9

Row = Mapping[str, Any]


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


def label(way: Way) -> str:
    """The name of a way of teaching; whoever looks inside the simulated pupils is marked as a reference."""
    return f"{way.name} (reference: sees the truth)" if way.kind == "privileged" else way.name


def later(world: World) -> str:
    """How long after the last lesson the exam is, in words."""
    days = float(world.about["schedule"]["retention_days"])
    weeks = {7.0: "one week", 14.0: "two weeks", 21.0: "three weeks", 28.0: "four weeks"}
    return f"{weeks.get(days) or counted(days, 'day')} after the last lesson" if days else "right after the last lesson"


def headline(world: World, key: str) -> Markup:
    """Who won by how much, as sentences, a figure and a table."""
    return join(
        tag("p", _verdict(world), class_="verdict"),
        tag("p", _worse_off(world)),
        _caution(world),
        _interval_figure(world, key),
        _against_table(world),
    )


def difference(row: Row, key: str, scale: float) -> tuple[float, float, float]:
    """A difference and the ends of its interval, in the unit that ``scale`` gives."""
    value, low, high = (row[name] * scale for name in (key, f"{key}_low", f"{key}_high"))
    return value, low, high


def said(value: float, low: float, high: float, digits: int) -> tuple[str, str]:
    """A difference with its interval: "3.1 more" and "between 2.5 and 3.7 more"."""
    more = "more" if value >= 0 else "fewer"
    told, *ends = (amount(abs(v), digits) for v in (value, *sorted((low, high), key=abs)))
    if low * high > 0:
        return f"{told} {more}", f"between {ends[0]} and {ends[1]} {more}"
    return f"{told} {more}", f"between {amount(abs(low), digits)} fewer and {amount(abs(high), digits)} more"


def _time(world: World) -> str:
    """The teaching that teacher and mastery learning needed, in words."""
    column, unit, digits = ("minutes", 60.0, 1) if world.about["schedule"]["by_minutes"] else ("lessons", 1.0, 0)
    words = "hours of lessons" if digits else "lessons"
    a, b = (float(w.row[column]) / unit for w in (world.teacher, world.mastery))
    numbers = [amount(v, digits).removesuffix(".0") for v in (a, b)]
    if abs(a - b) <= 0.02 * max(a, b):
        return f"for the same {numbers[0]} {words}"
    return f"for {numbers[0]} against {numbers[1]} {words} on average"


def _verdict(world: World) -> Markup:
    teacher, mastery, unit = world.teacher, world.mastery, world.unit
    row = teacher.row
    who = f"pupils of {teacher.called}"
    more_skills, more = difference(row, "more_skills", 1.0), difference(row, "vs_tuned", unit.scale)
    digits = decimals(*more_skills, *more)
    skills, skills_interval = said(*more_skills, digits)
    main, interval = said(*more, digits)
    parts: list[Child] = [
        f"{_capital(later(world))}, {_time(world)}, {who} know ",
        tag("strong", f"{skills} skills of {world.curriculum.n_skills}"),
        f" ({skills_interval}) than the same pupils under {mastery.name}, and have ",
        tag("strong", f"{main} {unit.words} {unit.whole()}"),
        f" ({interval}). ",
    ]
    if row["vs_tuned_verdict"] == CANNOT_TELL:
        return join(*parts, f"Which of the two is better, {_cannot_tell(row, 'vs_tuned', unit.scale)} {unit.words}.")
    if row["vs_tuned_verdict"] == NO_DIFFERENCE:
        none = "That is no practical difference: it is not above the smallest difference worth having"
        return join(*parts, f"{none} ({_smallest(world)}).")
    plain = f"That is {row['vs_tuned_verdict']} than {mastery.name}, by more than luck alone would explain."
    return join(*parts, plain)


def _cannot_tell(row: Row, key: str, scale: float) -> str:
    """What to say where luck alone could have made a difference, and a difference worth having could be there."""
    low, high = (row[f"{key}_{end}_holm"] * scale for end in ("low", "high"))
    digits = decimals(low, high)
    return f"we cannot tell: from {amount(abs(low), digits)} fewer to {amount(abs(high), digits)} more"


def _smallest(world: World) -> str:
    """The smallest difference worth having, in words."""
    return f"{amount(world.table['smallest_difference'] * world.unit.scale)} {world.unit.words}"


def _worse_off(world: World) -> str:
    row, mastery, unit = world.teacher.row, world.mastery, world.unit
    share = in_hundred(row["worse_off"])
    tenth = (row["worst_decile"] - mastery.row["worst_decile"]) * unit.scale
    best = world.table["best_untrained"]
    end = "ends" if share == "1 in 100" else "end"
    parts = [
        f"{_capital(share)} of the simulated pupils {end} noticeably worse than under {mastery.name}, with the same "
        f"luck: by more than {_smallest(world)}. The tenth of the pupils who end lowest have {amount(abs(tenth))} "
        f"{'more' if tenth >= 0 else 'fewer'} {unit.words} on average than the lowest tenth under {mastery.name}."
    ]
    if world.teacher.kind == "learnt" and best != mastery.policy:
        more = difference(row, "vs_best", unit.scale)
        main, interval = said(*more, decimals(*more))
        unclear = row["vs_best_verdict"] == CANNOT_TELL
        verdict = f": {_cannot_tell(row, 'vs_best', unit.scale) if unclear else row['vs_best_verdict']}"
        parts.append(
            f" Against the best way of teaching that needs no training, “{plain_name(best)}”: {main} {unit.words} "
            f"({interval}){verdict}."
        )
    return "".join(parts)


def _caution(world: World) -> Markup | None:
    learnt = [w.row["seeds"] for w in world.ways.values() if w.kind == "learnt"]
    if not learnt or min(learnt) >= HEADLINE_SEEDS:
        return None
    text = (
        f"This is a quick look: every learnt teacher was trained {counted(min(learnt), 'time')} only. Training has "
        f"luck in it, so a result to rely on needs at least {HEADLINE_SEEDS} trainings."
    )
    return tag("p", tag("strong", "Fewer than ten trainings. "), text, class_="caution")


def _interval_figure(world: World, key: str) -> Markup:
    drawn, mastery, unit = styles(world), world.mastery, world.unit
    lines = []
    for policy, way in world.ways.items():
        if way is not mastery:
            value, low, high = (way.row[k] * unit.scale for k in ("vs_tuned", "vs_tuned_low", "vs_tuned_high"))
            lines.append(Interval(way.name, value, low, high, drawn[policy], reference=way.kind == "privileged"))
    words = f"{unit.words}, difference to {mastery.name}"
    title = f"Every way of teaching against {mastery.name}"
    chart = interval_chart(f"{key}-won", title, lines, world.table["smallest_difference"] * unit.scale, words)
    caption = (
        f"Difference to {mastery.name} on the same pupils, with 95 % intervals over trainings and pupils. Inside the "
        f"grey band a difference is too small to be worth having. Broken lines are references that look inside the "
        f"simulated pupils, which no real teacher can do."
    )
    return figure(caption + _beaten_reference(world), chart)


def _beaten_reference(world: World) -> str:
    """Why the all-knowing teacher may stand below others, where it does."""
    oracle = world.ways.get("oracle_greedy")
    best = max(float(w.row["outcome"]) for w in world.ways.values() if w.kind != "privileged")
    if oracle is None or oracle.row["outcome"] >= best:
        return ""
    return (
        f" The {oracle.name} is not the best here. It sees everything but looks one lesson ahead only, and what it "
        "does not have practised again fades before the exam."
    )


def _against_table(world: World) -> Markup:
    unit, mastery = world.unit, world.mastery
    others = [way.row for way in world.ways.values() if way is not mastery]
    # means and differences are set side by side, so all rows have the same decimals
    digits = decimals(*(v for row in others for v in difference(row, "vs_tuned", unit.scale)))
    skills = decimals(*(row["more_skills"] for row in others))
    lines = []
    for way in world.ways.values():
        row = way.row
        cells = [label(way), amount(row["outcome"] * unit.scale, digits)]
        if way is mastery:
            cells += ["–", "–", "the yardstick", "–", "–"]
        else:
            value, low, high = (signed(v, digits) for v in difference(row, "vs_tuned", unit.scale))
            verdict = {None: "a reference", CANNOT_TELL: "we cannot tell"}.get(found := row["vs_tuned_verdict"], found)
            cells += [value, f"{low} to {high}", verdict, signed(row["more_skills"], skills)]
            cells.append(percent(row["worse_off"]))
        tenth = amount(row["worst_decile"] * unit.scale, digits)
        lines.append([*cells, tenth, percent(row["quit"]), amount(row["minutes"] / 60, 1)])
    head = [
        "Way of teaching",
        f"{_capital(unit.words)} ({unit.whole()})",
        "Difference",
        "95 % interval",
        "In words",
        "More skills",
        "Noticeably worse",
        "Worst tenth",
        "Gave up",
        "Hours",
    ]
    caption = f"All ways of teaching, {later(world)}; differences are to {mastery.name}"
    explained = [tag("li", tag("strong", f"{w.name}: "), EXPLAINED[p]) for p, w in world.ways.items() if p in EXPLAINED]
    refused = world.table.get("cannot_teach", ())  # older tables do not say
    refusals = [f"{plain_name(r['policy'])}: cannot teach here: {r['reason']}" for r in refused]
    notes = [tag("p", str(note)) for note in (*refusals, *world.table["notes"])]
    own = tag("details", tag("summary", "What each way of teaching does"), tag("ul", explained), notes)
    return join(html_table(caption, head, lines, words=(0, 4)), own)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


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
        name = way.name + (" (reference)" if way.kind == "privileged" else "")
        curves.append(Curve(name, drawn[way.policy], runs.mean(axis=0), runs.min(axis=0), runs.max(axis=0)))
    caption = (
        "Mean over all pupils who started, those who gave up included. "
        "A band reaches from the worst training to the best. "
        "The axis ends where nine in ten pupils have had their last lesson, whoever taught them."
    )
    if days is not None and days[-1] > 7:
        caption += " An upright line is the start of a week."
    if left_out:
        caption += f" Not drawn, to keep the figure readable: {listed([w.name for w in left_out])}."
    horizon = len(curves[0].mean) - 1
    marks = sorted({round(horizon * s) for s in (0, 0.25, 0.5, 0.75, 1)})
    rows = [[c.name, *(percent(float(c.mean[t])) for t in marks)] for c in curves]
    numbers = html_table(
        "Share of the skills known",
        ["Way of teaching", *(f"after {counted(t, 'lesson')}" if t else "at the start" for t in marks)],
        rows,
    )
    below = tag("details", tag("summary", "The same as numbers"), numbers)
    return join(figure(caption, growth_chart(f"{key}-growth", curves, days)), below)


def _first(world: World) -> list[Way]:
    """All ways of teaching that are no references, teacher and mastery learning first."""
    others = [w for w in world.ways.values() if w.kind != "privileged"]
    return [world.teacher, world.mastery, *(w for w in others if w not in (world.teacher, world.mastery))]


def by_group(world: World) -> Markup:
    """Every group of pupils under the teacher, under mastery learning and under the others."""
    unit, ways = world.unit, _first(world)
    found = {(g["policy"], str(g["group"])): g for g in world.table["groups"]}
    groups = sorted({group for _, group in found})
    main = [w for w in ways if w in (world.teacher, world.mastery) or w.policy == world.table["best_untrained"]]

    def means(shown: Sequence[Way]) -> Markup:
        outcomes = [[found[w.policy, group]["outcome"] * unit.scale for group in groups] for w in shown]
        gaps = [max(o) - min(o) for o in outcomes] if len(groups) > 1 else []
        digits = decimals(*(value for own in outcomes for value in own), *gaps)
        rows: list[list[Child]] = []
        for g, group in enumerate(groups):
            size = str(found[shown[0].policy, group]["students"])
            rows.append([name_of(group_words(group)), size, *(amount(own[g], digits) for own in outcomes)])
        if gaps:
            last = "Gap between the group that ends highest and the lowest one"
            rows.append([last, "", *(amount(gap, digits) for gap in gaps)])
        caption = f"By group of pupils: mean {unit.words} {unit.whole()}"
        return html_table(caption, ["Group", "Pupils", *(w.name for w in shown)], rows)

    parts: list[Child] = [means(main)]
    if len(groups) == 1:
        parts.append(tag("p", "All pupils of this scenario belong to one group, so there is no gap to show."))
    if others := [w for w in ways if w not in main]:
        parts.append(tag("details", tag("summary", "The same for the other ways of teaching"), means(others)))
    more = _more_of_groups(world, [(group, w, found[w.policy, group]) for group in groups for w in ways])
    return join(*parts, more)


def _more_of_groups(world: World, rows: Sequence[tuple[str, Way, Row]]) -> Markup:
    """What else there is to know of a group under each way of teaching."""
    cells = [
        [
            name_of(group_words(group)),
            way.name,
            amount(row["worst_decile"] * world.unit.scale),
            amount(row["skills_mastered"]),
            percent(row["quit"]),
            percent(row["never_mastered"]),
        ]
        for group, way, row in rows
    ]
    head = ["Group", "Way of teaching", "Worst tenth", "Skills", "Gave up", "Never mastered"]
    full = html_table("Group by group, in detail", head, cells, words=(0, 1))
    meaning = "“Never mastered” are those who at no time had four fifths of the skills mastered at once."
    summary = "The worst tenth of each group, skills mastered, who gave up"
    return tag("details", tag("summary", summary), full, tag("p", meaning))


def on_unexpected(world: World) -> Markup:
    """The teacher against mastery learning on kinds of pupils that it did not expect."""
    teacher, mastery, unit = world.teacher, world.mastery, world.unit
    found: dict[str, dict[str, Row]] = {}
    for row in world.table["unexpected"]:
        found.setdefault(str(row["students_kind"]), {})[str(row["policy"])] = row
    if not found:
        return tag("p", "This experiment did not try the ways of teaching on pupils that they do not expect.")
    differences = [difference(by_policy[teacher.policy], "vs_tuned", unit.scale) for by_policy in found.values()]
    digits = decimals(*(value for triple in differences for value in triple))
    rows = []
    for (kind, by_policy), triple in zip(found.items(), differences, strict=True):
        value, low, high = (signed(v, digits) for v in triple)
        means = (amount(by_policy[w.policy]["outcome"] * unit.scale, digits) for w in (teacher, mastery))
        rows.append([name_of(kind.replace("_", " ")), *means, value, f"{low} to {high}"])
    head = ["Kind of pupils", teacher.name, mastery.name, "Difference", "95 % interval"]
    intro = (
        "Real pupils are never quite as a model has them. Here the same teacher, without learning anew, meets pupils "
        "that learn, forget or answer by other rules than those it was trained with. A teacher that wins only on the "
        "pupils it knows has learnt the model, not how to teach."
    )
    return join(
        tag("p", intro), html_table(f"{_capital(unit.words)} ({unit.whole()}) on unexpected pupils", head, rows)
    )


def against_minutes(world: World, key: str) -> Markup:
    """Score against the minutes that teaching took."""
    drawn, unit = styles(world), world.unit
    points = [
        (w.name + (" (reference)" if w.kind == "privileged" else ""), w.row["minutes"], w.row["outcome"], drawn[p])
        for p, w in world.ways.items()
    ]
    chart = minutes_chart(f"{key}-minutes", points, f"share of {unit.words}")
    return figure("Further up is more learnt, further left is less time: best is the upper left corner.", chart)
