"""Who did best and by how much, in sentences."""

from __future__ import annotations

from collections.abc import Sequence

from .. import statistics
from ..comparison.harm_show import harm_of
from ..comparison.rows import Difference, HarmRow, Interval, TaughtShare
from ..figures.markup import Markup, join, name_of, tag
from ..figures.words import amount, capital, decimals, in_hundred, listed, percent
from ..harm import Share
from ..language.translate import texts, tr, tr_many
from ..statistics import AHEAD, BEHIND, BETTER, CANNOT_TELL, FEWEST_SEEDS, HEADLINE_SEEDS, NO_DIFFERENCE, WORSE
from .gainers import single_trainings
from .results import Way, World

WEEKS = texts(
    {
        7.0: "one week after the last lesson",
        14.0: "two weeks after the last lesson",
        21.0: "three weeks after the last lesson",
        28.0: "four weeks after the last lesson",
    }
)
FOUND = texts(
    {
        BETTER: "better",
        WORSE: "worse",
        AHEAD: "ahead, perhaps by less than is worth having",
        BEHIND: "behind, perhaps by less than matters",
        NO_DIFFERENCE: "no practical difference",
        CANNOT_TELL: "cannot tell",
    }
)
"""Verdicts as the page says them."""


def in_words(verdict: str | None) -> str:
    """A verdict in the language of the page; nothing where there is none."""
    return "" if verdict is None else tr(FOUND[verdict])


def later(world: World) -> str:
    """How long after the last lesson the exam is, in words."""
    days = float(world.about["schedule"]["retention_days"])
    if not days:
        return tr("right after the last lesson")
    if days in WEEKS:
        return tr(WEEKS[days])
    return tr_many("{n} day after the last lesson", "{n} days after the last lesson", days)


def scaled(found: Interval | Difference | None, scale: float) -> tuple[float, float, float]:
    """A difference and the ends of its interval, in the unit that ``scale`` gives."""
    assert found is not None  # only of what is set beside something else
    return found.value * scale, found.low * scale, found.high * scale


def more_or_fewer(value: float, digits: int) -> str:
    """A difference in words; one that would show as zero is none.

    Example:
        >>> more_or_fewer(3.14, 1), more_or_fewer(-0.5, 1), more_or_fewer(0.001, 1)
        ('3.1 more', '0.5 fewer', 'as many')
    """
    told = amount(abs(value), digits)
    if not float(told):
        return tr("as many")
    return tr("{number} more", number=told) if value > 0 else tr("{number} fewer", number=told)


def said(value: float, low: float, high: float, digits: int) -> tuple[str, str]:
    """A difference with its interval.

    Example:
        >>> said(3.1, 2.5, 3.7, 1), said(0.001, -0.2, 0.3, 1)
        (('3.1 more', 'between 2.5 and 3.7 more'), ('as many', 'between 0.2 fewer and 0.3 more'))
    """
    main, ends = more_or_fewer(value, digits), [amount(abs(end), digits) for end in (low, high)]
    if not any(float(end) for end in ends):
        return main, tr("less than 0.01 either way")
    if low < 0 < high and all(float(end) for end in ends):
        return main, tr("between {fewer} fewer and {more} more", fewer=ends[0], more=ends[1])
    least, most = sorted(ends, key=float)
    if low + high > 0:
        return main, tr("between {least} and {most} more", least=least, most=most)
    return main, tr("between {least} and {most} fewer", least=least, most=most)


def _as_many(value: float, digits: int) -> bool:
    return not float(amount(abs(value), digits))


def _time(world: World) -> str:
    """The teaching that teacher and mastery learning needed, in words."""
    by_minutes = world.about["schedule"]["by_minutes"]
    unit, digits = (60.0, 1) if by_minutes else (1.0, 0)
    a, b = ((w.row.minutes if by_minutes else w.row.lessons) / unit for w in (world.teacher, world.mastery))
    one, other = (amount(v, digits).removesuffix(".0") for v in (a, b))
    if abs(a - b) <= 0.02 * max(a, b):
        if by_minutes:
            return tr("for the same {number} hours of lessons", number=one)
        return tr("for the same {number} lessons", number=one)
    if by_minutes:
        return tr("for {number} against {other} hours of lessons on average", number=one, other=other)
    return tr("for {number} against {other} lessons on average", number=one, other=other)


def verdict(world: World) -> Markup:
    """The teacher against mastery learning: how much more its pupils know."""
    teacher, mastery, unit = world.teacher, world.mastery, world.unit
    row = teacher.row
    more_skills, more = scaled(row.more_skills, 1.0), scaled(row.vs_tuned, unit.scale)
    digits = decimals(*more_skills, *more)
    skills, skills_interval = said(*more_skills, digits)
    main, interval = said(*more, digits)
    unclear = row.vs_tuned_verdict == CANNOT_TELL
    if unclear:
        interval = tr("taken alone: {interval}", interval=interval)
    told = tr("{skills} skills of {number}", skills=skills, number=world.curriculum.n_skills)
    parts = {
        "when": capital(later(world)), "time": _time(world), "teacher": teacher.called, "other": mastery.name,
        "skills": tag("strong", told), "skills_interval": skills_interval,
        "questions": tag("strong", f"{main} {unit.words} {unit.whole()}"), "interval": interval,
    }  # fmt: skip
    found = (
        tr("{when}, {time}, pupils of {teacher} know {skills} ({skills_interval}) as the same pupils under {other}, "
            "and have {questions} ({interval}).", **parts)
        if _as_many(more_skills[0], digits)
        else tr("{when}, {time}, pupils of {teacher} know {skills} ({skills_interval}) than the same pupils under "
                 "{other}, and have {questions} ({interval}).", **parts)
    )  # fmt: skip
    return join(found, " ", _so(world))


def _so(world: World) -> str:
    """What follows from the numbers of the verdict."""
    row, mastery, smallest = world.teacher.row, world.mastery.name, _smallest(world)
    match row.vs_tuned_verdict:
        case None:
            return tr_many(
                "There is no verdict after {n} training, {fewest} are the fewest: another training could have ended "
                "elsewhere.",
                "There is no verdict after {n} trainings, {fewest} are the fewest: another training could have ended "
                "elsewhere.",
                row.seeds, fewest=FEWEST_SEEDS,
            )  # fmt: skip
        case statistics.CANNOT_TELL:
            certain = _more_certain(world, row.vs_tuned)
            return f"{certain} {tr('So we cannot tell which of the two is better.')}".lstrip()
        case statistics.NO_DIFFERENCE:
            return tr("That is no practical difference: it is not above the smallest difference worth having "
                       "({smallest}).", smallest=smallest)  # fmt: skip
        case statistics.AHEAD:
            return tr("That is ahead of {other} by more than luck alone would explain, but perhaps by less than "
                       "is worth having ({smallest}).", other=mastery, smallest=smallest)  # fmt: skip
        case statistics.BEHIND:
            return tr("That is behind {other} by more than luck alone would explain, but perhaps by less than "
                       "matters ({smallest}).", other=mastery, smallest=smallest)  # fmt: skip
        case statistics.BETTER:
            return tr("That is better than {other}, by more than luck alone would explain, and by more than "
                       "{smallest}.", other=mastery, smallest=smallest)  # fmt: skip
        case _:
            return tr("That is worse than {other}, by more than luck alone would explain, and by more than "
                       "{smallest}.", other=mastery, smallest=smallest)  # fmt: skip


def _more_certain(world: World, found: Difference | None) -> str:
    """The interval that the verdict goes by, and why it is wider than the one taken alone; nothing where it is not."""
    assert found is not None
    assert found.low_corrected is not None
    assert found.high_corrected is not None
    if (found.low_corrected, found.high_corrected) == (found.low, found.high):
        return ""
    low, high = found.low_corrected * world.unit.scale, found.high_corrected * world.unit.scale
    digits = decimals(low, high)
    ends = {"fewer": amount(abs(low), digits), "more": amount(abs(high), digits)}
    if world.table.verdicts > 1:
        return tr("Because {comparisons} comparisons are made here, more certainty is asked for: from {fewer} fewer "
                   "to {more} more.", comparisons=world.table.verdicts, **ends)  # fmt: skip
    return tr("Because more than this is made here, more certainty is asked for: from {fewer} fewer to {more} more.",
               **ends)  # fmt: skip


def _smallest(world: World) -> str:
    """The smallest difference worth having, in words."""
    return f"{amount(world.table.smallest_difference * world.unit.scale)} {world.unit.words}"


def worse_off(world: World) -> str:
    """How many pupils are worse off, how the lowest tenth fare, the best way that needs no training, what is left."""
    row, mastery, unit = world.teacher.row, world.mastery, world.unit
    gap = (row.worst_decile.value - mastery.row.worst_decile.value) * unit.scale
    digits = decimals(gap)
    lowest = {"tenth": more_or_fewer(gap, digits), "unit": unit.words, "other": mastery.name}
    parts = [
        harmed(world),
        tr("The tenth of the pupils who end lowest have {tenth} {unit} on average as the lowest tenth under {other}.",
            **lowest)
        if _as_many(gap, digits)
        else tr("The tenth of the pupils who end lowest have {tenth} {unit} on average than the lowest tenth under "
                 "{other}.", **lowest),
    ]  # fmt: skip
    best = world.ways[world.table.best_untrained]
    if world.teacher.kind == "learnt" and best is not mastery:
        parts.append(_against_the_best(world, best))
    if row.later_vs_tuned is not None:
        left = scaled(row.later_vs_tuned, unit.scale)
        digits = decimals(*left)
        main, interval = said(*left, digits)
        asked = {"days": f"{world.table.later_days:g}", "much": main, "unit": unit.words, "other": mastery.name}
        parts.append(
            tr("Asked again {days} days after the exam, they have {much} {unit} as under {other} ({interval}).",
                interval=interval, **asked)
            if _as_many(left[0], digits)
            else tr("Asked again {days} days after the exam, they have {much} {unit} than under {other} ({interval}).",
                     interval=interval, **asked)
        )  # fmt: skip
    return " ".join(parts)


def _against_the_best(world: World, best: Way) -> str:
    """The learnt teacher against the best way of teaching that needs no training."""
    row, unit = world.teacher.row, world.unit
    more = scaled(row.vs_best, unit.scale)
    main, interval = said(*more, decimals(*more))
    verdict = in_words(row.vs_best_verdict) or tr("no verdict after so few trainings")
    if row.vs_best_verdict == CANNOT_TELL:
        interval = tr("taken alone: {interval}", interval=interval)
    parts = {"best": best.name, "much": main, "unit": unit.words, "interval": interval}
    if row.vs_best_verdict != CANNOT_TELL:
        return tr("Against the best way of teaching that needs no training (on validation pupils), “{best}”: {much} "
                   "{unit} ({interval}): {verdict}.", verdict=verdict, **parts)  # fmt: skip
    found = tr("Against the best way of teaching that needs no training (on validation pupils), “{best}”: {much} "
                "{unit} ({interval}).", **parts)  # fmt: skip
    return " ".join(filter(None, (found, _more_certain(world, row.vs_best), tr("So we cannot tell."))))


def harmed(world: World) -> str:
    """How many pupils can expect to lose, and to gain; that it is not known, or was not measured."""
    worse = tr("noticeably worse than under {other} (by more than {smallest})",
                other=world.mastery.name, smallest=_smallest(world))  # fmt: skip
    row = harm_of(world.table, world.teacher.policy)
    if row is None or row.lives < 2:
        return tr("How many pupils can expect to end {worse} was not measured: each was taught once, with one luck.",
                   worse=worse)  # fmt: skip
    taught = {"pupils": row.students, "times": row.lives}
    over = tr("Each of {pupils} simulated pupils was taught {times} times with other luck in each way", **taught)
    if row.harmed is None or row.gained is None:
        return tr("{over}. That is too few to tell how many can expect to end {worse}.", over=over, worse=worse)
    made = _under_trainings(world.teacher.kind, len(world.teacher.runs))
    if not row.harmed_told:
        parts = {"over": over, "worse": worse, "share": _between(row.harmed)}
        if not made:
            return tr("{over}. That is too few to tell how many can expect to end {worse}: between {share}.", **parts)
        return tr("{over}. That is too few to tell how many can expect to end {worse}: between {share}, {trainings}.",
                   trainings=made, **parts)  # fmt: skip
    return f"{over}: {f'{made}, ' if made else ''}{_lost(row, worse)}{_worst(world)}{_check(world)}"


def _lost(row: HarmRow, worse: str) -> str:
    """The share of those who can expect to lose, and of those who gain."""
    assert row.harmed is not None
    assert row.gained is not None
    harmed, gained = in_hundred(row.harmed.value), in_hundred(row.gained.value)
    if not row.gained_told:
        return tr("{harmed} can expect to end {worse}.", harmed=harmed, worse=worse)
    return tr("{harmed} can expect to end {worse}, and {gained} noticeably better.",
               harmed=harmed, worse=worse, gained=gained)  # fmt: skip


def _under_trainings(kind: str, seeds: int) -> str:
    """What the shares are about: one training, or the mean of several; nothing where nothing is trained."""
    if kind != "learnt":
        return ""
    return tr_many("under this training", "under these {n} trainings", seeds)


def _worst(world: World) -> str:
    """The share of the worst training, where there are several."""
    if len(world.teacher.runs) < 2 or not (single := single_trainings(world)):
        return ""
    worst = max((each.harmed for each in single), key=lambda share: share.value)
    if worst.told:
        return f" {tr('Under the worst of these trainings alone: {share}.', share=in_hundred(worst.value))}"
    return f" {tr('Under the worst of these trainings alone: between {share}.', share=_between(worst))}"


def _check(world: World) -> str:
    """What the method says of mastery learning against itself, where nobody loses."""
    floor = harm_of(world.table, world.table.tuned)
    if floor is None or floor.harmed is None or not floor.harmed_told:
        return ""
    checked = tr("As a check: of {other} against itself, where nobody can expect to lose, the same count says "
                  "{share}.", other=world.mastery.name, share=in_hundred(floor.harmed.value))  # fmt: skip
    return f" {checked}"


def harmed_cell(world: World, way: Way) -> str:
    """The same in a table."""
    row = harm_of(world.table, way.policy)
    if row is None or row.harmed is None:
        return tr("not measured")
    return percent(row.harmed.value) if row.harmed_told else tr("cannot tell")


def _between(share: TaughtShare | Share) -> str:
    return tr("{low} and {high} in 100", low=f"{100 * share.low:.0f}", high=f"{100 * share.high:.0f}")


def higher_learners(world: World) -> Markup | None:
    """Says so where another learnt teacher stands above the one that the page is about."""
    teacher = world.teacher
    if teacher.kind != "learnt":
        return None
    others = [w for w in world.ways.values() if w.kind == "learnt" and not world.on_fewer(w)]
    above = [w.called for w in others if w.row.outcome.value > teacher.row.outcome.value]
    if not above:
        return None
    told = tr(
        "Higher than {teacher} in the table below: {above}. These sentences are about {teacher} all the same: it did "
        "best of the learnt ones on validation pupils, who are not those of the table. To choose by the table itself "
        "would be to choose luck as well.",
        teacher=teacher.called, above="; ".join(above),
    )  # fmt: skip
    return tag("p", told)


def caution(world: World) -> Markup | None:
    """Warnings: where training was not repeated often enough, where a training failed, and of failures not seen."""
    learnt = [w for w in world.ways.values() if w.kind == "learnt"]
    if not learnt:
        return None
    failed = [
        tag("p", tag("strong", f"{tr('A training like no other.')} "), text, class_="caution")
        for text in _failed(world, learnt)
    ]
    rare = tr(
        "Trainings that fail rarely are not covered by these intervals: if one training in ten fails, a third of all "
        "experiments with {number} trainings see none that does.",
        number=HEADLINE_SEEDS,
    )
    return join(_quick_look(min(w.row.seeds for w in learnt)), *failed, tag("p", rare))


def _failed(world: World, learnt: Sequence[Way]) -> list[str]:
    """A sentence for each way of teaching of which a training ended far from the others."""
    unit, said = world.unit, list[str]()
    for way in learnt:
        if seeds := way.row.outlying_seeds:
            said.append(
                tr_many(
                    "Of {teacher}, the training with seed {seeds} ended far from the other {others}; trainings end "
                    "between {low} and {high} {unit} on average.",
                    "Of {teacher}, the training with seeds {seeds} ended far from the other {others}; trainings end "
                    "between {low} and {high} {unit} on average.",
                    len(seeds),
                    teacher=way.called, seeds=listed([str(seed) for seed in seeds]), others=way.row.seeds - len(seeds),
                    low=amount(way.row.lowest_run * unit.scale), high=amount(way.row.highest_run * unit.scale),
                    unit=unit.words,
                )
            )  # fmt: skip
    return said


def _quick_look(fewest: int) -> Markup | None:
    """Says so where some teacher was trained less often than a headline needs."""
    if fewest >= HEADLINE_SEEDS:
        return None
    text = tr_many(
        "This is a quick look: every learnt teacher was trained {n} time only. Training has luck in it, so a result to "
        "rely on needs at least {fewest} trainings.",
        "This is a quick look: every learnt teacher was trained {n} times only. Training has luck in it, so a result "
        "to rely on needs at least {fewest} trainings.",
        fewest, fewest=HEADLINE_SEEDS,
    )  # fmt: skip
    return tag("p", tag("strong", f"{tr('Fewer than ten trainings.')} "), text, class_="caution")


def in_short(worlds: Sequence[World]) -> Markup:
    """One line for each scenario of the page: who won, or that nobody did."""
    lines = [
        tag("li", tag("a", name_of(world.title), href=f"#w{i}"), ": ", who_won(world)) for i, world in enumerate(worlds)
    ]
    meaning = tr(
        "One line for each scenario. The learnt teacher, or your own, or else what was asked for, is set against the "
        "best way of teaching that needs no training; without any of them, that way against mastery learning (tuned). "
        "Which one is best was told by validation pupils, who are not those of this page."
    )
    return tag("section", tag("h2", tr("In short")), tag("p", meaning), tag("ul", lines), id="in-short")


def who_won(world: World) -> str:
    """The winner of a scenario and by how much, in one sentence; of a control that was won, only that it was."""
    if any(way.row.beats_control for way in world.ways.values()):
        return tr("a control was won, which cannot be: trust no number here before the mistake is found.")
    if not world.set_beside:
        return tr("runs are missing, so nobody is set beside anybody.")
    teacher, best = world.teacher, world.ways[world.table.best_untrained]
    one = teacher if teacher.kind == "learnt" or teacher.own or teacher.asked else best
    other = world.mastery if one is best else best
    if one is other:
        return _the_best(world, one)
    row = one.row
    tuned = other is world.mastery
    found = row.vs_tuned_verdict if tuned else row.vs_best_verdict
    more = scaled(row.vs_tuned if tuned else row.vs_best, world.unit.scale)
    if found == WORSE:
        one, other, more = other, one, (-more[0], -more[2], -more[1])
    digits = decimals(*more)
    main, interval = said(*more, digits)
    parts = {"much": f"{main} {world.unit.words} {world.unit.whole()}", "interval": interval, "other": other.called}
    much = (
        tr("{much} as under {other} ({interval})", **parts)
        if _as_many(more[0], digits)
        else tr("{much} than under {other} ({interval})", **parts)
    )
    if found in (BETTER, WORSE):
        return tr("{who} wins: {much}.", who=one.called, much=much)
    if found in (AHEAD, BEHIND):
        return tr("{who} is {verdict}: {much}.", who=one.called, verdict=in_words(found), much=much)
    unclear = tr("no verdict after so few trainings")
    if found is not None:
        unclear = tr("we cannot tell") if found == CANNOT_TELL else in_words(found)
    return tr("no winner, {verdict}: under {who} {much}.", verdict=unclear, who=one.called, much=much)


def _the_best(world: World, best: Way) -> str:
    """Who did best on validation pupils, and who has a higher number on those of the page."""
    others = [way for way in world.ways.values() if way.kind == "baseline" and not world.on_fewer(way)]
    higher = [way.called for way in others if way.row.outcome.value > best.row.outcome.value]
    if not higher:
        return tr("{who} did best of all that need no training on validation pupils.", who=best.called)
    return tr_many(
        "{who} did best of all that need no training on validation pupils; on those of this page {others} ends above "
        "it.",
        "{who} did best of all that need no training on validation pupils; on those of this page {others} end above "
        "it.",
        len(higher), who=best.called, others=listed(higher),
    )  # fmt: skip
