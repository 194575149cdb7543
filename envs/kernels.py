"""The compiled part of a lesson around the student: luck, clock, counters and the table that the tutor sees.

Everything is passed as flat arrays of one kind of number, because that is what compiles to fast code: ``plan`` holds
the integers of the scenario (constants, then ``Links``), ``scale`` its real numbers (constants, then the days between
sessions), ``whole`` and ``real`` are the same records seen as integers and as real numbers. What is counted for the
rows of the table stands in the table itself and nowhere else: a count is its column times the column's scale, rounded.

The order of events of one lesson is that of docs/environment.md: clock, luck of the next lesson, the columns that all
rows share, counters, beliefs, reward. Helpers hold no ``break``, which is dear where it is inlined
(docs/decisions.md, 2026-11-28); blocks of links end at the first -1, so loops end by condition.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from ..students.draws import LESSON, mix, student_key
from ..students.jit import Whole, inline, kernel
from .observe import ALL_COLUMNS, BUG_COLUMNS, MAX_HINTS, MAX_OPTIONS, MAX_STREAK

Ints: TypeAlias = npt.NDArray[np.int64]
Floats: TypeAlias = npt.NDArray[np.float64]
Table: TypeAlias = npt.NDArray[np.float32]
Bools: TypeAlias = npt.NDArray[np.bool_]
Columns: TypeAlias = tuple[Whole, ...]
Times: TypeAlias = tuple[np.float64, np.float64]

TEACHING, FINISHING, AWAY, OVER = 0, 1, 2, 3
"""A row's status: being taught; has just chosen to finish; has quit while the calendar goes on; over."""

PLAN = (
    "by_minutes", "by_skill", "local", "joint", "bugs", "pay_belief", "sessions", "horizon", "finish", "finish_after",
    "n_actions", "n_skills", "n_rows", "n_columns", "width", "step_masks", *(f"block_{b}" for b in range(6)),
    *(f"c_{name}" for name in ALL_COLUMNS),
)  # fmt: skip
(
    P_BY_MINUTES, P_BY_SKILL, P_LOCAL, P_JOINT, P_BUGS, P_PAY_BELIEF, P_SESSIONS, P_HORIZON, P_FINISH, P_FINISH_AFTER,
    P_ACTIONS, P_SKILLS, P_ROWS, P_COLUMNS, P_WIDTH, P_STEP_MASKS, COUNTED, KNOWN, NEEDED, KNOWN_BY, NEEDED_BY,
    EXERCISED, C_BELIEF, C_READY, C_TRIES, C_SUCCESSES, C_STREAK, C_DAYS_SINCE, C_WAS_LAST, C_LAST_CORRECT,
    C_TIME_LEFT, C_SESSION_LEFT, C_LESSON, C_OPEN, C_LAST_MINUTES, C_LAST_HINTS, C_LAST_OPTION, C_SESSION, C_BUGS,
) = range(len(PLAN) - len(BUG_COLUMNS) + 1)  # fmt: skip
LINKS = len(PLAN)
SCALE = ("per_session", "total", "away_minutes", "per_day", "per_lesson", "per_number")
S_PER_SESSION, S_TOTAL, S_AWAY_MINUTES, S_PER_DAY, S_PER_LESSON, S_PER_NUMBER, GAPS = range(len(SCALE) + 1)

RECORD = (
    ("student", np.int64),
    ("episode", np.int64),
    ("key", np.int64),  # of the lessons' luck; 64 bits, whatever their sign
    ("status", np.int64),
    ("lesson", np.int64),
    ("session", np.int64),
    ("used", np.float64),  # minutes or lessons of the budget
    ("minutes", np.float64),
    ("day", np.float64),
    ("last_day", np.float64),  # of the last lesson
    ("passed", np.float64),  # days that pass after this lesson
    ("last_item", np.int64),
    ("value", np.float64),  # what the reward was paid for so far
)
(
    STUDENT, EPISODE, KEY, STATUS, LESSON_NO, SESSION, USED, MINUTES, DAY, LAST_DAY, PASSED, LAST_ITEM, VALUE,
) = range(len(RECORD))  # fmt: skip

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_ONE, _S11 = np.uint64(1), np.uint64(11)
_TO_UNIT = 1.0 / 9007199254740992.0  # 2^-53
ROWS = 0xFFFFFFFF
"""The part of what ``after_lesson`` gives back that says for how many rows days pass."""
_EPS = 1e-9  # minutes; session marks are sums of floats


@kernel
def choose(plan: Ints, whole: Ints, actions: Ints, items: Ints) -> int:
    """Actions to items (-1: no lesson). Returns the first row with a forbidden action (then nothing is done), or -1."""
    n_actions, finish, finish_after = plan[P_ACTIONS], plan[P_FINISH], plan[P_FINISH_AFTER]
    for i in range(actions.shape[0]):
        a = actions[i]
        wrong = a < 0 or a >= n_actions or (a == finish and whole[i, LESSON_NO] < finish_after)
        if wrong and whole[i, STATUS] == TEACHING:
            return i
    for i in range(actions.shape[0]):
        items[i] = actions[i]
        if whole[i, STATUS] != TEACHING:
            items[i] = -1
        elif actions[i] == finish:
            items[i] = -1
            whole[i, STATUS] = FINISHING
    return -1


@inline
def _product(plan: Ints, first: Whole, last: Whole, beliefs: Floats, i: Whole) -> float:
    """The product of a student's beliefs in the skills that stand in these links; 1 without any."""
    product = 1.0
    for slot in range(first, last):
        # without a branch: a missing link reads skill 0 and multiplies by 1
        product *= beliefs[i, max(plan[slot], 0)] if plan[slot] >= 0 else 1.0
    return product


@inline
def _put(table: Table, out: Table, i: Whole, at: Whole, value: Any) -> None:
    """One number into the table and into its copy, the observation."""
    table[i, at] = value
    out[i, at] = value


@inline
def _show(plan: Ints, i: Whole, beliefs: Floats, table: Table) -> None:
    """Belief, readiness and what is open of every row of one student's table.

    A joint belief says the last two itself, behind the beliefs and their sum; else skills are taken as independent.
    """
    n_rows, n_columns, width, c_open = plan[P_ROWS], plan[P_COLUMNS], plan[P_WIDTH], plan[C_OPEN]
    known, needed, known_by, c_belief, c_ready = (
        plan[KNOWN], plan[NEEDED], plan[KNOWN_BY], plan[C_BELIEF], plan[C_READY]
    )  # fmt: skip
    if c_belief >= 0 and plan[P_BY_SKILL]:
        for r in range(n_rows):
            table[i, r * n_columns + c_belief] = beliefs[i, r]
    elif c_belief >= 0:
        for r in range(n_rows):
            row = LINKS + r * width
            table[i, r * n_columns + c_belief] = _product(plan, row + known, row + needed, beliefs, i)
    if c_ready >= 0 and plan[P_JOINT]:
        for r in range(n_rows):
            table[i, r * n_columns + c_ready] = beliefs[i, n_rows + 1 + r]
    elif c_ready >= 0:
        for r in range(n_rows):
            row = LINKS + r * width
            table[i, r * n_columns + c_ready] = _product(plan, row + needed, row + known_by, beliefs, i)
    if c_open >= 0 and plan[P_JOINT]:
        for r in range(n_rows):
            table[i, r * n_columns + c_open] = beliefs[i, 2 * n_rows + 1 + r]
    elif c_open >= 0:
        for r in range(n_rows):
            row = LINKS + r * width
            unknown = 1.0 - _product(plan, row + known, row + needed, beliefs, i)
            ready = _product(plan, row + needed, row + known_by, beliefs, i)
            table[i, r * n_columns + c_open] = unknown * ready
    for b in range(plan[P_BUGS]):
        c_bug = plan[C_BUGS + b]
        if c_bug >= 0:
            for r in range(n_rows):
                table[i, r * n_columns + c_bug] = beliefs[i, 3 * n_rows + 1 + r * plan[P_BUGS] + b]


@inline
def _shared_columns(
    scale: Floats, whole: Ints, real: Floats, i: Whole
) -> tuple[np.float32, np.float32, np.float32, np.float32]:
    """Time left, session left, lesson and session of one student: the columns that are the same in every row."""
    per_session, used = scale[S_PER_SESSION], real[i, USED]
    left = (whole[i, SESSION] + 1) * per_session - used
    return (
        np.float32(max(1.0 - used / scale[S_TOTAL], 0.0)),
        np.float32(min(max(left, 0.0) / per_session, 1.0)),
        np.float32(whole[i, LESSON_NO] * scale[S_PER_LESSON]),
        np.float32(whole[i, SESSION] * scale[S_PER_NUMBER]),
    )


@inline
def _write(scale: Floats, patterns: Table, i: Whole, whole: Ints, real: Floats, table: Table, out: Table) -> None:
    """One table, with the columns that are the same in every row added by their patterns of 0 and 1."""
    a, b, c, d = _shared_columns(scale, whole, real, i)
    for j in range(table.shape[1]):
        out[i, j] = table[i, j] + (a * patterns[0, j] + b * patterns[1, j] + c * patterns[2, j] + d * patterns[3, j])


@inline
def _draw(whole: Ints, i: Whole, u: Floats) -> None:
    """The luck of one student's next lesson: the same numbers as draws.draw of the stream LESSON."""
    base = mix(np.uint64(whole[i, KEY]) + _GOLDEN * (np.uint64(whole[i, LESSON_NO]) + _ONE))
    for slot in range(u.shape[1]):
        u[i, slot] = np.float64(mix(base + _GOLDEN * (np.uint64(slot) + _ONE)) >> _S11) * _TO_UNIT


@inline
def _pass_time(
    plan: Ints, scale: Floats, times: Times, limits: Columns, whole: Ints, real: Floats, i: Whole, m: Whole,
    outcome: npt.NDArray[Any], u: Floats, mask: Bools, ended: Bools, day: Floats,
) -> None:  # fmt: skip
    """One student's clock: budget, sessions, the end, and the luck of the next lesson."""
    (per_session, total), (by_minutes, finish_after, sessions, horizon) = times, limits
    status, today = whole[i, STATUS], real[i, DAY]
    passed, spent, over = 0.0, 0.0, status == FINISHING
    day[i] = today
    if m >= 0:
        minutes = outcome[i]["minutes"]
        whole[i, LESSON_NO] += 1
        real[i, MINUTES] += minutes
        real[i, LAST_DAY] = today
        spent = minutes if by_minutes else 1.0
        if finish_after > 0:
            mask[i, plan[P_FINISH]] = whole[i, LESSON_NO] >= finish_after
    elif status == AWAY:  # who has quit is examined when the others are: the calendar goes on without them
        spent = scale[S_AWAY_MINUTES] if by_minutes else 1.0
    elif over:
        whole[i, STATUS] = OVER
    if spent > 0.0:
        used, session = real[i, USED] + spent, whole[i, SESSION]
        real[i, USED] = used
        out_of_time = used >= total - _EPS or whole[i, LESSON_NO] >= horizon
        if out_of_time or (m >= 0 and outcome[i]["quit"]):
            over = status == TEACHING
            whole[i, STATUS] = OVER if out_of_time else AWAY
        else:
            while session < sessions - 1 and used >= (session + 1) * per_session - _EPS:
                passed += scale[GAPS + session]
                session += 1
            whole[i, SESSION] = session
            real[i, DAY] = today + passed
        _draw(whole, i, u)
    real[i, PASSED] = passed
    ended[i] = over


@inline
def _count(
    plan: Ints, columns: Columns, per_lesson: float, i: Whole, m: Whole, last: Whole, outcome: npt.NDArray[Any],
    table: Table, out: Table,
) -> None:  # fmt: skip
    """Counters and flags of the rows that the lesson counts for; ``last``: the item of the lesson before."""
    n_columns, width, known, horizon = columns[0], columns[1], columns[2], columns[3]
    c_tries, c_successes, c_streak, c_days = columns[4], columns[5], columns[6], columns[7]
    c_was_last, c_correct, c_minutes, c_hints, c_option = columns[8], columns[9], columns[10], columns[11], columns[12]
    step_masks, answered, whole = columns[13], outcome[i]["answered"], outcome[i]["correct"]
    if last >= 0 and c_was_last >= 0:
        for slot in range(LINKS + last * width, LINKS + last * width + known):
            if plan[slot] >= 0:
                _put(table, out, i, plan[slot] * n_columns + c_was_last, 0.0)
    for slot in range(LINKS + m * width, LINKS + m * width + known):
        if plan[slot] >= 0:
            at, correct = plan[slot] * n_columns, whole
            if step_masks > 0:
                own = plan[step_masks + m * known + slot - LINKS - m * width]
                if own > 0:  # of a problem, a skill's row counts the steps of that skill
                    correct = (np.int64(outcome[i]["right_steps"]) & own) == own
            if c_tries >= 0:
                tries = int(table[i, at + c_tries] * horizon + 0.5) + 1
                _put(table, out, i, at + c_tries, np.float32(tries * per_lesson))
            if answered and c_successes >= 0:
                successes = int(table[i, at + c_successes] * horizon + 0.5) + correct
                _put(table, out, i, at + c_successes, np.float32(successes * per_lesson))
            if answered and c_streak >= 0:
                streak = (int(table[i, at + c_streak] * MAX_STREAK + 0.5) + 1) * correct
                _put(table, out, i, at + c_streak, np.float32(min(streak, MAX_STREAK) * (1.0 / MAX_STREAK)))
            if answered and c_correct >= 0:
                _put(table, out, i, at + c_correct, correct)
            if c_days >= 0:
                _put(table, out, i, at + c_days, 0.0)
            if c_was_last >= 0:
                _put(table, out, i, at + c_was_last, 1.0)
            if c_minutes >= 0:
                _put(table, out, i, at + c_minutes, min(outcome[i]["minutes"] / 60.0, 1.0))
            if c_hints >= 0:
                _put(table, out, i, at + c_hints, min(outcome[i]["hints"] / MAX_HINTS, 1.0))
            if c_option >= 0:
                _put(table, out, i, at + c_option, min((outcome[i]["option"] + 1) / MAX_OPTIONS, 1.0))


@inline
def _follow(plan: Ints, links: Columns, i: Whole, m: Whole, beliefs: Floats, table: Table, out: Table) -> None:
    """Belief and readiness wherever a lesson may have moved them, for beliefs that are local."""
    n_columns, width, c_belief, c_ready = links[0], links[1], links[2], links[3]
    known, needed, known_by, needed_by, exercised = links[4], links[5], links[6], links[7], links[8]
    for own in range(LINKS + m * width + exercised, LINKS + (m + 1) * width):
        if plan[own] >= 0:
            skill = int(LINKS + plan[own] * width)
            if plan[P_BY_SKILL] and c_belief >= 0:
                _put(table, out, i, plan[own] * n_columns + c_belief, np.float32(beliefs[i, plan[own]]))
            elif c_belief >= 0:
                at = int(skill + known_by)
                while at < skill + needed_by and plan[at] >= 0:
                    row = LINKS + plan[at] * width
                    product = _product(plan, row + known, row + needed, beliefs, i)
                    _put(table, out, i, plan[at] * n_columns + c_belief, np.float32(product))
                    at += 1
            at = int(skill + (needed_by if c_ready >= 0 else exercised))
            while at < skill + exercised and plan[at] >= 0:
                row = LINKS + plan[at] * width
                product = _product(plan, row + needed, row + known_by, beliefs, i)
                _put(table, out, i, plan[at] * n_columns + c_ready, np.float32(product))
                at += 1


@kernel
def after_lesson(
    plan: Ints, scale: Floats, patterns: Table, whole: Ints, real: Floats, items: Ints, outcome: npt.NDArray[Any],
    beliefs: Floats, table: Table, out: Table, u: Floats, mask: Bools, reward: Floats, ended: Bools, day: Floats,
) -> int:  # fmt: skip
    """Everything after the students' step and the belief's update, but for days that pass and episodes that end.

    Rows whose session is over keep ``passed`` > 0 for ``after_days``. Returns 2^32 ended rows + rows with days.

    Student by student: a table is copied while it streams through the cache, and what the lesson changed is then
    written into both the table and its copy.
    """
    n_days, n_ended = 0, 0
    # numbers of the plan are read once: a store into the table might, for all that the compiler knows, change it
    times, per_lesson = (scale[S_PER_SESSION], scale[S_TOTAL]), scale[S_PER_LESSON]
    limits = (plan[P_BY_MINUTES], plan[P_FINISH_AFTER], plan[P_SESSIONS], plan[P_HORIZON])
    size, n_skills, local, pay_belief = table.shape[1], plan[P_SKILLS], plan[P_LOCAL], plan[P_PAY_BELIEF]
    shared, stored = np.zeros(size, np.float32), False
    a, b, c, d = np.float32(-1.0), np.float32(0.0), np.float32(0.0), np.float32(0.0)
    counted = (
        plan[P_COLUMNS], plan[P_WIDTH], plan[KNOWN], plan[P_HORIZON], plan[C_TRIES], plan[C_SUCCESSES], plan[C_STREAK],
        plan[C_DAYS_SINCE], plan[C_WAS_LAST], plan[C_LAST_CORRECT], plan[C_LAST_MINUTES], plan[C_LAST_HINTS],
        plan[C_LAST_OPTION], plan[P_STEP_MASKS],
    )  # fmt: skip
    links = (
        plan[P_COLUMNS], plan[P_WIDTH], plan[C_BELIEF], plan[C_READY], plan[KNOWN], plan[NEEDED], plan[KNOWN_BY],
        plan[NEEDED_BY], plan[EXERCISED],
    )  # fmt: skip
    for i in range(items.shape[0]):
        m = items[i]
        _pass_time(plan, scale, times, limits, whole, real, i, m, outcome, u, mask, ended, day)
        n_ended += ended[i]
        n_days += real[i, PASSED] > 0.0
        # students who have come equally far share these columns: they are multiplied out once for all that follow
        e, f, g, h = _shared_columns(scale, whole, real, i)
        if not ((a == e) & (b == f) & (c == g) & (d == h)):
            a, b, c, d, stored = e, f, g, h, False
            for j in range(size):
                out[i, j] = table[i, j] + (
                    a * patterns[0, j] + b * patterns[1, j] + c * patterns[2, j] + d * patterns[3, j]
                )
        else:
            if not stored:
                stored = True
                for j in range(size):
                    shared[j] = a * patterns[0, j] + b * patterns[1, j] + c * patterns[2, j] + d * patterns[3, j]
            for j in range(size):
                out[i, j] = table[i, j] + shared[j]
        reward[i] = 0.0
        if m >= 0:
            _count(plan, counted, per_lesson, i, m, whole[i, LAST_ITEM], outcome, table, out)
            whole[i, LAST_ITEM] = m
            if local:
                _follow(plan, links, i, m, beliefs, table, out)
            else:
                _show(plan, i, beliefs, table)
                _write(scale, patterns, i, whole, real, table, out)
        if pay_belief and real[i, PASSED] <= 0.0 and (m >= 0 or ended[i]):
            reward[i] = beliefs[i, n_skills] - real[i, VALUE]
            real[i, VALUE] = beliefs[i, n_skills]
    return (n_ended << 32) + n_days


@kernel
def after_days(
    plan: Ints, scale: Floats, patterns: Table, whole: Ints, real: Floats, beliefs: Floats, table: Table, out: Table,
    reward: Floats,
) -> None:  # fmt: skip
    """The rest of the lesson for rows whose session is over, once the days have passed."""
    n_rows, n_columns, total, days = plan[P_ROWS], plan[P_COLUMNS], plan[P_SKILLS], plan[C_DAYS_SINCE]
    for i in range(whole.shape[0]):
        if real[i, PASSED] <= 0.0:
            continue
        _show(plan, i, beliefs, table)
        if days >= 0:
            more = real[i, PASSED] * scale[S_PER_DAY]  # rows never taught stand at 1 and stay there
            for r in range(n_rows):
                table[i, r * n_columns + days] = min(table[i, r * n_columns + days] + more, 1.0)
        if plan[P_PAY_BELIEF] and whole[i, STATUS] == TEACHING:
            reward[i] = beliefs[i, total] - real[i, VALUE]
            real[i, VALUE] = beliefs[i, total]
        _write(scale, patterns, i, whole, real, table, out)


@kernel
def first_table(plan: Ints, beliefs: Floats, table: Table) -> None:
    """What the tutor sees of a student before the first lesson, but for the columns that all rows share: (1, R F)."""
    _show(plan, 0, beliefs, table)
    for r in range(plan[P_ROWS]):
        if plan[C_DAYS_SINCE] >= 0:
            table[0, r * plan[P_COLUMNS] + plan[C_DAYS_SINCE]] = 1.0
        if plan[C_LAST_CORRECT] >= 0:
            table[0, r * plan[P_COLUMNS] + plan[C_LAST_CORRECT]] = 0.5


@kernel
def begin(
    plan: Ints, first: Table, patterns: Table, whole: Ints, real: Floats, which: Ints, seed: int, beliefs: Floats,
    table: Table, out: Table, u: Floats, mask: Bools,
) -> None:  # fmt: skip
    """The first observation and the first lesson's luck of the students in the rows ``which``."""
    for n in range(which.shape[0]):
        i = which[n]
        whole[i, KEY] = np.int64(student_key(seed, LESSON, whole[i, STUDENT], whole[i, EPISODE]))
        whole[i, STATUS], whole[i, LESSON_NO], whole[i, SESSION], whole[i, LAST_ITEM] = TEACHING, 0, 0, -1
        for field in (USED, MINUTES, DAY, LAST_DAY, PASSED):
            real[i, field] = 0.0
        real[i, VALUE] = beliefs[i, plan[P_SKILLS]]
        if plan[P_FINISH_AFTER] > 0:
            mask[i, plan[P_FINISH]] = False
        _draw(whole, i, u)
        for j in range(table.shape[1]):  # all of the budget and of the session is left
            table[i, j] = first[0, j]
            out[i, j] = first[0, j] + patterns[0, j] + patterns[1, j]


@kernel
def show(
    plan: Ints, scale: Floats, patterns: Table, whole: Ints, real: Floats, which: Ints, beliefs: Floats, table: Table,
    out: Table,
) -> None:  # fmt: skip
    """What is believed of the students in the rows ``which``, where that is not alike for all who begin."""
    for n in range(which.shape[0]):
        _show(plan, which[n], beliefs, table)
        _write(scale, patterns, which[n], whole, real, table, out)
