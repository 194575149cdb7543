"""py-fsrs, in an environment of its own: reviews of thirty cards, and the stabilities that a log leads to."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from answering import answer
from fsrs import Card, Rating, Scheduler

LESSONS, CARDS, SESSION = 20_000, 30, 10
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
scheduler = Scheduler(learning_steps=(), relearning_steps=(), enable_fuzzing=False)


def turn() -> dict[str, list[float]]:
    """Lessons and seconds: one ``review_card`` each, ten a session, two days between sessions."""
    cards, when, ratings = [Card() for _ in range(CARDS)], BEGIN, (Rating.Again, *[Rating.Good] * 4)
    began = time.process_time()
    for lesson in range(LESSONS):
        cards[lesson % CARDS], _ = scheduler.review_card(cards[lesson % CARDS], ratings[lesson % 5], when)
        if lesson % SESSION == SESSION - 1:
            when += timedelta(days=2)
    return {"py-fsrs": [LESSONS, time.process_time() - began]}


def stabilities(reviews: list[list[int]]) -> list[float]:
    """The stability of one card after each review, given as (days since the one before, rating)."""
    card, when, told = Card(), BEGIN, []
    for days, rating in reviews:
        when += timedelta(days=days)
        card, _ = scheduler.review_card(card, Rating(rating), when)
        told.append(card.stability)
    return told


answer({"turn": turn, "stabilities": stabilities})
