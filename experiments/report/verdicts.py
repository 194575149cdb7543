"""Who did best and by how much, in sentences."""

from __future__ import annotations

from collections.abc import Sequence

from ..comparison.harm_show import harm_of, under_trainings
from ..comparison.rows import Difference, Interval, TaughtShare
from ..figures.markup import Child, Markup, join, name_of, tag
from ..figures.words import amount, capital, counted, decimals, in_hundred, listed, percent
from ..harm import Share
from ..statistics import AHEAD, BEHIND, BETTER, CANNOT_TELL, FEWEST_SEEDS, HEADLINE_SEEDS, NO_DIFFERENCE, WORSE
from .gainers import single_trainings
from .results import Way, World

AS_MANY = "as many"


def later(world: World) -> str:
    """How long after the last lesson the exam is, in words."""
    days = float(world.about["schedule"]["retention_days"])
    weeks = {7.0: "one week", 14.0: "two weeks", 21.0: "three weeks", 28.0: "four weeks"}
    return f"{weeks.get(days) or counted(days, 'day')} after the last lesson" if days else "right after the last lesson"


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
    return f"{told} {'more' if value > 0 else 'fewer'}" if float(told) else AS_MANY


def said(value: float, low: float, high: float, digits: int) -> tuple[str, str]:
    """A difference with its interval.

    Example:
        >>> said(3.1, 2.5, 3.7, 1), said(0.001, -0.2, 0.3, 1)
        (('3.1 more', 'between 2.5 and 3.7 more'), ('as many', 'between 0.2 fewer and 0.3 more'))
    """
    main, ends = more_or_fewer(value, digits), [amount(abs(end), digits) for end in (low, high)]
    if not any(float(end) for end in ends):
        return main, "less than 0.01 either way"
    if low < 0 < high and all(float(end) for end in ends):
        return main, f"between {ends[0]} fewer and {ends[1]} more"
    return main, f"between {' and '.join(sorted(ends, key=float))} {'more' if low + high > 0 else 'fewer'}"


def _than(told: str) -> str:
    return "as" if told == AS_MANY else "than"


def _time(world: World) -> str:
    """The teaching that teacher and mastery learning needed, in words."""
    by_minutes = world.about["schedule"]["by_minutes"]
    unit, digits = (60.0, 1) if by_minutes else (1.0, 0)
    words = "hours of lessons" if digits else "lessons"
    a, b = ((w.row.minutes if by_minutes else w.row.lessons) / unit for w in (world.teacher, world.mastery))
    numbers = [amount(v, digits).removesuffix(".0") for v in (a, b)]
    if abs(a - b) <= 0.02 * max(a, b):
        return f"for the same {numbers[0]} {words}"
    return f"for {numbers[0]} against {numbers[1]} {words} on average"


def verdict(world: World) -> Markup:
    """The teacher against mastery learning: how much more its pupils know."""
    teacher, mastery, unit = world.teacher, world.mastery, world.unit
    row = teacher.row
    who = f"pupils of {teacher.called}"
    more_skills, more = scaled(row.more_skills, 1.0), scaled(row.vs_tuned, unit.scale)
    digits = decimals(*more_skills, *more)
    skills, skills_interval = said(*more_skills, digits)
    main, interval = said(*more, digits)
    unclear = row.vs_tuned_verdict == CANNOT_TELL
    if unclear:
        interval = f"taken alone: {interval}"
    parts: list[Child] = [
        f"{capital(later(world))}, {_time(world)}, {who} know ",
        tag("strong", f"{skills} skills of {world.curriculum.n_skills}"),
        f" ({skills_interval}) {_than(skills)} the same pupils under {mastery.name}, and have ",
        tag("strong", f"{main} {unit.words} {unit.whole()}"),
        f" ({interval}). ",
    ]
    if unclear:
        more_certain = _more_certain(world, row.vs_tuned)
        return join(*parts, f"{more_certain} So we cannot tell which of the two is better.".lstrip())
    if row.vs_tuned_verdict == NO_DIFFERENCE:
        none = "That is no practical difference: it is not above the smallest difference worth having"
        return join(*parts, f"{none} ({_smallest(world)}).")
    if row.vs_tuned_verdict is None:
        return join(*parts, f"{_too_few(row.seeds)}: another training could have ended elsewhere.")
    luck = "by more than luck alone would explain"
    if row.vs_tuned_verdict in (AHEAD, BEHIND):
        place, less = row.vs_tuned_verdict.split(", ")
        of = "ahead of" if place == "ahead" else place
        return join(*parts, f"That is {of} {mastery.name} {luck}, but {less} ({_smallest(world)}).")
    plain = f"That is {row.vs_tuned_verdict} than {mastery.name}, {luck}, and by more than {_smallest(world)}."
    return join(*parts, plain)


def _too_few(seeds: int) -> str:
    """Why there is no verdict."""
    return f"There is no verdict after {counted(seeds, 'training')}, {FEWEST_SEEDS} are the fewest"


def _more_certain(world: World, found: Difference | None) -> str:
    """The interval that the verdict goes by, and why it is wider than the one taken alone; nothing where it is not."""
    assert found is not None
    assert found.low_corrected is not None
    assert found.high_corrected is not None
    if (found.low_corrected, found.high_corrected) == (found.low, found.high):
        return ""
    low, high = found.low_corrected * world.unit.scale, found.high_corrected * world.unit.scale
    digits = decimals(low, high)
    ends = f"from {amount(abs(low), digits)} fewer to {amount(abs(high), digits)} more"
    many = f"{world.table.verdicts} comparisons are" if world.table.verdicts > 1 else "more than this is"
    return f"Because {many} made here, more certainty is asked for: {ends}."


def _smallest(world: World) -> str:
    """The smallest difference worth having, in words."""
    return f"{amount(world.table.smallest_difference * world.unit.scale)} {world.unit.words}"


def worse_off(world: World) -> str:
    """How many pupils are worse off, how the lowest tenth fare, the best way that needs no training, what is left."""
    row, mastery, unit = world.teacher.row, world.mastery, world.unit
    gap = (row.worst_decile.value - mastery.row.worst_decile.value) * unit.scale
    tenth = more_or_fewer(gap, decimals(gap))
    best = world.ways[world.table.best_untrained]
    parts = [
        f"{harmed(world)} The tenth of the pupils who end lowest have {tenth} {unit.words} on "
        f"average {_than(tenth)} the lowest tenth under {mastery.name}."
    ]
    if world.teacher.kind == "learnt" and best is not mastery:
        more = scaled(row.vs_best, unit.scale)
        main, interval = said(*more, decimals(*more))
        found = f": {row.vs_best_verdict or 'no verdict after so few trainings'}."
        if row.vs_best_verdict == CANNOT_TELL:
            interval = f"taken alone: {interval}"
            found = f". {_more_certain(world, row.vs_best)} So we cannot tell.".replace(".  ", ". ")
        parts.append(
            f" Against the best way of teaching that needs no training (on validation pupils), “{best.name}”: "
            f"{main} {unit.words} ({interval}){found}"
        )
    if row.later_vs_tuned is not None:
        left = scaled(row.later_vs_tuned, unit.scale)
        main, interval = said(*left, decimals(*left))
        days = f"{world.table.later_days:g} days after the exam"
        parts.append(
            f" Asked again {days}, they have {main} {unit.words} {_than(main)} under {mastery.name} ({interval})."
        )
    return "".join(parts)


def harmed(world: World) -> str:
    """How many pupils can expect to lose, and to gain; that it is not known, or was not measured."""
    worse = f"noticeably worse than under {world.mastery.name} (by more than {_smallest(world)})"
    row = harm_of(world.table, world.teacher.policy)
    if row is None or row.lives < 2:
        return f"How many pupils can expect to end {worse} was not measured: each was taught once, with one luck."
    over = f"Each of {row.students} simulated pupils was taught {row.lives} times with other luck in each way"
    if row.harmed is None or row.gained is None:
        return f"{over}. That is too few to tell how many can expect to end {worse}."
    made = under_trainings(world.teacher.kind, len(world.teacher.runs))
    if not row.harmed_told:
        return (
            f"{over}. That is too few to tell how many can expect to end {worse}: between "
            f"{_between(row.harmed)}{f', {made}' if made else ''}."
        )
    more = f", and {in_hundred(row.gained.value)} noticeably better" if row.gained_told else ""
    made = f"{made}, " if made else ""
    return (
        f"{over}: {made}{in_hundred(row.harmed.value)} can expect to end {worse}{more}.{_worst(world)}{_check(world)}"
    )


def _worst(world: World) -> str:
    """The share of the worst training, where there are several."""
    if len(world.teacher.runs) < 2 or not (single := single_trainings(world)):
        return ""
    worst = max((each.harmed for each in single), key=lambda share: share.value)
    told = in_hundred(worst.value) if worst.told else f"between {_between(worst)}"
    return f" Under the worst of these trainings alone: {told}."


def _check(world: World) -> str:
    """What the method says of mastery learning against itself, where nobody loses."""
    floor = harm_of(world.table, world.table.tuned)
    if floor is None or floor.harmed is None or not floor.harmed_told:
        return ""
    return (
        f" As a check: of {world.mastery.name} against itself, where nobody can expect to lose, the same count says "
        f"{in_hundred(floor.harmed.value)}."
    )


def harmed_cell(world: World, way: Way) -> str:
    """The same in a table."""
    row = harm_of(world.table, way.policy)
    if row is None or row.harmed is None:
        return "not measured"
    return percent(row.harmed.value) if row.harmed_told else "cannot tell"


def _between(share: TaughtShare | Share) -> str:
    return f"{100 * share.low:.0f} and {100 * share.high:.0f} in 100"


def higher_learners(world: World) -> Markup | None:
    """Says so where another learnt teacher stands above the one that the page is about."""
    teacher = world.teacher
    if teacher.kind != "learnt":
        return None
    others = [w for w in world.ways.values() if w.kind == "learnt" and not world.on_fewer(w)]
    above = [w.called for w in others if w.row.outcome.value > teacher.row.outcome.value]
    if not above:
        return None
    return tag(
        "p",
        f"Higher than {teacher.called} in the table below: {'; '.join(above)}. These sentences are about "
        f"{teacher.called} all the same: it did best of the learnt ones on validation pupils, who are not those of the "
        "table. To choose by the table itself would be to choose luck as well.",
    )


def caution(world: World) -> Markup | None:
    """Warnings: where training was not repeated often enough, where a training failed, and of failures not seen."""
    learnt = [w for w in world.ways.values() if w.kind == "learnt"]
    if not learnt:
        return None
    failed = [
        tag("p", tag("strong", "A training like no other. "), text, class_="caution") for text in _failed(world, learnt)
    ]
    rare = (
        "Trainings that fail rarely are not covered by these intervals: if one training in ten fails, a third of all "
        f"experiments with {HEADLINE_SEEDS} trainings see none that does."
    )
    return join(_quick_look(min(w.row.seeds for w in learnt)), *failed, tag("p", rare))


def _failed(world: World, learnt: Sequence[Way]) -> list[str]:
    """A sentence for each way of teaching of which a training ended far from the others."""
    unit, said = world.unit, list[str]()
    for way in learnt:
        if seeds := way.row.outlying_seeds:
            which = f"{'seeds' if len(seeds) > 1 else 'seed'} {listed([str(seed) for seed in seeds])}"
            said.append(
                f"Of {way.called}, the training with {which} ended far from the other {way.row.seeds - len(seeds)}; "
                f"trainings end between {amount(way.row.lowest_run * unit.scale)} and "
                f"{amount(way.row.highest_run * unit.scale)} {unit.words} on average."
            )
    return said


def _quick_look(fewest: int) -> Markup | None:
    """Says so where some teacher was trained less often than a headline needs."""
    if fewest >= HEADLINE_SEEDS:
        return None
    text = (
        f"This is a quick look: every learnt teacher was trained {counted(fewest, 'time')} only. Training has "
        f"luck in it, so a result to rely on needs at least {HEADLINE_SEEDS} trainings."
    )
    return tag("p", tag("strong", "Fewer than ten trainings. "), text, class_="caution")


def in_short(worlds: Sequence[World]) -> Markup:
    """One line for each scenario of the page: who won, or that nobody did."""
    lines = [
        tag("li", tag("a", name_of(world.title), href=f"#w{i}"), ": ", who_won(world)) for i, world in enumerate(worlds)
    ]
    meaning = (
        "One line for each scenario. The learnt teacher, or your own, or else what was asked for, is set against the "
        "best way of teaching that needs no training; without any of them, that way against mastery learning (tuned). "
        "Which one is best was told by validation pupils, who are not those of this page."
    )
    return tag("section", tag("h2", "In short"), tag("p", meaning), tag("ul", lines), id="in-short")


def who_won(world: World) -> str:
    """The winner of a scenario and by how much, in one sentence; of a control that was won, only that it was."""
    if any(way.row.beats_control for way in world.ways.values()):
        return "a control was won, which cannot be: trust no number here before the mistake is found."
    if not world.set_beside:
        return "runs are missing, so nobody is set beside anybody."
    teacher, best = world.teacher, world.ways[world.table.best_untrained]
    one = teacher if teacher.kind == "learnt" or teacher.own or teacher.asked else best
    other = world.mastery if one is best else best
    if one is other:
        return f"{one.called} did best of all that need no training on validation pupils{_above(world, one)}."
    row = one.row
    tuned = other is world.mastery
    found = row.vs_tuned_verdict if tuned else row.vs_best_verdict
    more = scaled(row.vs_tuned if tuned else row.vs_best, world.unit.scale)
    if found == WORSE:
        one, other, more = other, one, (-more[0], -more[2], -more[1])
    main, interval = said(*more, decimals(*more))
    much = f"{main} {world.unit.words} {world.unit.whole()} {_than(main)} under {other.called} ({interval})"
    if found in (BETTER, WORSE):
        return f"{one.called} wins: {much}."
    if found in (AHEAD, BEHIND):
        return f"{one.called} is {found}: {much}."
    unclear = {None: "no verdict after so few trainings", CANNOT_TELL: "we cannot tell"}.get(found, found)
    return f"no winner, {unclear}: under {one.called} {much}."


def _above(world: World, best: Way) -> str:
    """Who has a higher number than the best one on the pupils of the page; nothing where nobody has."""
    others = [way for way in world.ways.values() if way.kind == "baseline" and not world.on_fewer(way)]
    higher = [way.called for way in others if way.row.outcome.value > best.row.outcome.value]
    return (
        f"; on those of this page {listed(higher)} {'ends' if len(higher) == 1 else 'end'} above it" if higher else ""
    )
