"""Kernels of the moods around any student: batches over rows of one (N, W) float64 state.

The layer's columns start at ``at``: mood, wrong answers in a row, minutes in this session, engagement. A lesson meets
four draws from column ``own`` of ``u`` on: whether it has its effect; the answer; the mood; giving up.
"""

from __future__ import annotations

import math

from ..jit import inline, kernel
from ._base import rated

MOOD, STREAK, MINUTES, ENGAGEMENT = range(4)  # columns from the layer's first
EFFECT, ANSWER, CHANGE, LEAVE = range(4)  # draws from the layer's first
FLOW, CONFUSED, FRUSTRATED, BORED, MOODS = range(5)

ATTENTION, CARELESS, GAMING = 0, MOODS, 2 * MOODS  # of the parameters: one per mood
BOREDOM, REPETITION, CONFUSION, PERSISTENCE, GUESS, SHORT = range(3 * MOODS, 3 * MOODS + 6)
QUIT, QUIT_BORED, QUIT_FRUSTRATED, QUIT_STREAK, QUIT_HOUR, LEARNS_FIRST, QUITS = range(3 * MOODS + 6, 3 * MOODS + 13)


@inline
def _below(draw, x):
    """Is the draw below 1 / (1 + exp(-x))?"""
    return draw * (1.0 + math.exp(min(-x, 700.0))) < 1.0


@inline
def _sigmoid(x):
    return 1.0 / (1.0 + math.exp(min(-x, 700.0)))


@inline
def _next_mood(mood, p, right, wrong, helped, mastered, streak, draw, f):
    """The mood after a lesson; ``p`` is the success expected before it, ``streak`` includes its answer."""
    if mood == FLOW:
        bored = _sigmoid(-2.6 + 2.0 * (f[BOREDOM] * max(p - 0.9, 0.0) + f[REPETITION] * mastered))
        if draw < bored:
            return BORED
        confused = (1.0 - bored) * _sigmoid(-2.2 + 2.0 * (f[CONFUSION] * max(0.5 - p, 0.0) + wrong))
        return CONFUSED if draw < bored + confused else FLOW
    if mood == CONFUSED:
        frustrated = _sigmoid(-2.0 + 0.7 * streak)
        if draw < frustrated:
            return FRUSTRATED
        resolved = (1.0 - frustrated) * _sigmoid(1.5 * right + 0.8 * helped)
        return FLOW if draw < frustrated + resolved else CONFUSED
    if mood == FRUSTRATED:
        bored = _sigmoid(-2.0 + 0.5 * streak)
        return BORED if draw < bored else (FLOW if draw < bored + (1.0 - bored) * 0.5 else FRUSTRATED)
    challenged = (p > 0.4) & (p < 0.85) & (mastered == 0.0)
    return FLOW if draw < (0.5 if challenged else 1.0 - f[PERSISTENCE]) else BORED


@inline
def _answer(p, careless, gaming, guess):
    """P(right answer) of a student who would be right with ``p`` if attentive."""
    return (1.0 - gaming) * (1.0 - careless) * p + gaming * guess


@kernel
def lost(s, at, items, u, own, f, out):
    """Whose lesson passes without effect."""
    for i in range(items.shape[0]):
        out[i] = (items[i] >= 0) & (u[i, own + EFFECT] >= f[ATTENTION + int(s[i, at + MOOD])])


@kernel
def all_mastered(mastery, items, item_skills, threshold, out):
    """1 where all skills of the chosen item are mastered, else 0."""
    for i in range(items.shape[0]):
        j, whole = items[i], 1.0
        for slot in range(item_skills.shape[1]):
            k = item_skills[j, slot]
            if k < 0:
                break
            whole = whole if mastery[i, k] >= threshold else 0.0
        out[i] = whole


@kernel
def after(s, at, items, u, own, p, mastered, helps, out, f):
    """The answer as the mood leaves it; then the mood changes, and some give up."""
    answered, correct, minutes, given_up = out["answered"], out["correct"], out["minutes"], out["quit"]
    rating, option, hints = out["rating"], out["option"], out["hints"]
    learns_first, quits = f[LEARNS_FIRST] > 0.0, f[QUITS] > 0.0
    for i in range(items.shape[0]):
        j = items[i]
        gone = quits & given_up[i]
        given_up[i] = False
        if j < 0:
            continue
        mood = int(s[i, at + MOOD])
        effect, answer = u[i, own + EFFECT], u[i, own + ANSWER]
        attentive, careful = effect < f[ATTENTION + mood], 1.0 - f[CARELESS + mood]
        gaming = (not attentive) & (effect >= 1.0 - f[GAMING + mood])
        asked = answered[i]
        right = correct[i] & (answer < careful)
        if gaming:
            right = asked & (answer < f[GUESS])
            minutes[i] *= f[SHORT]
        elif learns_first & (not attentive):
            right = asked & (answer < careful * p[i])
        if right != correct[i]:
            correct[i] = right
            option[i] = -1
            rating[i] = rated(rating[i], right)
        hit, wrong = (1.0 if right else 0.0), (1.0 if asked & (not right) else 0.0)
        streak = 0.0 if right else s[i, at + STREAK] + wrong
        helped = 1.0 if (helps[j] > 0.0) | (hints[i] > 0) else 0.0
        mood = _next_mood(mood, p[i], hit, wrong, helped, mastered[i], streak, u[i, own + CHANGE], f)
        spent = s[i, at + MINUTES] + minutes[i]
        s[i, at + MOOD], s[i, at + STREAK], s[i, at + MINUTES] = mood, streak, spent
        hazard = f[QUIT] + f[QUIT_STREAK] * streak + f[QUIT_HOUR] * spent / 60.0 - s[i, at + ENGAGEMENT]
        hazard += f[QUIT_BORED] if mood == BORED else (f[QUIT_FRUSTRATED] if mood == FRUSTRATED else 0.0)
        given_up[i] = gone | _below(u[i, own + LEAVE], hazard)


@kernel
def answers(s, at, p, f):
    """The probabilities (N, any) of right answers, in place: attentive before, in the present mood after."""
    for i in range(p.shape[0]):
        mood = int(s[i, at + MOOD])
        careless, gaming = f[CARELESS + mood], f[GAMING + mood]
        if careless + gaming > 0.0:
            for j in range(p.shape[1]):
                p[i, j] = _answer(p[i, j], careless, gaming, f[GUESS])


@kernel
def later(s, at, days, p, f):
    """The same after some days, which bring flow back."""
    for i in range(p.shape[0]):
        mood = int(s[i, at + MOOD]) if days[i] <= 0.0 else FLOW
        careless, gaming = f[CARELESS + mood], f[GAMING + mood]
        if careless + gaming > 0.0:
            for j in range(p.shape[1]):
                p[i, j] = _answer(p[i, j], careless, gaming, f[GUESS])


@kernel
def effect(s, at, f, out):
    """P(a lesson has its effect) in the present mood: (N, 1)."""
    for i in range(out.shape[0]):
        out[i, 0] = f[ATTENTION + int(s[i, at + MOOD])]


@kernel
def elapse(s, at, days):
    """A new session begins in flow."""
    for i in range(days.shape[0]):
        if days[i] > 0.0:
            s[i, at + MOOD] = FLOW
            s[i, at + STREAK] = 0.0
            s[i, at + MINUTES] = 0.0
