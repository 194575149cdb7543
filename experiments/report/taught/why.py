"""Sections that say why the teacher does what it does: its rules, five moments, six journeys."""

from __future__ import annotations

from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from ....students.curriculum.curriculum import APPROACHES
from ...figures.lessons import Lessons
from ...figures.markup import Child, Markup, join, name_of, tag
from ...figures.pictures import Path, crowded, journey_chart
from ...figures.svg import figure
from ...figures.tables import table as html_table
from ...figures.words import amount, capital, counted, decimals, group_words, listed, near, percent, signed
from ..results import Unit, Way, World
from .choosing import Journey, Moment, asked_or_replayed, choose_journeys, choose_moments
from .features import about_the_time, situations
from .replay import MasteryRule
from .rules import Explained, Rule, Situations, explain, learn_rules, split

TEXTBOOK = "mastery"
"""The way of teaching that is textbook mastery learning."""
_LISTS: WeakKeyDictionary[Way, tuple[Rule, ...]] = WeakKeyDictionary()
"""The decision lists that were found already: they take seconds, and more than one section needs them."""
APPROACH_WORDS = dict(
    zip(APPROACHES, ("practice", "a worked example", "an explanation", "guided questions"), strict=True)
)


def rules(world: World, lessons: Lessons) -> Markup:
    """The decision list with its agreement on held-out pupils."""
    learn, test = split(lessons)
    if not len(test) or not lessons.seen:
        return tag("p", "Too few pupils' lessons were kept to find rules and to test them on others.")
    made_from, _ = situations(lessons.of(learn))
    held_out_lessons = lessons.of(test)
    held_out, where = situations(held_out_lessons)
    found = explain(made_from, held_out, (len(learn), len(test)), rules=decision_list(world.teacher, lessons))
    agree = percent(found.agreement)
    intro = (
        f"What {world.teacher.called} does, as a list of {counted(len(found.rules), 'rule')}: from the top, the "
        f"first rule that applies decides. A program found the list in the lessons of {counted(len(learn), 'pupil')}. "
        f"It is judged by {counted(len(test), 'other pupil')}, and there by the {counted(found.moves, 'lesson')} (of "
        f"{counted(found.lessons, 'lesson')} looked at) in which the teacher moved on to another skill. There the "
        f"list names the right skill in "
    )
    honest = _honest(world, found, held_out_lessons, where[held_out.moved])
    rows = [
        [
            f"{r + 1}",
            rule_in_words(rule, made_from, first=r == 0),
            percent(found.applies[r]),
            percent(found.right[r]),
            percent(found.right_staying[r]),
            _how(world, found, r, held_out_lessons, where),
        ]
        for r, rule in enumerate(found.rules)
    ]
    head = ["", "Rule", "Decides", "Right where it moves", "Right where it stays", "How it is taught then"]
    listing = html_table("The teacher in rules", head, rows, words=range(6), class_="rules")
    return join(tag("p", intro, tag("strong", agree), " of them. ", honest), listing)


def decision_list(way: Way, lessons: Lessons) -> tuple[Rule, ...]:
    """The list that imitates a way of teaching, from the lessons of two thirds of its pupils."""
    if way not in _LISTS:
        learn, _ = split(lessons)
        _LISTS[way] = learn_rules(situations(lessons.of(learn))[0])
    return _LISTS[way]


def _honest(world: World, found: Explained, lessons: Lessons, moves: npt.NDArray[np.int64]) -> str:
    if found.agreement >= 0.75:
        words = "So the list is a good picture of the teacher."
    elif found.agreement >= 0.5:
        words = "So the list is a rough picture: the teacher also weighs things that short rules cannot say."
    else:
        words = "So the list explains little: do not take these rules for the teacher."
    other = other_mastery(world, lessons)
    alike = "" if other is None else _alike(world, other, lessons, moves)
    stays = f"Where the teacher stays with a skill the list says so in {percent(found.staying)}, which is easier."
    return f"{words} {alike}{stays}"


def _alike(world: World, other: str, lessons: Lessons, moves: npt.NDArray[np.int64]) -> str:
    """In how many of the moves mastery learning would do the same, or may, as far as what was kept tells."""
    asked = asked_or_replayed(lessons, mastery_rule(world))
    both_end = lessons.ended & (asked.skill == -1)
    alike = (asked.possible & lessons.skills).any(axis=2) | both_end
    same = alike[moves[:, 0], moves[:, 1]]
    share = percent(float(same.mean()) if len(same) else float("nan"))
    return f"{capital(other)} would choose the same skill in {share} of the moves. "


def mastery_rule(world: World) -> MasteryRule | None:
    """The settings of the mastery learning that the page names; None where they were not kept."""
    return MasteryRule.of(world.mastery.settings, finish=world.about["finish"] is not None)


def other_mastery(world: World, lessons: Lessons) -> str | None:
    """What the teacher's lessons are set beside; None where that would be the teacher itself."""
    if lessons.mastery_choice is not None:
        return world.mastery.name
    if mastery_rule(world) is not None:
        return f"{world.mastery.name}, replayed from what the teacher saw,"
    return (
        None if world.teacher.policy == TEXTBOOK else "textbook mastery learning, replayed from what the teacher saw,"
    )


def rule_in_words(rule: Rule, known: Situations, *, first: bool = False) -> str:
    """A rule as a sentence."""
    words = [known.conditions[i].words for i in rule.conditions]
    when = [w for w in words if about_the_time(w)]
    about = [w for w in words if not about_the_time(w)]
    start = (
        f"{when[0]}" + (f", if it is also {when[1][0].lower()}{when[1][1:]}" if len(when) > 1 else "") if when else ""
    )
    if rule.preference < 0:
        end = f"if there is no skill {' and '.join(about)}, end the teaching"
        return _sentence(start, end)
    prefer = known.preferences[rule.preference].words
    if not about:
        any_skill = f"teach, of all skills, {prefer}"
        return _sentence(start, any_skill if when or first else f"otherwise {any_skill}")
    return _sentence(start, f"if there is a skill {' and '.join(about)}, teach it; of several, {prefer}")


def _sentence(start: str, end: str) -> str:
    whole = f"{start}, {end}" if start else end[:1].upper() + end[1:]
    return f"{whole}."


def _how(world: World, found: Explained, rule: int, lessons: Lessons, where: npt.NDArray[np.int64]) -> str:
    """How the teacher teaches where a rule is right: the usual approach and difficulty of the items."""
    inside = where[found.decides == rule]
    items = lessons.items[inside[:, 0], inside[:, 1]]
    items = items[items >= 0]
    if not len(items):
        return "–"
    approach = np.bincount(world.curriculum.approach[items], minlength=len(APPROACHES))
    top = int(approach.argmax())
    hard = world.curriculum.difficulty[items]
    levels = {"easy": (hard < -0.25).mean(), "medium": (np.abs(hard) <= 0.25).mean(), "hard": (hard > 0.25).mean()}
    level = max(levels, key=lambda name: levels[name])
    share = percent(approach[top] / approach.sum())
    return f"{APPROACH_WORDS[APPROACHES[top]]} ({share}); {level} items ({percent(float(levels[level]))})"


def moments(world: World, lessons: Lessons) -> Markup:
    """Five lessons in which teacher and mastery learning choose differently."""
    other = other_mastery(world, lessons)
    if other is None:
        why = (
            f"Not shown: the settings of {world.mastery.name} are not in the files, and the teacher of this page is "
            "textbook mastery learning itself."
        )
        return tag("p", why)
    intro = (
        f"Lessons of the teacher in which {other} would choose another skill in the same situation. One typical "
        f"case from each fifth of the time, where there is one; the rule that picks them is: nearest to the "
        f"average of its fifth in what was believed. Lessons in which the numbers were kept too roughly to tell are "
        f"left aside. The first day is day 1."
    )
    found = choose_moments(lessons, mastery_rule(world))
    if not found:
        return tag("p", f"{intro} There is none: both always choose the same skill.")
    cases = [_moment(world, lessons, m) for m in found]
    return join(tag("p", intro), tag("ol", cases, class_="moments"))


def _moment(world: World, lessons: Lessons, moment: Moment) -> Markup:
    curriculum, i, t = world.curriculum, moment.student, moment.lesson
    item, day = int(lessons.items[i, t]), int(lessons.day[i, t]) + 1
    head: list[Child] = [
        f"Pupil {i + 1}, lesson {t + 1} (day {day}). {_sentence('', world.teacher.called)[:-1]} taught ",
        tag("strong", name_of(curriculum.skills[moment.teacher])),
        f" by {APPROACH_WORDS[APPROACHES[curriculum.approach[item]]]} (",
        name_of(curriculum.items[item]),
        "). ",
    ]
    known = lessons.mastery_choice is not None or mastery_rule(world) is not None
    other = world.mastery.name if known else "textbook mastery learning"
    if moment.mastery >= 0:
        wanted = tag("strong", name_of(curriculum.skills[moment.mastery]))
        head += [_sentence("", f"{other} would have taught ")[:-1], wanted, "."]
    else:
        head.append(_sentence("", f"{other} would have ended the teaching: it believed everything known"))
    about = [k for k in (moment.teacher, moment.mastery) if k >= 0]
    facts = [tag("li", name_of(curriculum.skills[k]), ": ", _believed(lessons, i, t, k)) for k in about]
    return tag("li", tag("p", head), tag("ul", facts), tag("p", lessons.answer_in_words(i, t)))


def _believed(lessons: Lessons, i: int, t: int, k: int) -> str:
    """What was believed of a skill before a lesson, and what was true."""
    seen = {name: float(values[i, t, k]) for name, values in lessons.seen.items()}
    parts = []
    if "belief" in seen:
        parts.append(f"believed {near(seen['belief'])} known")
    if "ready" in seen and lessons.curriculum.prerequisites[k].any():
        parts.append(f"its prerequisites {near(seen['ready'])}")
    if "open" in seen:
        parts.append(f"able to learn it now {near(seen['open'])}")
    if "tries" in seen:
        tries = round(seen["tries"])
        parts.append(f"taught {counted(tries, 'time')} so far" if tries else "never taught so far")
        if tries and "days_since" in seen:
            days = round(seen["days_since"])
            parts.append("last taught on the same day" if days == 0 else f"last taught {counted(days, 'day')} ago")
    truth = float(lessons.mastery[i, t, k])
    known = {0.0: "not known", 1.0: "known"}.get(truth) or f"{percent(truth)} known"
    return f"{', '.join(parts)}. In truth, which no teacher sees: {known}."


def journeys(world: World, own: Lessons, other: Lessons, key: str) -> Markup:
    """Six pupils chosen by rule, under the teacher and under mastery learning."""
    teacher, mastery, unit = world.teacher, world.mastery, world.unit
    score, base = (w.pupils[unit.column].astype(np.float64) for w in (teacher, mastery))
    group = [str(g).replace("_", " ") for g in teacher.pupils["group"]]
    gave_up = teacher.pupils["quit"].astype(bool), mastery.pupils["quit"].astype(bool)
    chosen = six_pupils(world, min(own.n_students, other.n_students))
    marks = "● right, ✕ wrong, – no answer asked for"
    if crowded(own.horizon) or crowded(other.horizon):
        marks = (
            "a black stroke in the upper half of the row is a right answer, a red one in the lower half a wrong one, a "
            "short one between them a lesson without an answer"
        )
    intro = (
        f"Chosen by rule from the {counted(own.n_students, 'pupil')} whose lessons were kept{teacher.of_which}; nobody "
        f"is shown twice. Each row of a picture is a skill, each mark a lesson: {marks}. The darker the background, "
        f"the better known the skill was believed to be. Upright lines are breaks of a day or more. Left "
        f"{teacher.called}, right {mastery.name}: the same pupil with the same luck."
    )
    if own.right_steps is not None:
        intro += " Of a problem of several steps, the mark of a skill is right where all its steps on it were."
    parts: list[Child] = [tag("p", intro)]
    for n, journey in enumerate(chosen):
        parts.append(tag("h4", f"{n + 1}. {journey.role}"))
        if journey.student is None:
            parts.append(tag("p", journey.why_none))
            continue
        i = journey.student
        parts.append(tag("p", _journey_words(i, group[i], score[i], base[i], unit, teacher, mastery)))
        paths = [
            _path(way.name, lessons, i, bool(quits[i]))
            for way, lessons, quits in ((teacher, own, gave_up[0]), (mastery, other, gave_up[1]))
        ]
        chart = journey_chart(f"{key}-journey{n}", f"Pupil {i + 1}, lesson by lesson", world.curriculum, paths)
        parts.append(figure(f"Pupil {i + 1}, lesson by lesson", chart))
    return join(*parts)


def six_pupils(world: World, kept: int) -> list[Journey]:
    """Whose lessons are shown one by one, of the first ``kept`` pupils."""
    teacher, mastery, unit = world.teacher, world.mastery, world.unit
    score, base = (w.pupils[unit.column].astype(np.float64) for w in (teacher, mastery))
    group = [str(g).replace("_", " ") for g in teacher.pupils["group"]]
    alike = 0.005 / unit.scale  # what never shows in two decimals
    return choose_journeys(score - base, kept, teacher.pupils["quit"].astype(bool), group, alike=alike)


def _path(title: str, lessons: Lessons, i: int, gave_up: bool) -> Path:
    belief = lessons.seen["belief"][i] if "belief" in lessons.seen else None
    problems = bool(lessons.right_steps is not None)
    return Path(
        title, lessons.items[i], lessons.correct[i], lessons.day[i], belief, gave_up, lessons.by_skill(i), problems
    )


def _journey_words(i: int, group: str, score: float, base: float, unit: Unit, teacher: Way, mastery: Way) -> Markup:
    left, right = score * unit.scale, base * unit.scale
    digits = decimals(left, right, left - right)
    left, right = round(left, digits), round(right, digits)  # so that the three numbers agree
    return join(
        f"Pupil {i + 1}, group “",
        name_of(group_words(group)),
        f"”: {amount(left, digits)} {unit.words} {unit.whole()} under {teacher.called}, ",
        f"{amount(right, digits)} under {mastery.name} ({signed(left - right, digits)}).",
    )


def taught_topics(world: World) -> str:
    """The topics of a curriculum in words, at most five."""
    topics = list(dict.fromkeys(t for t in world.curriculum.topics if t))
    return listed([*topics[:4], "others"] if len(topics) > 5 else topics) if topics else ""
