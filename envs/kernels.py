"""The compiled part of a lesson around the student: luck, clock, counters and the table that the tutor sees."""

from __future__ import annotations

import numpy as np

from ..students.draws import LESSON, mix, student_key
from ..students.jit import inline, kernel
from .observe import ALL_COLUMNS, MAX_HINTS, MAX_OPTIONS, MAX_STREAK

TEACHING, FINISHING, AWAY, OVER = 0, 1, 2, 3
"""A row's status: being taught; has just chosen to finish; has quit while the calendar goes on; over."""
BLOCK = 8
"""Rows of the table that are written at a time: that many float32 fill whole vector registers."""

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_ONE, _S11 = np.uint64(1), np.uint64(11)
_TO_UNIT = 1.0 / 9007199254740992.0  # 2^-53
_EPS = 1e-9  # minutes; marks are sums of floats

PLAN = np.dtype(
    [
        ("by_minutes", np.bool_),
        ("local", np.bool_),  # a lesson moves the belief of the item's own skills only
        ("pay_belief", np.bool_),  # the reward is the change of the belief
        ("per_session", np.float64),  # minutes or lessons
        ("total", np.float64),
        ("sessions", np.int64),
        ("horizon", np.int64),
        ("away_minutes", np.float64),  # what a lesson would have taken, for students who have quit
        ("day_scale", np.float64),
        ("finish_after", np.int64),
        ("finish", np.int64),  # index of the action, -1 without
        ("n_actions", np.int64),
        ("n_skills", np.int64),
        ("n_rows", np.int64),
        ("n_columns", np.int64),
        ("first", np.int64, (6,)),  # where the blocks of ``Links`` begin
        *((f"c_{name}", np.int64) for name in ALL_COLUMNS),  # a column's index, -1 without
    ],
    align=True,
)


def row_dtype(n_rows: int) -> np.dtype:
    """What the environment itself remembers of one student."""
    return np.dtype(
        [
            ("student", np.int64),
            ("episode", np.int64),
            ("key", np.uint64),  # of the lessons' luck
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
            ("tries", np.int32, (n_rows,)),
            ("successes", np.int32, (n_rows,)),
            ("streak", np.int32, (n_rows,)),
            ("taught_on", np.float64, (n_rows,)),  # day of the last lesson, -1 never
        ],
        align=True,
    )


@kernel
def choose(plan, rows, actions, items):
    """Actions to items (-1: no lesson). Returns the first row whose action is not allowed, or -1; then nothing changed."""
    p = plan[0]
    for i in range(actions.shape[0]):
        a = actions[i]
        if rows[i].status == TEACHING and (
            a < 0 or a >= p.n_actions or (a == p.finish and rows[i].lesson < p.finish_after)
        ):
            return i
    for i in range(actions.shape[0]):
        items[i] = actions[i]
        if rows[i].status != TEACHING:
            items[i] = -1
        elif actions[i] == p.finish:
            items[i] = -1
            rows[i].status = FINISHING
    return -1


@inline
def _draw(key, lesson, u):
    """The same numbers as ``draws.draw`` of the stream LESSON."""
    base = mix(key + _GOLDEN * (np.uint64(lesson) + _ONE))
    for slot in range(u.shape[0]):
        u[slot] = np.float64(mix(base + _GOLDEN * (np.uint64(slot) + _ONE)) >> _S11) * _TO_UNIT


@inline
def _clock(p, gaps, row, amount):
    """Spend budget; the days that pass because sessions ended. The last session has no day after it."""
    row.used += amount
    passed = 0.0
    while row.session < p.sessions - 1 and row.used >= (row.session + 1) * p.per_session - _EPS:
        passed += gaps[row.session]
        row.session += 1
    return passed


@inline
def _show(p, links, belief, table, r):
    """Belief and readiness of one row of the table."""
    if p.c_belief >= 0:
        known = 1.0
        for j in range(p.first[1], p.first[2]):
            if links[r, j] >= 0:
                known *= belief[links[r, j]]
        table[r * p.n_columns + p.c_belief] = known
    if p.c_ready >= 0:
        ready = 1.0
        for j in range(p.first[2], p.first[3]):
            if links[r, j] >= 0:
                ready *= belief[links[r, j]]
        table[r * p.n_columns + p.c_ready] = ready


@inline
def _show_changed(p, links, m, belief, table):
    """Belief and readiness wherever a lesson with item ``m`` may have moved them."""
    if not p.local:
        for r in range(p.n_rows):
            _show(p, links, belief, table, r)
        return
    for s in range(p.first[5], links.shape[1]):
        k = links[m, s]
        if k >= 0:
            for j in range(p.first[3], p.first[5]):
                if links[k, j] >= 0:
                    _show(p, links, belief, table, links[k, j])


@inline
def _count(p, links, row, m, seen, table):
    """Counters and flags of the rows that the lesson counts for."""
    f = p.n_columns
    if p.c_was_last >= 0 and row.last_item >= 0:
        for j in range(p.first[0], p.first[1]):
            if links[row.last_item, j] >= 0:
                table[links[row.last_item, j] * f + p.c_was_last] = 0.0
    row.last_item = m
    for j in range(p.first[0], p.first[1]):
        r = links[m, j]
        if r < 0:
            continue
        at = r * f
        row.tries[r] += 1
        row.taught_on[r] = row.day
        if seen.answered:
            row.successes[r] += 1 if seen.correct else 0
            row.streak[r] = row.streak[r] + 1 if seen.correct else 0
            if p.c_last_correct >= 0:
                table[at + p.c_last_correct] = 1.0 if seen.correct else 0.0
        if p.c_tries >= 0:
            table[at + p.c_tries] = row.tries[r] / p.horizon
        if p.c_successes >= 0:
            table[at + p.c_successes] = row.successes[r] / p.horizon
        if p.c_streak >= 0:
            table[at + p.c_streak] = min(row.streak[r], MAX_STREAK) / MAX_STREAK
        if p.c_days_since >= 0:
            table[at + p.c_days_since] = 0.0
        if p.c_was_last >= 0:
            table[at + p.c_was_last] = 1.0
        if p.c_last_minutes >= 0:
            table[at + p.c_last_minutes] = min(seen.minutes / 60.0, 1.0)
        if p.c_last_hints >= 0:
            table[at + p.c_last_hints] = min(seen.hints / MAX_HINTS, 1.0)
        if p.c_last_option >= 0:
            table[at + p.c_last_option] = min((seen.option + 1) / MAX_OPTIONS, 1.0)


@inline
def _write(p, row, table, tile, out):
    """One student's table with the columns that are the same in every row: ``table + tile``, a block at a time."""
    f = p.n_columns
    left = max(1.0 - row.used / p.total, 0.0)
    here = min(max((row.session + 1) * p.per_session - row.used, 0.0) / p.per_session, 1.0)
    for b in range(BLOCK):
        if p.c_time_left >= 0:
            tile[b * f + p.c_time_left] = left
        if p.c_session_left >= 0:
            tile[b * f + p.c_session_left] = here
        if p.c_lesson >= 0:
            tile[b * f + p.c_lesson] = row.lesson / p.horizon
        if p.c_session >= 0:
            tile[b * f + p.c_session] = row.session / max(p.sessions - 1, 1)
    width = BLOCK * f
    whole = p.n_rows // BLOCK
    for b in range(whole):
        source, target = table[b * width : (b + 1) * width], out[b * width : (b + 1) * width]
        for j in range(width):
            target[j] = source[j] + tile[j]
    source, target = table[whole * width :], out[whole * width :]
    for j in range(source.shape[0]):
        target[j] = source[j] + tile[j]


@kernel
def after_lesson(plan, gaps, links, rows, items, outcome, beliefs, table, obs, u, mask, reward, ended, day):
    """Everything after the students' step and the belief's update, but for days that pass and episodes that end.

    Rows whose session is over keep ``passed`` > 0 for ``after_days``. Returns 2^32 ended rows + rows with days.
    """
    p = plan[0]
    tile = np.zeros(BLOCK * p.n_columns, np.float32)
    n_days, n_ended = 0, 0
    for i in range(items.shape[0]):
        row, m = rows[i], items[i]
        row.passed = 0.0
        reward[i] = 0.0
        ended[i] = False
        day[i] = row.day
        if m >= 0:
            seen = outcome[i]
            row.lesson += 1
            row.minutes += seen.minutes
            row.last_day = row.day
            _count(p, links, row, m, seen, table[i])
            _show_changed(p, links, m, beliefs[i].belief, table[i])
            spent = seen.minutes if p.by_minutes else 1.0
            over = row.used + spent >= p.total - _EPS or row.lesson >= p.horizon
            if seen.quit or over:
                row.used += spent
                row.status = AWAY if seen.quit and not over else OVER
                ended[i] = True
            else:
                row.passed = _clock(p, gaps, row, spent)
                _draw(row.key, row.lesson, u[i])
            if p.finish_after > 0:
                mask[i, p.finish] = row.lesson >= p.finish_after
        elif row.status == FINISHING:
            row.status = OVER
            ended[i] = True
        elif row.status == AWAY:
            row.passed = _clock(p, gaps, row, p.away_minutes if p.by_minutes else 1.0)
            if row.used >= p.total - _EPS:
                row.status = OVER
        row.day += row.passed
        n_ended += ended[i]
        if row.passed > 0.0:
            n_days += 1
        else:
            if p.pay_belief and (m >= 0 or ended[i]):
                reward[i] = beliefs[i].total - row.value
                row.value = beliefs[i].total
            _write(p, row, table[i], tile, obs[i])
    return (n_ended << 32) + n_days


@kernel
def after_days(plan, links, rows, beliefs, table, obs, reward):
    """The rest of the lesson for rows whose session is over, once the days have passed."""
    p = plan[0]
    tile = np.zeros(BLOCK * p.n_columns, np.float32)
    for i in range(rows.shape[0]):
        row = rows[i]
        if row.passed > 0.0:
            for r in range(p.n_rows):
                _show(p, links, beliefs[i].belief, table[i], r)
                if p.c_days_since >= 0 and row.taught_on[r] >= 0.0:
                    table[i, r * p.n_columns + p.c_days_since] = min((row.day - row.taught_on[r]) / p.day_scale, 1.0)
            if p.pay_belief and row.status == TEACHING:
                reward[i] = beliefs[i].total - row.value
                row.value = beliefs[i].total
            _write(p, row, table[i], tile, obs[i])


@kernel
def begin(plan, links, rows, which, seed, beliefs, table, obs, u, mask):
    """The first observation and the first lesson's luck of the students in the rows ``which``."""
    p = plan[0]
    tile = np.zeros(BLOCK * p.n_columns, np.float32)
    for i in which:
        row = rows[i]
        row.key = student_key(seed, LESSON, row.student, row.episode)
        row.status, row.lesson, row.session, row.last_item = TEACHING, 0, 0, -1
        row.used, row.minutes, row.day, row.last_day, row.passed = 0.0, 0.0, 0.0, 0.0, 0.0
        row.value = beliefs[i].total
        table[i, :] = 0.0
        for r in range(p.n_rows):
            row.tries[r], row.successes[r], row.streak[r], row.taught_on[r] = 0, 0, 0, -1.0
            _show(p, links, beliefs[i].belief, table[i], r)
            if p.c_days_since >= 0:
                table[i, r * p.n_columns + p.c_days_since] = 1.0
            if p.c_last_correct >= 0:
                table[i, r * p.n_columns + p.c_last_correct] = 0.5
        if p.finish_after > 0:
            mask[i, p.finish] = False
        _draw(row.key, 0, u[i])
        _write(p, row, table[i], tile, obs[i])
