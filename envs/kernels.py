"""The compiled part of a lesson around the student: luck, clock, counters and the table that the tutor sees.

Everything is passed as flat arrays of one kind of number, because that is what compiles to fast code: ``plan`` holds
the integers of the scenario (constants, then ``Links``), ``scale`` its real numbers (constants, then the days between
sessions), ``whole`` and ``real`` are the same records seen as integers and as real numbers. What is counted for the
rows of the table stands in the table itself and nowhere else: a count is its column times the column's scale, rounded.
"""

from __future__ import annotations

import numpy as np

from ..students.draws import LESSON, mix, student_key
from ..students.jit import inline, kernel
from .observe import ALL_COLUMNS, MAX_HINTS, MAX_OPTIONS, MAX_STREAK

TEACHING, FINISHING, AWAY, OVER = 0, 1, 2, 3
"""A row's status: being taught; has just chosen to finish; has quit while the calendar goes on; over."""

PLAN = (
    "by_minutes", "by_skill", "local", "pay_belief", "sessions", "horizon", "finish", "finish_after", "n_actions",
    "n_skills", "n_rows", "n_columns", "width", *(f"block_{b}" for b in range(6)),
    *(f"c_{name}" for name in ALL_COLUMNS),
)  # fmt: skip
(
    P_BY_MINUTES, P_BY_SKILL, P_LOCAL, P_PAY_BELIEF, P_SESSIONS, P_HORIZON, P_FINISH, P_FINISH_AFTER, P_ACTIONS,
    P_SKILLS, P_ROWS, P_COLUMNS, P_WIDTH, COUNTED, KNOWN, NEEDED, KNOWN_BY, NEEDED_BY, EXERCISED,
    C_BELIEF, C_READY, C_TRIES, C_SUCCESSES, C_STREAK, C_DAYS_SINCE, C_WAS_LAST, C_LAST_CORRECT,
    C_TIME_LEFT, C_SESSION_LEFT, C_LESSON, C_LAST_MINUTES, C_LAST_HINTS, C_LAST_OPTION, C_SESSION, LINKS,
) = range(len(PLAN) + 1)  # fmt: skip
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
_EPS = 1e-9  # minutes; session marks are sums of floats


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
def _show(plan, i, beliefs, table):
    """Belief and readiness of every row of one student's table."""
    n_rows, n_columns, width = plan[P_ROWS], plan[P_COLUMNS], plan[P_WIDTH]
    known, needed, known_by, c_belief, c_ready = (
        plan[KNOWN], plan[NEEDED], plan[KNOWN_BY], plan[C_BELIEF], plan[C_READY]
    )  # fmt: skip
    if c_belief >= 0 and plan[P_BY_SKILL]:
        for r in range(n_rows):
            table[i, r * n_columns + c_belief] = beliefs[i, r]
    elif c_belief >= 0:
        for r in range(n_rows):
            product = 1.0
            for slot in range(LINKS + r * width + known, LINKS + r * width + needed):
                product *= beliefs[i, max(plan[slot], 0)] if plan[slot] >= 0 else 1.0
            table[i, r * n_columns + c_belief] = product
    if c_ready >= 0:
        for r in range(n_rows):
            product = 1.0
            for slot in range(LINKS + r * width + needed, LINKS + r * width + known_by):
                product *= beliefs[i, max(plan[slot], 0)] if plan[slot] >= 0 else 1.0
            table[i, r * n_columns + c_ready] = product


@inline
def _write(plan, scale, patterns, i, whole, real, table, out):
    """One table, with the columns that are the same in every row added by their patterns of 0 and 1."""
    per_session = scale[S_PER_SESSION]
    left = (whole[i, SESSION] + 1) * per_session - real[i, USED]
    a = np.float32(max(1.0 - real[i, USED] / scale[S_TOTAL], 0.0))
    b = np.float32(min(max(left, 0.0) / per_session, 1.0))
    c = np.float32(whole[i, LESSON_NO] * scale[S_PER_LESSON])
    d = np.float32(whole[i, SESSION] * scale[S_PER_NUMBER])
    for j in range(table.shape[1]):
        shared = a * patterns[0, j] + b * patterns[1, j] + c * patterns[2, j] + d * patterns[3, j]
        out[i, j] = table[i, j] + shared


@kernel
def after_lesson(
    plan, scale, patterns, whole, real, items, outcome, beliefs, table, out, u, mask, reward, ended, day
):  # fmt: skip
    """Everything after the students' step and the belief's update, but for days that pass and episodes that end.

    Rows whose session is over keep ``passed`` > 0 for ``after_days``. Returns 2^32 ended rows + rows with days.

    One long function, student by student, because this is where the time goes: a table is copied while it streams
    through the cache and what the lesson changed is then written into both the table and its copy; helpers that take
    arrays would cost more than they do.
    """
    n_columns, width, sessions, horizon = plan[P_COLUMNS], plan[P_WIDTH], plan[P_SESSIONS], plan[P_HORIZON]
    known, needed, known_by, needed_by = plan[KNOWN], plan[NEEDED], plan[KNOWN_BY], plan[NEEDED_BY]
    exercised, n_skills, by_minutes, finish_after = (
        plan[EXERCISED],
        plan[P_SKILLS],
        plan[P_BY_MINUTES],
        plan[P_FINISH_AFTER],
    )
    c_belief, c_ready, c_tries, c_successes = plan[C_BELIEF], plan[C_READY], plan[C_TRIES], plan[C_SUCCESSES]
    c_streak, c_days, c_was_last, c_last_correct = (
        plan[C_STREAK],
        plan[C_DAYS_SINCE],
        plan[C_WAS_LAST],
        plan[C_LAST_CORRECT],
    )
    c_minutes, c_hints, c_option = plan[C_LAST_MINUTES], plan[C_LAST_HINTS], plan[C_LAST_OPTION]
    by_skill, rarely = plan[P_BY_SKILL], c_minutes >= 0 or c_hints >= 0 or c_option >= 0
    per_session, total, per_lesson, per_number = (
        scale[S_PER_SESSION],
        scale[S_TOTAL],
        scale[S_PER_LESSON],
        scale[S_PER_NUMBER],
    )
    size, n_draws, pay_belief, local = table.shape[1], u.shape[1], plan[P_PAY_BELIEF], plan[P_LOCAL]
    shared = np.zeros(size, np.float32)
    a, b, c, d = np.float32(-1.0), np.float32(0.0), np.float32(0.0), np.float32(0.0)
    stored, n_days, n_ended = False, 0, 0
    for i in range(items.shape[0]):
        m, status, today = items[i], whole[i, STATUS], real[i, DAY]
        passed, spent, over = 0.0, 0.0, status == FINISHING

        # the clock: budget, sessions, the end
        day[i] = today
        if m >= 0:
            minutes = outcome[i]["minutes"]
            whole[i, LESSON_NO] += 1
            real[i, MINUTES] += minutes
            real[i, LAST_DAY] = today
            spent = minutes if by_minutes else 1.0
            if finish_after > 0:
                mask[i, plan[P_FINISH]] = whole[i, LESSON_NO] >= finish_after
        elif status == AWAY:
            spent = scale[S_AWAY_MINUTES] if by_minutes else 1.0
        elif over:
            whole[i, STATUS] = OVER
        lesson, session, used = whole[i, LESSON_NO], whole[i, SESSION], real[i, USED] + spent
        if spent > 0.0:
            real[i, USED] = used
            out_of_time = used >= total - _EPS or lesson >= horizon
            if out_of_time or (m >= 0 and outcome[i]["quit"]):
                over = status == TEACHING
                whole[i, STATUS] = OVER if out_of_time else AWAY
            else:
                while session < sessions - 1 and used >= (session + 1) * per_session - _EPS:
                    passed += scale[GAPS + session]
                    session += 1
                whole[i, SESSION] = session
                real[i, DAY] = today + passed
            base = mix(np.uint64(whole[i, KEY]) + _GOLDEN * (np.uint64(lesson) + _ONE))
            for slot in range(n_draws):  # the same numbers as draws.draw of the stream LESSON
                u[i, slot] = np.float64(mix(base + _GOLDEN * (np.uint64(slot) + _ONE)) >> _S11) * _TO_UNIT
        real[i, PASSED] = passed
        ended[i] = over
        n_ended += over
        n_days += passed > 0.0

        # the table, with the columns that all rows share; students who have come equally far share them too
        e = np.float32(max(1.0 - used / total, 0.0))
        f = np.float32(min(max((session + 1) * per_session - used, 0.0) / per_session, 1.0))
        g, h = np.float32(lesson * per_lesson), np.float32(session * per_number)
        alike = (a == e) & (b == f) & (c == g) & (d == h)
        if not alike:
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
            # counters and flags of the rows that the lesson counts for
            last, answered, correct = whole[i, LAST_ITEM], outcome[i]["answered"], outcome[i]["correct"]
            whole[i, LAST_ITEM] = m
            if last >= 0 and c_was_last >= 0:
                for slot in range(LINKS + last * width, LINKS + last * width + known):
                    if plan[slot] >= 0:
                        table[i, plan[slot] * n_columns + c_was_last] = 0.0
                        out[i, plan[slot] * n_columns + c_was_last] = 0.0
            for slot in range(LINKS + m * width, LINKS + m * width + known):
                r = plan[slot]
                if r < 0:
                    break
                at = r * n_columns
                if c_tries >= 0:
                    value = np.float32((int(table[i, at + c_tries] * horizon + 0.5) + 1) * per_lesson)
                    table[i, at + c_tries] = value
                    out[i, at + c_tries] = value
                if answered:
                    if c_successes >= 0:
                        value = np.float32((int(table[i, at + c_successes] * horizon + 0.5) + correct) * per_lesson)
                        table[i, at + c_successes] = value
                        out[i, at + c_successes] = value
                    if c_streak >= 0:
                        streak = (int(table[i, at + c_streak] * MAX_STREAK + 0.5) + 1) * correct
                        value = np.float32(min(streak, MAX_STREAK) * (1.0 / MAX_STREAK))
                        table[i, at + c_streak] = value
                        out[i, at + c_streak] = value
                    if c_last_correct >= 0:
                        table[i, at + c_last_correct] = correct
                        out[i, at + c_last_correct] = correct
                if c_days >= 0:
                    table[i, at + c_days] = 0.0
                    out[i, at + c_days] = 0.0
                if c_was_last >= 0:
                    table[i, at + c_was_last] = 1.0
                    out[i, at + c_was_last] = 1.0
                if rarely:
                    if c_minutes >= 0:
                        table[i, at + c_minutes] = min(outcome[i]["minutes"] / 60.0, 1.0)
                        out[i, at + c_minutes] = table[i, at + c_minutes]
                    if c_hints >= 0:
                        table[i, at + c_hints] = min(outcome[i]["hints"] / MAX_HINTS, 1.0)
                        out[i, at + c_hints] = table[i, at + c_hints]
                    if c_option >= 0:
                        table[i, at + c_option] = min((outcome[i]["option"] + 1) / MAX_OPTIONS, 1.0)
                        out[i, at + c_option] = table[i, at + c_option]

            # belief and readiness wherever the lesson may have moved them
            for own in range(LINKS + m * width + exercised, LINKS + (m + 1) * width):
                k = plan[own]
                if k < 0 or not local:
                    break
                skill = LINKS + k * width
                if by_skill and c_belief >= 0:
                    value = np.float32(beliefs[i, k])
                    table[i, k * n_columns + c_belief] = value
                    out[i, k * n_columns + c_belief] = value
                elif c_belief >= 0:
                    for j in range(skill + known_by, skill + needed_by):
                        r = plan[j]
                        if r < 0:
                            break
                        product = 1.0
                        for slot in range(LINKS + r * width + known, LINKS + r * width + needed):
                            product *= beliefs[i, max(plan[slot], 0)] if plan[slot] >= 0 else 1.0
                        table[i, r * n_columns + c_belief] = product
                        out[i, r * n_columns + c_belief] = product
                for j in range(skill + needed_by, skill + exercised):
                    r = plan[j]
                    if r < 0 or c_ready < 0:
                        break
                    product = 1.0
                    for slot in range(LINKS + r * width + needed, LINKS + r * width + known_by):
                        product *= beliefs[i, max(plan[slot], 0)] if plan[slot] >= 0 else 1.0
                    value = np.float32(product)
                    table[i, r * n_columns + c_ready] = value
                    out[i, r * n_columns + c_ready] = value
        if not local and m >= 0:
            _show(plan, i, beliefs, table)
            _write(plan, scale, patterns, i, whole, real, table, out)
        if pay_belief and passed <= 0.0 and (m >= 0 or over):
            reward[i] = beliefs[i, n_skills] - real[i, VALUE]
            real[i, VALUE] = beliefs[i, n_skills]
    return (n_ended << 32) + n_days


@kernel
def after_days(plan, scale, patterns, whole, real, beliefs, table, out, reward):
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
        _write(plan, scale, patterns, i, whole, real, table, out)


@kernel
def first_table(plan, beliefs, table):
    """What the tutor sees of a student before the first lesson, but for the columns that all rows share: (1, R F)."""
    _show(plan, 0, beliefs, table)
    for r in range(plan[P_ROWS]):
        if plan[C_DAYS_SINCE] >= 0:
            table[0, r * plan[P_COLUMNS] + plan[C_DAYS_SINCE]] = 1.0
        if plan[C_LAST_CORRECT] >= 0:
            table[0, r * plan[P_COLUMNS] + plan[C_LAST_CORRECT]] = 0.5


@kernel
def begin(plan, first, patterns, whole, real, which, seed, beliefs, table, out, u, mask):
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
        base = mix(np.uint64(whole[i, KEY]) + _GOLDEN * _ONE)
        for slot in range(u.shape[1]):
            u[i, slot] = np.float64(mix(base + _GOLDEN * (np.uint64(slot) + _ONE)) >> _S11) * _TO_UNIT
        for j in range(table.shape[1]):  # all of the budget and of the session is left
            table[i, j] = first[0, j]
            out[i, j] = first[0, j] + patterns[0, j] + patterns[1, j]
