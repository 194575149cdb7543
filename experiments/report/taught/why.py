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
from ...figures.words import amount, capital, decimals, group_words, listed, near, percent, signed
from ...language.translate import texts, tr, tr_many
from ..results import Unit, Way, World
from .choosing import Journey, Moment, asked_or_replayed, choose_journeys, choose_moments
from .features import situations
from .replay import MasteryRule
from .rules import Explained, Rule, Situations, explain, learn_rules, split

TEXTBOOK = "mastery"
"""The way of teaching that is textbook mastery learning."""
_LISTS: WeakKeyDictionary[Way, tuple[Rule, ...]] = WeakKeyDictionary()
"""The decision lists that were found already: they take seconds, and more than one section needs them."""
APPROACH_WORDS = texts(
    {
        "practice": "practice",
        "example": "a worked example",
        "explanation": "an explanation",
        "guided": "guided questions",
    }
)
LEVELS = texts({"easy": "easy items ({share})", "medium": "medium items ({share})", "hard": "hard items ({share})"})


def rules(world: World, lessons: Lessons) -> Markup:
    """The decision list with its agreement on held-out pupils."""
    learn, test = split(lessons)
    if not len(test) or not lessons.seen:
        return tag("p", tr("Too few pupils' lessons were kept to find rules and to test them on others."))
    made_from, _ = situations(lessons.of(learn))
    held_out_lessons = lessons.of(test)
    held_out, where = situations(held_out_lessons)
    found = explain(made_from, held_out, (len(learn), len(test)), rules=decision_list(world.teacher, lessons))
    intro = tr(
        "What {teacher} does, as a list of {rules}: from the top, the first rule that applies decides. A program found "
        "the list in the lessons of {pupils}. It is judged by {others}, and there by the {moves} (of {lessons} looked "
        "at) in which the teacher moved on to another skill. There the list names the right skill in {share} of them.",
        teacher=world.teacher.called,
        rules=tr_many("{n} rule", "{n} rules", len(found.rules)),
        pupils=tr_many("{n} pupil", "{n} pupils", len(learn)),
        others=tr_many("{n} other pupil", "{n} other pupils", len(test)),
        moves=tr_many("{n} lesson", "{n} lessons", found.moves),
        lessons=tr_many("{n} lesson", "{n} lessons", found.lessons),
        share=tag("strong", percent(found.agreement)),
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
    head = [tr("No."), tr("Rule"), tr("Decides"), tr("Right where it moves"), tr("Right where it stays"),
            tr("How it is taught then")]  # fmt: skip
    listing = html_table(tr("The teacher in rules"), head, rows, words=range(6), class_="rules")
    return join(tag("p", intro, " ", honest), listing)


def decision_list(way: Way, lessons: Lessons) -> tuple[Rule, ...]:
    """The list that imitates a way of teaching, from the lessons of two thirds of its pupils."""
    if way not in _LISTS:
        learn, _ = split(lessons)
        _LISTS[way] = learn_rules(situations(lessons.of(learn))[0])
    return _LISTS[way]


def _honest(world: World, found: Explained, lessons: Lessons, moves: npt.NDArray[np.int64]) -> str:
    if found.agreement >= 0.75:
        words = tr("So the list is a good picture of the teacher.")
    elif found.agreement >= 0.5:
        words = tr("So the list is a rough picture: the teacher also weighs things that short rules cannot say.")
    else:
        words = tr("So the list explains little: do not take these rules for the teacher.")
    other = other_mastery(world, lessons)
    stays = tr("Where the teacher stays with a skill the list says so in {share}, which is easier.",
                share=percent(found.staying))  # fmt: skip
    return " ".join([words, *([] if other is None else [_alike(world, other, lessons, moves)]), stays])


def _alike(world: World, other: str, lessons: Lessons, moves: npt.NDArray[np.int64]) -> str:
    """In how many of the moves mastery learning would do the same, or may, as far as what was kept tells."""
    asked = asked_or_replayed(lessons, mastery_rule(world))
    both_end = lessons.ended & (asked.skill == -1)
    alike = (asked.possible & lessons.skills).any(axis=2) | both_end
    same = alike[moves[:, 0], moves[:, 1]]
    share = percent(float(same.mean()) if len(same) else float("nan"))
    return tr("{other} would choose the same skill in {share} of the moves.", other=capital(other), share=share)


def mastery_rule(world: World) -> MasteryRule | None:
    """The settings of the mastery learning that the page names; None where they were not kept."""
    return MasteryRule.of(world.mastery.settings, finish=world.about["finish"] is not None)


def other_mastery(world: World, lessons: Lessons) -> str | None:
    """What the teacher's lessons are set beside; None where that would be the teacher itself."""
    if lessons.mastery_choice is not None:
        return world.mastery.name
    if mastery_rule(world) is not None:
        return tr("{other}, replayed from what the teacher saw,", other=world.mastery.name)
    if world.teacher.policy == TEXTBOOK:
        return None
    return tr("textbook mastery learning, replayed from what the teacher saw,")


def rule_in_words(rule: Rule, known: Situations, *, first: bool = False) -> str:
    """A rule as a sentence."""
    chosen = [known.conditions[i] for i in rule.conditions]
    when = [one for one in chosen if one.also]
    about = [one.words for one in chosen if not one.also]
    start = ", ".join(one.also if n else one.words for n, one in enumerate(when[:2]))
    if rule.preference < 0:
        return _sentence(start, tr("if there is no skill {conditions}, end the teaching", conditions=_all_of(about)))
    prefer = known.preferences[rule.preference].words
    if about:
        conditions = _all_of(about)
        return _sentence(start, tr("if there is a skill {conditions}, teach it; of several, {preference}",
                                    conditions=conditions, preference=prefer))  # fmt: skip
    if when or first:
        return _sentence(start, tr("teach, of all skills, {preference}", preference=prefer))
    return _sentence(start, tr("otherwise teach, of all skills, {preference}", preference=prefer))


def _all_of(conditions: list[str]) -> str:
    """Conditions that hold together."""
    whole = conditions[0]
    for one in conditions[1:]:
        whole = tr("{some} and {last}", some=whole, last=one)
    return whole


def _sentence(start: str, end: str) -> str:
    return tr("{when}, {what}.", when=start, what=end) if start else tr("{what}.", what=capital(end))


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
    approach = tr("{approach} ({share})", approach=tr(APPROACH_WORDS[APPROACHES[top]]), share=share)
    return f"{approach}; {tr(LEVELS[level], share=percent(float(levels[level])))}"


def moments(world: World, lessons: Lessons) -> Markup:
    """Five lessons in which teacher and mastery learning choose differently."""
    other = other_mastery(world, lessons)
    if other is None:
        why = tr(
            "Not shown: the settings of {mastery} are not in the files, and the teacher of this page is textbook "
            "mastery learning itself.",
            mastery=world.mastery.name,
        )
        return tag("p", why)
    intro = tr(
        "Lessons of the teacher in which {other} would choose another skill in the same situation. One typical case "
        "from each fifth of the time, where there is one; the rule that picks them is: nearest to the average of its "
        "fifth in what was believed. Lessons in which the numbers were kept too roughly to tell are left aside. The "
        "first day is day 1.",
        other=other,
    )
    found = choose_moments(lessons, mastery_rule(world))
    if not found:
        return tag("p", f"{intro} {tr('There is none: both always choose the same skill.')}")
    cases = [_moment(world, lessons, m) for m in found]
    return join(tag("p", intro), tag("ol", cases, class_="moments"))


def _moment(world: World, lessons: Lessons, moment: Moment) -> Markup:
    curriculum, i, t = world.curriculum, moment.student, moment.lesson
    item = int(lessons.items[i, t])
    taught = tr(
        "Pupil {pupil}, lesson {lesson} (day {day}). {teacher} taught {skill} by {approach} ({item}).",
        pupil=i + 1, lesson=t + 1, day=int(lessons.day[i, t]) + 1, teacher=capital(world.teacher.called),
        skill=tag("strong", name_of(curriculum.skills[moment.teacher])),
        approach=tr(APPROACH_WORDS[APPROACHES[curriculum.approach[item]]]), item=name_of(curriculum.items[item]),
    )  # fmt: skip
    known = lessons.mastery_choice is not None or mastery_rule(world) is not None
    other = capital(world.mastery.name if known else tr("textbook mastery learning"))
    if moment.mastery >= 0:
        wanted = tag("strong", name_of(curriculum.skills[moment.mastery]))
        instead = tr("{other} would have taught {skill}.", other=other, skill=wanted)
    else:
        instead = tr("{other} would have ended the teaching: it believed everything known.", other=other)
    about = [k for k in (moment.teacher, moment.mastery) if k >= 0]
    facts = [tag("li", name_of(curriculum.skills[k]), ": ", _believed(lessons, i, t, k)) for k in about]
    return tag("li", tag("p", taught, " ", instead), tag("ul", facts), tag("p", lessons.answer_in_words(i, t)))


def _believed(lessons: Lessons, i: int, t: int, k: int) -> str:
    """What was believed of a skill before a lesson, and what was true."""
    seen = {name: float(values[i, t, k]) for name, values in lessons.seen.items()}
    parts = []
    if "belief" in seen:
        parts.append(tr("believed {share} known", share=near(seen["belief"])))
    if "ready" in seen and lessons.curriculum.prerequisites[k].any():
        parts.append(tr("its prerequisites {share}", share=near(seen["ready"])))
    if "open" in seen:
        parts.append(tr("able to learn it now {share}", share=near(seen["open"])))
    if "tries" in seen:
        parts += _tried(round(seen["tries"]), round(seen["days_since"]) if "days_since" in seen else None)
    truth = float(lessons.mastery[i, t, k])
    if truth in (0.0, 1.0):
        known = tr("known") if truth else tr("not known")
    else:
        known = tr("{share} known", share=percent(truth))
    return tr("{believed}. In truth, which no teacher sees: {known}.", believed=", ".join(parts), known=known)


def _tried(tries: int, days: int | None) -> list[str]:
    """How often a skill was taught, and when last."""
    if not tries:
        return [tr("never taught so far")]
    taught = tr_many("taught {n} time so far", "taught {n} times so far", tries)
    if days is None:
        return [taught]
    if days == 0:
        return [taught, tr("last taught on the same day")]
    return [taught, tr_many("last taught {n} day ago", "last taught {n} days ago", days)]


def journeys(world: World, own: Lessons, other: Lessons, key: str) -> Markup:
    """Six pupils chosen by rule, under the teacher and under mastery learning."""
    teacher, mastery, unit = world.teacher, world.mastery, world.unit
    score, base = (w.pupils[unit.column].astype(np.float64) for w in (teacher, mastery))
    group = [str(g).replace("_", " ") for g in teacher.pupils["group"]]
    gave_up = teacher.pupils["quit"].astype(bool), mastery.pupils["quit"].astype(bool)
    chosen = six_pupils(world, min(own.n_students, other.n_students))
    marks = tr("● right, ✕ wrong, – no answer asked for")
    if crowded(own.horizon) or crowded(other.horizon):
        marks = tr(
            "a stroke in the upper half of the row is a right answer, one in the lower half a wrong one, a "
            "short one between them a lesson without an answer"
        )
    intro = tr(
        "Chosen by rule from the {pupils} whose lessons were kept{of_which}; nobody is shown twice. Each row of a "
        "picture is a skill, each mark a lesson: {marks}. The stronger the background, the better known the skill was "
        "believed to be. Upright lines are breaks of a day or more. Left {teacher}, right {other}: the same pupil with "
        "the same luck.",
        pupils=tr_many("{n} pupil", "{n} pupils", own.n_students), of_which=teacher.of_which, marks=marks,
        teacher=teacher.called, other=mastery.name,
    )  # fmt: skip
    if own.right_steps is not None:
        steps = tr("Of a problem of several steps, the mark of a skill is right where all its steps on it were.")
        intro = f"{intro} {steps}"
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
        title = tr("Pupil {number}, lesson by lesson", number=i + 1)
        parts.append(figure(title, journey_chart(f"{key}-journey{n}", title, world.curriculum, paths)))
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


def _journey_words(i: int, group: str, score: float, base: float, unit: Unit, teacher: Way, mastery: Way) -> str:
    left, right = score * unit.scale, base * unit.scale
    digits = decimals(left, right, left - right)
    left, right = round(left, digits), round(right, digits)  # so that the three numbers agree
    return tr(
        "Pupil {number}, group “{group}”: {score} {unit} {whole} under {teacher}, {base} under {other} ({difference}).",
        number=i + 1, group=name_of(group_words(group)), score=amount(left, digits), unit=unit.words,
        whole=unit.whole(), teacher=teacher.called, base=amount(right, digits), other=mastery.name,
        difference=signed(left - right, digits),
    )  # fmt: skip


def taught_topics(world: World) -> str:
    """The topics of a curriculum in words, at most five."""
    topics = list(dict.fromkeys(t for t in world.curriculum.topics if t))
    return listed([*topics[:4], tr("others")] if len(topics) > 5 else topics) if topics else ""
