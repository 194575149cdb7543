"""Students with the memory of FSRS: against the package, against plain Python, against other people's tests."""

import hashlib
import itertools
import math
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from fsrs import Card, Rating, Scheduler
from hypothesis import given, settings
from hypothesis import strategies as st
from zpdgym.configs.build import build, read_choice
from zpdgym.students import FSRS, InputError, Population, allocate_outcome, check_student
from zpdgym.students.check import check_curriculum
from zpdgym.students.curriculum.builders import chain, random_dag
from zpdgym.students.draws import LESSON, RESET, draw
from zpdgym.students.memory.fsrs import BOUNDS, SPREAD, WEIGHTS
from zpdgym.students.packed import HEADER, WIDTH

from benchmarks.published.memory import told_and_found
from tests.helpers import cohort
from tests.students.lessons import after_golden_lessons, side_by_side

NONE = np.empty((0, 0))
DIFFERENT = Population(
    [{"name": "quick", "share": 0.4, "shift": {"learn": 0.5}}, {"name": "slow", "share": 0.6}],
    sd={"prior": 0.8, "learn": 0.4, "forget": 0.5},
    correlation={"learn,prior": 0.3},
)
KINDS = [
    {"version": "6"},
    {"version": "5", "population": DIFFERENT},
    {"version": "4.5", "hard": 0.3, "easy": 0.2},
    {"version": "6", "people": True, "whole_days": True, "p_first": [0.0, 0.3, 0.5, 1.0]},
    {"version": "5", "people": True, "population": DIFFERENT},
]


def history(model, ratings, gaps):
    """(reviews, 3) stability, difficulty and interval of one memory after each review."""
    state, seen = cohort(model, 1), []
    for rating, gap in zip(ratings, gaps, strict=True):
        model.elapse(state, np.array([float(gap)]), NONE)
        model.review(state, np.array([0]), np.array([rating]))
        seen.append([model.stability(state)[0, 0], model.difficulty(state)[0, 0], model.interval(state)[0, 0]])
    return np.array(seen)


@pytest.mark.parametrize("kind", KINDS)
def test_lessons_equal_the_plain_student(kind):
    side_by_side(FSRS(check_curriculum(), **kind), n=25, lessons=40, lowest=-1, days=(0.0, 0.2, 1.0, 6.5))


def test_fsrs_6_is_the_packages():
    """Stability, difficulty, recall and interval of 60 cards over 25 random reviews, and of other people's weights."""
    rng, start = np.random.default_rng(2), datetime(2024, 1, 1, tzinfo=UTC)
    drawn = cohort(FSRS(chain(1), people=True), 3)["weights"]
    for weights in (np.array(WEIGHTS["6"]), *drawn):
        model, n = FSRS(chain(1), weights=weights, whole_days=True), 15
        scheduler = Scheduler(tuple(weights), learning_steps=(), relearning_steps=(), enable_fuzzing=False)
        state, cards, now = cohort(model, n), [Card() for _ in range(n)], [start] * n
        for _ in range(25):
            # multiples of 1/1024 day are exact as floats and as microseconds
            gaps = rng.choice([0, 10, 700, 1024, 1100, 3 * 1024, 9000, 40000, 200000], n) / 1024
            model.elapse(state, gaps, NONE)
            now = [t + timedelta(days=g) for t, g in zip(now, gaps, strict=True)]
            told = [scheduler.get_card_retrievability(card, t) for card, t in zip(cards, now, strict=True)]
            assert model.retrievability(state)[:, 0] == pytest.approx(told, abs=1e-9)
            ratings = rng.choice([1, 2, 3, 4], n, p=[0.25, 0.15, 0.45, 0.15])
            model.review(state, np.zeros(n, np.int64), ratings)
            reviews = zip(cards, ratings, now, strict=True)
            cards = [scheduler.review_card(card, Rating(int(r)), t)[0] for card, r, t in reviews]
            assert model.stability(state)[:, 0] == pytest.approx([card.stability for card in cards], rel=1e-9)
            assert model.difficulty(state)[:, 0] == pytest.approx([card.difficulty for card in cards], rel=1e-9)
            due = [(card.due - t).days for card, t in zip(cards, now, strict=True)]
            assert model.interval(state)[:, 0].tolist() == due
            assert model.stability(state).max() < 36500  # where the package, unlike us, goes on


def test_fsrs_6_gives_the_known_numbers():
    model = FSRS(chain(1), whole_days=True)
    assert cohort(model, 1)["factor"][0] == pytest.approx(0.98034649, abs=5e-9)
    first = [history(model, [rating], [0])[0] for rating in (1, 2, 3, 4)]
    assert [d for _, d, _ in first] == pytest.approx([6.4133, 5.1122, 2.1181, 1.0], abs=5e-5)
    told = history(model, [3, 3, 3, 3, 1, 3], [0, 2, 11, 46, 163, 3])
    assert told[:, 0] == pytest.approx([2.3065, 10.964332, 46.280217, 162.862202, 4.716044, 9.763148], abs=5e-7)
    assert told[:, 1] == pytest.approx([2.118104, 2.111214, 2.104331, 2.097455, 7.387716, 7.375556], abs=5e-7)
    assert told[:, 2].tolist() == [2, 11, 46, 163, 5, 10]


def test_other_implementations_expect_the_same():
    """Numbers from the tests of ts-fsrs (FSRS-6 and FSRS-5) and of the first py-fsrs (difficulties linear)."""
    for version, stability, difficulty in (("6", 53.62691, 6.3574867), ("5", 48.26549438, 7.10441712)):
        model = FSRS(chain(1), version=version, whole_days=True)
        last = history(model, [1, 3, 3, 3, 3, 3], [0, 0, 1, 3, 8, 21])[-1]
        assert last[:2] == pytest.approx([stability, difficulty], abs=5e-5)
    minutes = 10 / 1440
    five = history(
        FSRS(chain(1), version="5", whole_days=True),
        [3, 3, 3, 3, 3, 3, 1, 1, 3, 3, 3, 3, 3],
        [0, minutes, 4, 14, 44, 125, 328, minutes, minutes, 7, 16, 34, 71],
    )
    assert five[[1, 2, 3, 4, 5, 8, 9, 10, 11, 12], 2].tolist() == [4, 14, 44, 125, 328, 7, 16, 34, 71, 142]
    old = [1.14, 1.01, 5.44, 14.67, 5.3024, 1.5662, 1.2503, 0.0028, 1.5489, 0.1763]
    old += [0.9953, 2.7473, 0.0179, 0.3105, 0.3976, 0.0, 2.0902]
    model = FSRS(chain(1), version="4.5", weights=old, whole_days=True)
    assert [history(model, [r], [0])[0, 1] for r in (1, 2, 3, 4)] == pytest.approx([8.4348, 6.8686, 5.3024, 3.7362])
    told = history(model, [3, 3, 3, 3, 3, 1, 3, 3, 3, 3], [0, 5, 16, 43, 106, 236, 12, 25, 47, 85])
    assert told[:, 2].tolist() == [5, 16, 43, 106, 236, 12, 25, 47, 85, 147]


def test_the_recall_of_a_real_learner_is_told_about_right():
    """The reviews of 201 cards of one Anki user, replayed with the default weights of FSRS-6."""
    told, found = told_and_found()
    assert len(told) > 800
    assert told.mean() == pytest.approx(found.mean(), abs=0.05)
    for part in np.array_split(np.argsort(told), 4):
        assert told[part].mean() == pytest.approx(found[part].mean(), abs=0.1)
    surprise = -np.log(np.where(found, told, 1 - told)).mean()
    share = found.mean()
    assert surprise < -(share * math.log(share) + (1 - share) * math.log(1 - share))


@pytest.mark.parametrize("kind", KINDS)
def test_the_model_keeps_its_promises(kind):
    check_student(FSRS(check_curriculum(), **kind))


def test_it_keeps_them_on_another_curriculum():
    check_student(FSRS(random_dag(6, seed=3)), n=12)


@given(version=st.sampled_from(["4.5", "5", "6"]), data=st.data(), seed=st.integers(0, 1000))
@settings(max_examples=15)
def test_memories_stay_memories_for_any_weights(version, data, seed):
    weights = [data.draw(st.floats(low, high)) for low, high in BOUNDS[version]]
    model, rng, n = FSRS(chain(2), version=version, weights=weights), np.random.default_rng(seed), 10
    state = cohort(model, n)
    for _ in range(12):
        model.elapse(state, rng.choice([1.0, 5.0, 90.0], n), NONE)
        before, skills, ratings = state.copy(), rng.integers(0, 2, n), rng.integers(1, 5, n)
        model.review(state, skills, ratings)
        s, d = model.stability(state), model.difficulty(state)
        met = s > 0
        assert ((s[met] >= 0.001) & (s[met] <= 36500)).all()
        assert ((d[met] >= 1) & (d[met] <= 10)).all()
        rows = np.arange(n)
        again = model.stability(before)[rows, skills] > 0
        old, new = model.stability(before)[rows, skills], s[rows, skills]
        assert (new[again & (ratings > 1)] >= old[again & (ratings > 1)] * (1 - 1e-12)).all()
        assert (new[again & (ratings == 1)] <= old[again & (ratings == 1)]).all()
        recall = model.retrievability(state)
        assert ((recall >= 0) & (recall <= 1)).all()
        later = model.forecast(state, np.full(n, 3.0))[1]
        assert (later <= model.mastery(state)).all()


@pytest.mark.parametrize("version", ["4.5", "5", "6"])
def test_recall_is_90_percent_after_as_many_days_as_the_stability_says(version):
    model = FSRS(chain(1), version=version)
    state = cohort(model, 1)
    model.review(state, np.array([0]), np.array([3]))
    assert model.retrievability(state)[0, 0] == 1.0
    model.elapse(state, model.stability(state)[:, 0], NONE)
    assert model.retrievability(state)[0, 0] == pytest.approx(0.9)


def test_what_was_never_met_is_known_with_p_first_and_has_no_memory():
    model = FSRS(chain(3), p_first=[0.1, 0.2, 0.3])
    state = cohort(model, 2)
    model.elapse(state, np.array([100.0, 0.0]), NONE)
    assert model.mastery(state) == pytest.approx(np.array([[0.1, 0.2, 0.3]] * 2))
    assert not model.retrievability(state).any()
    assert not model.interval(state).any()


def test_luck_runs_from_easy_to_again():
    model = FSRS(chain(1), p_first=0.5, hard=0.2, easy=0.4)
    luck = np.array([[0.0], [0.19], [0.21], [0.39], [0.41], [0.49], [0.51], [0.99]])
    state = cohort(model, 8)
    out = model.step(state, np.zeros(8, np.int64), luck, allocate_outcome(8))
    assert out["rating"].tolist() == [4, 4, 3, 3, 2, 2, 1, 1]
    assert out["correct"].tolist() == [True] * 6 + [False] * 2
    assert model.stability(state)[:, 0].tolist() == [model.weights[r - 1] for r in out["rating"]]


def test_an_item_of_two_skills_rates_each_and_reports_the_worse():
    model = FSRS(check_curriculum(), p_first=0.5)  # item 8: skills 0 and 1; the child draws first
    state = cohort(model, 1)
    out = model.step(state, np.array([8]), np.array([[0.9, 0.3, 0.0]]), allocate_outcome(1))
    assert out["rating"][0] == 1
    assert not out["correct"][0]
    assert model.stability(state)[0, :2].tolist() == [model.weights[2], model.weights[0]]


def test_an_example_shows_a_fact_and_tests_nothing():
    c = check_curriculum()  # item 1 is an example of skill 0
    model = FSRS(c)
    state = cohort(model, 1)
    out = model.step(state, np.array([1]), np.zeros((1, 3)), allocate_outcome(1))
    assert not out["answered"][0]
    assert out["rating"][0] == 0
    assert (model.stability(state)[0, 0], model.difficulty(state)[0, 0]) == (model.weights[0], model.weights[4])
    model.elapse(state, np.array([5.0]), NONE)
    before = state.copy()
    model.step(state, np.array([1]), np.zeros((1, 3)), allocate_outcome(1))
    assert model.stability(state).tolist() == model.stability(before).tolist()
    assert model.difficulty(state).tolist() == model.difficulty(before).tolist()
    assert model.mastery(state)[0, 0] > 0.99 > 0.9 > model.mastery(before)[0, 0]


@pytest.mark.parametrize("kind", KINDS)
def test_the_expected_gain_is_the_mean_over_the_four_ratings(kind):
    c = check_curriculum()
    model, rng = FSRS(c, **{**kind, "p_first": 0.3}), np.random.default_rng(5)
    state = cohort(model, 20)
    for _ in range(8):
        items = rng.integers(0, 10, 20)
        model.step(state, items, rng.random((20, model.lesson_draws)), allocate_outcome(20))
        model.elapse(state, rng.choice([0.0, 0.3, 2.0, 30.0], 20), NONE)
    gain = model.expected_gain(state)
    for item in (0, 2, 4, 6):  # practice of one skill
        p = model.p_correct(state, np.full(20, item))
        cuts = np.stack([0 * p, model.easy * p, (1 - model.hard) * p, p, 1 + 0 * p])
        mean = np.zeros(20)
        for low, high in itertools.pairwise(cuts):
            after = state.copy()
            luck = np.repeat(0.5 * (low + high)[:, None], model.lesson_draws, axis=1)
            model.step(after, np.full(20, item), luck, allocate_outcome(20))
            mean += (high - low) * (model.mastery(after) - model.mastery(state)).sum(axis=1)
        assert gain[:, item] == pytest.approx(mean, abs=1e-10)


@pytest.mark.parametrize("kind", KINDS)
def test_so_is_the_gain_at_an_exam(kind):
    """Two skills in one lesson are rated apart: all pairs of ratings, each with its chance."""
    c, n, delay = check_curriculum(), 12, np.full(12, 14.0)
    model, rng = FSRS(c, **{**kind, "p_first": 0.3}), np.random.default_rng(6)
    state = cohort(model, n)
    for _ in range(8):
        model.step(state, rng.integers(0, 10, n), rng.random((n, model.lesson_draws)), allocate_outcome(n))
        model.elapse(state, rng.choice([0.0, 0.3, 2.0, 30.0], n), NONE)
    exam = np.arange(c.n_items)[::2].copy()
    told = model.exam_gain(state, delay, exam)
    before = model.forecast(state, delay)[0][:, exam].mean(axis=1)
    for item in range(c.n_items):
        slots = HEADER + item * model._ints[WIDTH] + np.arange(model._ints[WIDTH])
        ratings = []
        for k in (k for k in model._ints[slots] if k >= 0):  # in the order of their draws
            p = model.mastery(state)[:, k]
            cuts = np.stack([0 * p, model.easy * p, (1 - model.hard) * p, p, 1 + 0 * p])
            ratings.append([(high - low, 0.5 * (low + high)) for low, high in itertools.pairwise(cuts)])
        mean = np.zeros(n)
        for pair in itertools.product(*ratings):
            luck = np.full((n, model.lesson_draws), 0.5)
            luck[:, : len(pair)] = np.stack([draw for _, draw in pair], axis=1)
            after = state.copy()
            model.step(after, np.full(n, item), luck, allocate_outcome(n))
            later = model.forecast(after, delay)[0][:, exam].mean(axis=1)
            mean += np.prod([chance for chance, _ in pair], axis=0) * (later - before)
        assert told[:, item] == pytest.approx(mean, abs=1e-10), item


def test_people_differ_as_much_as_was_published():
    """Each weight has the published median and spread, within its bounds; the first four rise."""
    model, n = FSRS(chain(1), people=True), 4000
    assert model.reset_draws == FSRS(chain(1)).reset_draws + 18
    u = np.empty((n, model.reset_draws))
    for j in range(model.reset_draws):
        u[:, j] = np.random.default_rng(j).permutation((np.arange(n) + 0.5) / n)
    state = model.allocate(n)
    model.reset(state, np.arange(n), u)
    w = state["weights"]
    assert np.median(w, axis=0) == pytest.approx(np.array(WEIGHTS["6"]), rel=2e-3, abs=1e-4)
    assert w.std(axis=0) == pytest.approx(np.array(SPREAD["6"]), rel=1e-2)
    low, high = np.array(BOUNDS["6"]).T
    assert ((w >= low) & (w <= high)).all()
    assert (np.diff(w[:, :4], axis=1) >= 0).all()
    Scheduler(tuple(w[0]))  # the package accepts them


def test_traits_move_what_they_say():
    def student(trait, amount):
        population = Population([{"name": "one", "share": 1.0, "shift": {trait: amount}}])
        model = FSRS(chain(1), p_first=0.3, population=population)
        state = cohort(model, 1)
        first = model.mastery(state)[0, 0]
        for gap in (0.0, 3.0):
            model.elapse(state, np.array([gap]), NONE)
            model.review(state, np.array([0]), np.array([3]))
        model.elapse(state, np.array([20.0]), NONE)
        return first, model.stability(state)[0, 0], model.mastery(state)[0, 0]

    usual, knowing, quick, forgetful = (student(*a) for a in (("prior", 0), ("prior", 1), ("learn", 1), ("forget", 1)))
    assert knowing[0] == pytest.approx(1 / (1 + 0.7 / 0.3 * math.exp(-1)))
    assert knowing[1:] == usual[1:]
    assert quick[1] - 2.3065 == pytest.approx((usual[1] - 2.3065) * math.e)
    assert forgetful[2] < usual[2]


def test_whole_days_make_recall_stand_still_within_a_day():
    state, model = {}, {}
    for whole in (False, True):
        model[whole] = FSRS(chain(1), whole_days=whole)
        state[whole] = cohort(model[whole], 1)
        model[whole].review(state[whole], np.array([0]), np.array([1]))
        model[whole].elapse(state[whole], np.array([1.9]), NONE)
    one_day = FSRS(chain(1)).forecast(state[False], np.array([-0.9]))[1]
    assert model[True].mastery(state[True]) == pytest.approx(one_day)
    assert model[False].mastery(state[False])[0, 0] < one_day[0, 0]


def test_ten_tenths_of_a_day_are_a_day():
    model = FSRS(chain(1), whole_days=True)
    state = cohort(model, 1)
    model.review(state, np.array([0]), np.array([3]))
    for _ in range(10):
        model.elapse(state, np.array([0.1]), NONE)  # sums to a little less than 1
    assert state["clock"][0] < 1.0
    assert model.mastery(state)[0, 0] < 1.0


def test_what_the_page_calls_exceptions_are_exceptions():
    c = check_curriculum()
    model = FSRS(c, p_first=0.3)
    state = cohort(model, 1)
    zero, out = np.zeros((1, model.lesson_draws)), allocate_outcome(1)
    assert "no_learning_without_prerequisite" not in model.invariants
    model.step(state, np.array([6]), zero, out)  # "join", whose prerequisites are not there
    assert model.mastery(state)[0, 3] > 0.99
    assert "lessons_never_hurt" not in model.invariants
    before = model.mastery(state)
    model.step(state, np.array([0]), zero, out)
    assert model.mastery(state)[0, 3] < before[0, 3]  # its minutes pass for the other skills too
    model.step(state, np.array([6]), zero + 1 - 1e-9, out)
    lapsed = model.mastery(state)
    model.step(state, np.array([6]), zero + 1 - 1e-9, out)
    assert model.mastery(state)[0, 3] < lapsed[0, 3]  # and a second failure at once weakens the skill itself
    assert "consistent_start" not in FSRS(c, p_first=[0.1, 0.2, 0.1, 0.1]).invariants


def test_one_student_alone_has_the_life_they_have_among_a_hundred_in_wider_records_too():
    model = FSRS(check_curriculum(), population=DIFFERENT, people=True)
    wider = np.dtype([*((n, model.dtype[n]) for n in model.dtype.names or ()), ("mood", np.float64, (3,))])

    def life(students, dtype):
        n, zero = len(students), np.zeros(len(students), np.int64)
        state = np.zeros(n, dtype)
        start = draw(5, stream=RESET, students=students, episodes=zero, lessons=zero, count=model.reset_draws)
        model.reset(state, np.arange(n), start)
        for t in range(20):
            luck = draw(5, stream=LESSON, students=students, episodes=zero, lessons=zero + t, count=model.lesson_draws)
            model.step(state, (students + 3 * t) % 10, luck, allocate_outcome(n))
            model.elapse(state, np.full(n, 0.5), NONE)
        return np.concatenate(
            [model.stability(state), model.difficulty(state), model.mastery(state), model.p_all(state)], axis=1
        )

    everybody = np.arange(100)
    whole = life(everybody, model.dtype)
    assert life(everybody[42:43], model.dtype).tobytes() == whole[42:43].tobytes()
    assert life(everybody[::-1].copy(), wider).tobytes() == whole[::-1].tobytes()


@pytest.mark.parametrize("name", ["fsrs45", "fsrs5", "fsrs6", "fsrs6_users"])
def test_the_bundled_students_fit_any_curriculum(name):
    for curriculum in (chain(4), random_dag(30, seed=1), check_curriculum()):
        model = build(read_choice("student", name) or {}, "student", curriculum=curriculum)
        assert model.dtype.itemsize <= 8192
        assert model.mastery(cohort(model, 3)) == pytest.approx(0.2)


def test_the_trajectory_of_the_first_release():
    """Golden: a change here is a change of every scenario with these students, and needs new versions of them."""
    digest = hashlib.sha256()
    for kind in KINDS:
        digest.update(np.round(after_golden_lessons(FSRS(check_curriculum(), **kind), days=0.4), 10).tobytes())
    assert digest.hexdigest()[:16] == "1a0976188d3c6681"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"version": "7"}, r"unknown version of FSRS '7'.*4\.5, 5, 6"),
        ({"weights": [1.0, 2.0]}, "weights=.* must be 21 numbers, as version 6 has"),
        ({"weights": "good"}, "must be 21 numbers"),
        ({"weights": [*WEIGHTS["6"][:20], 0.9]}, r"weights\[20\]=0.9 must be a number in \[0.1, 0.8\]"),
        ({"version": "4.5", "people": True}, "people=true needs version 5 or 6"),
        ({"people": "yes"}, "people='yes' must be true or false"),
        ({"whole_days": 1}, "whole_days=1 must be true or false"),
        ({"p_first": 1.2}, "p_first=1.2 must be a number in .*: it is a probability"),
        ({"hard": 0.7, "easy": 0.7}, "hard=0.7 and easy=0.7 must sum to 1 at most"),
        ({"population": Population(sd={"speed": 1.0})}, "speed"),
        ({"p_first": 2, "hard": -1}, r"p_first=2.*hard=-1"),  # all that is wrong
    ],
)
def test_mistakes_are_told(arguments, message):
    with pytest.raises(InputError, match=message):
        FSRS(check_curriculum(), **arguments)


@pytest.mark.parametrize(("skills", "ratings"), [([0], [0]), ([0], [5]), ([4], [3]), ([-2], [3])])
def test_impossible_reviews_are_refused(skills, ratings):
    model = FSRS(check_curriculum())
    with pytest.raises(InputError, match=r"review: (ratings|skills) must be"):
        model.review(cohort(model, 1), np.array(skills), np.array(ratings))


def test_nobody_may_review_and_a_retention_is_a_probability():
    model = FSRS(check_curriculum())
    state = cohort(model, 1)
    model.review(state, np.array([-1]), np.array([0]))
    assert not model.stability(state).any()
    with pytest.raises(InputError, match="retention="):
        model.interval(state, 1.0)
