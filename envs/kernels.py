"""The compiled part of a lesson around the student: luck, clock, counters and the table that the tutor sees.

Everything is passed as flat arrays of one kind of number, because that is what compiles to fast code: ``plan`` holds
the integers of the scenario (constants, then ``Links``), ``scale`` its real numbers (constants, then the days between
sessions), ``whole`` and ``real`` are the same records seen as integers and as real numbers. Helpers take a block of
rows at a time: each array that is handed to a helper costs two atomic reference counts.
"""

from __future__ import annotations

import numpy as np

from ..students.draws import LESSON, mix, student_key
from ..students.jit import inline, kernel
from .observe import ALL_COLUMNS, MAX_HINTS, MAX_OPTIONS, MAX_STREAK

TEACHING, FINISHING, AWAY, OVER = 0, 1, 2, 3
"""A row's status: being taught; has just chosen to finish; has quit while the calendar goes on; over."""

PLAN = (
    "by_minutes", "local", "pay_belief", "sessions", "horizon", "finish", "finish_after", "n_actions", "n_skills",
    "n_rows", "n_columns", "width", *(f"block_{b}" for b in range(6)), *(f"c_{name}" for name in ALL_COLUMNS),
)  # fmt: skip
(
    P_BY_MINUTES, P_LOCAL, P_PAY_BELIEF, P_SESSIONS, P_HORIZON, P_FINISH, P_FINISH_AFTER, P_ACTIONS, P_SKILLS,
    P_ROWS, P_COLUMNS, P_WIDTH, COUNTED, KNOWN, NEEDED, KNOWN_BY, NEEDED_BY, EXERCISED,
    C_BELIEF, C_READY, C_TRIES, C_SUCCESSES, C_STREAK, C_DAYS_SINCE, C_WAS_LAST, C_LAST_CORRECT,
    C_TIME_LEFT, C_SESSION_LEFT, C_LESSON, C_LAST_MINUTES, C_LAST_HINTS, C_LAST_OPTION, C_SESSION, LINKS,
) = range(len(PLAN) + 1)  # fmt: skip
SCALE = ("per_session", "total", "away_minutes", "per_day", "per_lesson")
S_PER_SESSION, S_TOTAL, S_AWAY_MINUTES, S_PER_DAY, S_PER_LESSON, GAPS = range(len(SCALE) + 1)

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
COUNTERS = (
    ("tries", np.int64),
    ("successes", np.int64),
    ("streak", np.int64),
    ("taught_on", np.float64),  # day of the last lesson, -1 never
)
(
    STUDENT, EPISODE, KEY, STATUS, LESSON_NO, SESSION, USED, MINUTES, DAY, LAST_DAY, PASSED, LAST_ITEM, VALUE, PER_ROW,
) = range(len(RECORD) + 1)  # fmt: skip
TRIES, SUCCESSES, STREAK, TAUGHT_ON, COUNTS = range(len(COUNTERS) + 1)

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_ONE, _S11 = np.uint64(1), np.uint64(11)
_TO_UNIT = 1.0 / 9007199254740992.0  # 2^-53
BLOCK = 64
"""Rows that a helper works on at a time: few enough to stay in the cache."""
_EPS = 1e-9  # minutes; session marks are sums of floats


def record_dtype(n_rows: int) -> np.dtype:
    """What the environment itself remembers of one student, and of every row of the table."""
    return np.dtype([*RECORD, ("rows", np.dtype(list(COUNTERS)), (n_rows,))])


@kernel
def choose(plan, whole, actions, items):
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
def _count(plan, scale, low, high, items, outcome, whole, real, table):
    """Counters and flags of the rows of the table that a lesson counts for."""
    n_columns, width, counted, per_lesson = plan[P_COLUMNS], plan[P_WIDTH], plan[KNOWN], scale[S_PER_LESSON]
    tries, successes, streak, days = plan[C_TRIES], plan[C_SUCCESSES], plan[C_STREAK], plan[C_DAYS_SINCE]
    was_last, last_correct, minutes = plan[C_WAS_LAST], plan[C_LAST_CORRECT], plan[C_LAST_MINUTES]
    hints, option = plan[C_LAST_HINTS], plan[C_LAST_OPTION]
    for i in range(low, high):
        m, last = items[i], whole[i, LAST_ITEM]
        if m < 0:
            continue
        if last >= 0 and was_last >= 0:
            for slot in range(LINKS + last * width, LINKS + last * width + counted):
                if plan[slot] >= 0:
                    table[i, plan[slot] * n_columns + was_last] = 0.0
        whole[i, LAST_ITEM] = m
        answered, correct = outcome[i]["answered"], outcome[i]["correct"]
        for slot in range(LINKS + m * width, LINKS + m * width + counted):
            r = plan[slot]
            if r < 0:
                break
            at, n = r * n_columns, PER_ROW + r * COUNTS
            whole[i, n + TRIES] += 1
            real[i, n + TAUGHT_ON] = real[i, DAY]
            if answered:
                whole[i, n + SUCCESSES] += correct
                whole[i, n + STREAK] = (whole[i, n + STREAK] + 1) * correct
                if last_correct >= 0:
                    table[i, at + last_correct] = correct
            if tries >= 0:
                table[i, at + tries] = whole[i, n + TRIES] * per_lesson
            if successes >= 0:
                table[i, at + successes] = whole[i, n + SUCCESSES] * per_lesson
            if streak >= 0:
                table[i, at + streak] = min(whole[i, n + STREAK], MAX_STREAK) * (1.0 / MAX_STREAK)
            if days >= 0:
                table[i, at + days] = 0.0
            if was_last >= 0:
                table[i, at + was_last] = 1.0
            if minutes >= 0:
                table[i, at + minutes] = min(outcome[i]["minutes"] / 60.0, 1.0)
            if hints >= 0:
                table[i, at + hints] = min(outcome[i]["hints"] / MAX_HINTS, 1.0)
            if option >= 0:
                table[i, at + option] = min((outcome[i]["option"] + 1) / MAX_OPTIONS, 1.0)


@inline
def _show_changed(plan, low, high, items, beliefs, table):
    """Belief and readiness wherever a lesson may have moved them."""
    n_columns, width, c_belief, c_ready = plan[P_COLUMNS], plan[P_WIDTH], plan[C_BELIEF], plan[C_READY]
    known, needed, known_by = plan[KNOWN], plan[NEEDED], plan[KNOWN_BY]
    needed_by, exercised = plan[NEEDED_BY], plan[EXERCISED]
    for i in range(low, high):
        m = items[i]
        if m < 0:
            continue
        for own in range(LINKS + m * width + exercised, LINKS + (m + 1) * width):
            if plan[own] < 0:
                break
            skill = LINKS + plan[own] * width
            if c_belief >= 0:
                for j in range(skill + known_by, skill + needed_by):
                    if plan[j] < 0:
                        break
                    row, product = LINKS + plan[j] * width, 1.0
                    for slot in range(row + known, row + needed):
                        if plan[slot] < 0:
                            break
                        product *= beliefs[i, plan[slot]]
                    table[i, plan[j] * n_columns + c_belief] = product
            if c_ready >= 0:
                for j in range(skill + needed_by, skill + exercised):
                    if plan[j] < 0:
                        break
                    row, product = LINKS + plan[j] * width, 1.0
                    for slot in range(row + needed, row + known_by):
                        if plan[slot] < 0:
                            break
                        product *= beliefs[i, plan[slot]]
                    table[i, plan[j] * n_columns + c_ready] = product


@inline
def _show(plan, i, beliefs, table):
    """Belief and readiness of every row of one student's table."""
    n_columns, width, c_belief, c_ready = plan[P_COLUMNS], plan[P_WIDTH], plan[C_BELIEF], plan[C_READY]
    known, needed, known_by = plan[KNOWN], plan[NEEDED], plan[KNOWN_BY]
    for r in range(plan[P_ROWS]):
        belief, ready = 1.0, 1.0
        for slot in range(LINKS + r * width + known, LINKS + r * width + needed):
            if plan[slot] >= 0:
                belief *= beliefs[i, plan[slot]]
        for slot in range(LINKS + r * width + needed, LINKS + r * width + known_by):
            if plan[slot] >= 0:
                ready *= beliefs[i, plan[slot]]
        if c_belief >= 0:
            table[i, r * n_columns + c_belief] = belief
        if c_ready >= 0:
            table[i, r * n_columns + c_ready] = ready


@inline
def _clock(plan, scale, low, high, items, outcome, whole, real, u, mask, ended, day):
    """Spend the budget, end sessions and episodes, and draw the next lesson's luck.

    The days between sessions are left in ``passed``; after the last session there are none.
    """
    by_minutes, sessions, finish, finish_after = (
        plan[P_BY_MINUTES],
        plan[P_SESSIONS],
        plan[P_FINISH],
        plan[P_FINISH_AFTER],
    )
    per_session, total = scale[S_PER_SESSION], scale[S_TOTAL]
    for i in range(low, high):
        real[i, PASSED] = 0.0
        day[i] = real[i, DAY]
        ended[i] = whole[i, STATUS] == FINISHING
        spent, status = 0.0, whole[i, STATUS]
        if items[i] >= 0:
            minutes = outcome[i]["minutes"]
            whole[i, LESSON_NO] += 1
            real[i, MINUTES] += minutes
            real[i, LAST_DAY] = real[i, DAY]
            spent = minutes if by_minutes else 1.0
            if finish_after > 0:
                mask[i, finish] = whole[i, LESSON_NO] >= finish_after
        elif status == AWAY:
            spent = scale[S_AWAY_MINUTES] if by_minutes else 1.0
        elif status == FINISHING:
            whole[i, STATUS] = OVER
        if spent > 0.0:
            real[i, USED] += spent
            out_of_time = real[i, USED] >= total - _EPS or whole[i, LESSON_NO] >= plan[P_HORIZON]
            quit = items[i] >= 0 and outcome[i]["quit"]
            if out_of_time or quit:
                ended[i] = status == TEACHING
                whole[i, STATUS] = OVER if out_of_time else AWAY
            else:
                session = whole[i, SESSION]
                while session < sessions - 1 and real[i, USED] >= (session + 1) * per_session - _EPS:
                    real[i, PASSED] += scale[GAPS + session]
                    session += 1
                whole[i, SESSION] = session
                real[i, DAY] += real[i, PASSED]
            base = mix(np.uint64(whole[i, KEY]) + _GOLDEN * (np.uint64(whole[i, LESSON_NO]) + _ONE))
            for slot in range(u.shape[1]):  # the same numbers as draws.draw of the stream LESSON
                u[i, slot] = np.float64(mix(base + _GOLDEN * (np.uint64(slot) + _ONE)) >> _S11) * _TO_UNIT


@inline
def _write(plan, scale, patterns, i, whole, real, table, out):
    """One table, with the columns that are the same in every row added by their patterns of 0 and 1."""
    per_session = scale[S_PER_SESSION]
    left = (whole[i, SESSION] + 1) * per_session - real[i, USED]
    a = np.float32(max(1.0 - real[i, USED] / scale[S_TOTAL], 0.0))
    b = np.float32(min(max(left, 0.0) / per_session, 1.0))
    c = np.float32(whole[i, LESSON_NO] * scale[S_PER_LESSON])
    for j in range(table.shape[1]):
        out[i, j] = table[i, j] + a * patterns[0, j] + b * patterns[1, j] + c * patterns[2, j]
    if plan[C_SESSION] >= 0:
        for r in range(plan[P_ROWS]):
            out[i, r * plan[P_COLUMNS] + plan[C_SESSION]] = whole[i, SESSION] / max(plan[P_SESSIONS] - 1, 1)


@inline
def _write_block(plan, scale, patterns, low, high, whole, real, table, out):
    """The tables of students whose session goes on; quicker where all of them have come equally far."""
    alike = plan[C_SESSION] < 0
    for i in range(low, high):
        same = (real[i, USED] == real[low, USED]) & (whole[i, LESSON_NO] == whole[low, LESSON_NO])
        alike = alike & same & (whole[i, SESSION] == whole[low, SESSION]) & (real[i, PASSED] <= 0.0)
    if not alike:
        for i in range(low, high):
            if real[i, PASSED] <= 0.0:
                _write(plan, scale, patterns, i, whole, real, table, out)
        return
    _write(plan, scale, patterns, low, whole, real, table, out)
    shared = np.empty(table.shape[1], np.float32)
    for j in range(table.shape[1]):
        shared[j] = out[low, j] - table[low, j]
    for i in range(low + 1, high):
        for j in range(table.shape[1]):
            out[i, j] = table[i, j] + shared[j]


@kernel
def after_lesson(
    plan, scale, patterns, whole, real, items, outcome, beliefs, table, out, u, mask, reward, ended, day
):  # fmt: skip
    """Everything after the students' step and the belief's update, but for days that pass and episodes that end.

    Rows whose session is over keep ``passed`` > 0 for ``after_days``. Returns 2^32 ended rows + rows with days.
    """
    n_days, n_ended, total = 0, 0, plan[P_SKILLS]  # the sum of the beliefs stands behind them
    for low in range(0, items.shape[0], BLOCK):
        high = min(low + BLOCK, items.shape[0])
        _count(plan, scale, low, high, items, outcome, whole, real, table)
        if plan[P_LOCAL]:
            _show_changed(plan, low, high, items, beliefs, table)
        else:
            for i in range(low, high):
                _show(plan, i, beliefs, table)
        _clock(plan, scale, low, high, items, outcome, whole, real, u, mask, ended, day)
        _write_block(plan, scale, patterns, low, high, whole, real, table, out)
        for i in range(low, high):
            n_ended += ended[i]
            reward[i] = 0.0
            if real[i, PASSED] > 0.0:
                n_days += 1
            elif plan[P_PAY_BELIEF] and (items[i] >= 0 or ended[i]):
                reward[i] = beliefs[i, total] - real[i, VALUE]
                real[i, VALUE] = beliefs[i, total]
    return (n_ended << 32) + n_days


@kernel
def after_days(plan, scale, patterns, whole, real, beliefs, table, out, reward):
    """The rest of the lesson for rows whose session is over, once the days have passed."""
    n_rows, n_columns, total, days = plan[P_ROWS], plan[P_COLUMNS], plan[P_SKILLS], plan[C_DAYS_SINCE]
    per_day = scale[S_PER_DAY]
    for i in range(whole.shape[0]):
        if real[i, PASSED] <= 0.0:
            continue
        _show(plan, i, beliefs, table)
        if days >= 0:
            for r in range(n_rows):
                since = min((real[i, DAY] - real[i, PER_ROW + r * COUNTS + TAUGHT_ON]) * per_day, 1.0)
                table[i, r * n_columns + days] = since if real[i, PER_ROW + r * COUNTS + TAUGHT_ON] >= 0.0 else 1.0
        if plan[P_PAY_BELIEF] and whole[i, STATUS] == TEACHING:
            reward[i] = beliefs[i, total] - real[i, VALUE]
            real[i, VALUE] = beliefs[i, total]
        _write(plan, scale, patterns, i, whole, real, table, out)


@kernel
def begin(plan, scale, patterns, whole, real, which, seed, beliefs, table, out, u, mask):
    """The first observation and the first lesson's luck of the students in the rows ``which``."""
    n_rows, n_columns, days, correct = plan[P_ROWS], plan[P_COLUMNS], plan[C_DAYS_SINCE], plan[C_LAST_CORRECT]
    for n in range(which.shape[0]):
        i = which[n]
        whole[i, KEY] = np.int64(student_key(seed, LESSON, whole[i, STUDENT], whole[i, EPISODE]))
        whole[i, STATUS], whole[i, LESSON_NO], whole[i, SESSION], whole[i, LAST_ITEM] = TEACHING, 0, 0, -1
        for field in (USED, MINUTES, DAY, LAST_DAY, PASSED):
            real[i, field] = 0.0
        real[i, VALUE] = beliefs[i, plan[P_SKILLS]]
        for j in range(table.shape[1]):
            table[i, j] = 0.0
        for r in range(n_rows):
            for counter in range(TAUGHT_ON):
                whole[i, PER_ROW + r * COUNTS + counter] = 0
            real[i, PER_ROW + r * COUNTS + TAUGHT_ON] = -1.0
            if days >= 0:
                table[i, r * n_columns + days] = 1.0
            if correct >= 0:
                table[i, r * n_columns + correct] = 0.5
        if plan[P_FINISH_AFTER] > 0:
            mask[i, plan[P_FINISH]] = False
        base = mix(np.uint64(whole[i, KEY]) + _GOLDEN * _ONE)
        for slot in range(u.shape[1]):
            u[i, slot] = np.float64(mix(base + _GOLDEN * (np.uint64(slot) + _ONE)) >> _S11) * _TO_UNIT
        _show(plan, i, beliefs, table)
        _write(plan, scale, patterns, i, whole, real, table, out)
