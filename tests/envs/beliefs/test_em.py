"""EM for knowledge tracing: against enumeration and a plain forward-backward, and on data with a known answer."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from zpdgym.envs.beliefs.em import BETA, FLAT, NONE, Parameters, Sequences, expectation, fit, predict

from benchmarks.published.tracing import calibration, taught


def sequences(rows, n_classes=3):
    """rows: one list per sequence of (correct, emission, transition, ready, others, days); all of skill 0."""
    flat = [row for sequence in rows for row in sequence]
    correct, emission, transition, ready, others, days = (np.array(c) for c in zip(*flat, strict=True))
    return Sequences(
        offsets=np.concatenate([[0], np.cumsum([len(s) for s in rows])]).astype(np.int64),
        skill=np.zeros(len(rows), np.int64),
        count=np.ones(len(rows)),
        correct=correct.astype(np.int8),
        emission=emission.astype(np.int64),
        transition=transition.astype(np.int64),
        ready=ready.astype(float),
        others=others.astype(float),
        days=days.astype(float),
        n_skills=1,
        n_emissions=n_classes,
        n_transitions=n_classes,
    )


def random_case(seed, n=3, length=5):
    g = np.random.default_rng(seed)
    rows = []
    for _ in range(n):
        rows.append(
            [
                (g.integers(-1, 2), g.integers(0, 3), g.integers(0, 3), g.choice([0.0, 0.3, 1.0]), g.choice([0.5, 1.0]),
                 g.choice([0.0, 0.0, 2.0, 9.0]))
                for _ in range(length)
            ]
        )  # fmt: skip
    parameters = Parameters(
        g.uniform(0.1, 0.9, 1), g.uniform(0.05, 0.5, 3), g.uniform(0.05, 0.4, 3), g.uniform(0.05, 0.4, 3),
        g.uniform(0.01, 0.1, 1),
    )  # fmt: skip
    return rows, parameters


def paths(rows, p):
    """Every hidden path of one sequence with its joint probability: (weight, events) by plain enumeration.

    Hidden per row: known before the answer, the other skills known, ready, known after the lesson.
    """
    prior, learn, guess, slip, forget = (a.tolist() for a in p.arrays())
    for bits in itertools.product((0, 1), repeat=4 * len(rows) + 1):
        weight, known, events = (prior[0] if bits[0] else 1 - prior[0]), bits[0], [("prior", 0, bits[0])]
        for r, (correct, e, t, ready, others, days) in enumerate(rows):
            still, full, may, after = bits[1 + 4 * r : 5 + 4 * r]
            keep = np.exp(-forget[0] * days)
            if known:
                weight *= keep if still else 1 - keep
            elif still:
                weight = 0.0
            if days > 0 and known:
                events.append(("forget" if not still else "kept", 0, days))
            known = still
            weight *= others if full else 1 - others
            if correct >= 0:
                right = 1 - slip[e] if known and full else guess[e]
                weight *= right if correct else 1 - right
                events.append(("slip", e, 1 - correct) if known and full else ("guess", e, correct))
            weight *= ready if may else 1 - ready
            chance = 1.0 if known else (learn[t] if may else 0.0)
            weight *= chance if after else 1 - chance
            if r < len(rows) - 1 and not known and may:
                events.append(("learn", t, after))
            known = after
            if weight == 0.0:
                break
        if weight > 0.0:
            yield weight, events


@pytest.mark.kernels
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_likelihood_and_expected_counts_equal_those_of_enumerating_every_hidden_path(seed):
    rows, p = random_case(seed, n=2, length=3)
    likelihood, (n_prior, n_learn, n_answer, n_forget) = expectation(
        sequences(rows), [a[None] for a in p.arrays()], np.ones((1, 1), bool)
    )
    total, expected, kept_days = 0.0, {}, 0.0
    for sequence in rows:
        found = list(paths(sequence, p))
        z = sum(weight for weight, _ in found)
        total += np.log(z)
        for weight, events in found:
            for name, index, value in events:
                if name in ("kept", "forget"):
                    expected["forget", 0, name == "forget"] = (
                        expected.get(("forget", 0, name == "forget"), 0.0) + weight / z
                    )
                    rate = p.forget[0]
                    before = 1 / rate - value * np.exp(-rate * value) / (1 - np.exp(-rate * value))
                    kept_days += weight / z * (value if name == "kept" else before)
                else:
                    expected[name, index, value] = expected.get((name, index, value), 0.0) + weight / z
    assert likelihood[0, 0] == pytest.approx(total, rel=1e-10)
    assert n_prior[0, 0] == pytest.approx([expected.get(("prior", 0, b), 0) for b in (1, 0)])
    for c in range(3):
        assert n_learn[0, c] == pytest.approx([expected.get(("learn", c, b), 0) for b in (1, 0)], abs=1e-12)
        assert n_answer[0, c, 0] == pytest.approx([expected.get(("guess", c, b), 0) for b in (1, 0)], abs=1e-12)
        assert n_answer[0, c, 1] == pytest.approx([expected.get(("slip", c, b), 0) for b in (0, 1)], abs=1e-12)
    assert n_forget[0, 0] == pytest.approx([expected.get(("forget", 0, True), 0), kept_days])


@pytest.mark.kernels
def test_smoothing_equals_a_plain_forward_backward_of_standard_knowledge_tracing():
    answers, (prior, learn, guess, slip) = [1, 0, 0, 1, 1, 0, 1], (0.4, 0.15, 0.2, 0.1)
    transition = np.array([[1 - learn, learn], [0, 1]])
    like = np.array([[1 - guess, slip], [guess, 1 - slip]])[answers]
    alpha, beta = [np.array([1 - prior, prior]) * like[0]], [np.ones(2)]
    for row in like[1:]:
        alpha.append(alpha[-1] @ transition * row)
    for row in like[:0:-1]:
        beta.insert(0, transition @ (row * beta[0]))
    z = alpha[-1].sum()
    known = [(a * b / z)[1] for a, b in zip(alpha, beta, strict=True)]
    data = sequences([[(c, 0, 0, 1.0, 1.0, 0.0) for c in answers]], n_classes=1)
    likelihood, (n_prior, n_learn, n_answer, _) = expectation(
        data, [np.array([[v]]) for v in (prior, learn, guess, slip, 0.0)], np.ones((1, 1), bool)
    )
    assert likelihood[0, 0] == pytest.approx(np.log(z))
    assert n_prior[0, 0, 0] == pytest.approx(known[0])
    assert n_learn[0, 0, 0] == pytest.approx(known[-1] - known[0])
    assert n_answer[0, 0, 1].sum() == pytest.approx(sum(known))


@pytest.mark.kernels
def test_prediction_has_the_golden_values_of_standard_knowledge_tracing():
    data = sequences([[(c, 0, 0, 1.0, 1.0, 0.0) for c in (1, 0, 1, 1)]], n_classes=1)
    p, known = predict(data, Parameters(*(np.array([v]) for v in (0.5, 0.1, 0.2, 0.1, 0.0))))
    assert p == pytest.approx([0.55, 0.785455, 0.515593, 0.765799], abs=1e-6)
    assert known == pytest.approx([0.5, 0.836364, 0.450847, 0.808284], abs=1e-6)


@settings(max_examples=25)
@given(seed=st.integers(0, 10**6), prior=st.booleans(), forget=st.booleans())
def test_no_pass_ever_lowers_the_objective(seed, prior, forget):
    rows, _ = random_case(seed, n=12, length=6)
    done = fit(sequences(rows), starts=1, pseudocounts=BETA if prior else NONE, forget=forget, tolerance=1e-9)
    assert np.diff(done.history).min(initial=0.0) >= -1e-9
    assert ((done.parameters.guess + done.parameters.slip) <= 1 + 1e-12).all()


def test_the_truth_is_recovered_from_a_thousand_students_and_better_from_ten_thousand():
    errors = {figure.what: figure.ours for figure in calibration()}
    bars = {
        "1000 students": {"prior": 0.02, "learn": 0.011, "guess": 0.011, "slip": 0.008},
        "10 000 students": {"prior": 0.008, "learn": 0.005, "guess": 0.005, "slip": 0.004},
    }
    for who, limits in bars.items():
        for name, limit in limits.items():
            assert errors[f"{name}, {who}"] <= limit, (name, who)


def test_forgetting_per_day_and_learning_without_readiness_are_recovered():
    forget = np.full(4, 0.03)
    data, truth = taught(5, n_skills=4, n_students=1500, forget=forget, days=14.0, hidden=0.5)
    done = fit(data, starts=2, forget=True, pseudocounts=BETA)
    assert done.parameters.forget == pytest.approx(forget, abs=0.008)
    assert done.parameters.learn == pytest.approx(truth[1], abs=0.04)
    ignored = Sequences(**{**vars(data), "ready": np.ones_like(data.ready)})
    assert (fit(ignored, starts=1, forget=True).parameters.learn < done.parameters.learn).all()


def test_starts_agree_and_another_seed_changes_nothing_that_matters():
    data, _ = taught(6, n_skills=3, n_students=400)
    one, other = fit(data, seed=1, tolerance=1e-8), fit(data, seed=2, tolerance=1e-8)
    assert np.ptp(one.objectives, axis=0).max() < 0.05
    for a, b in zip(one.parameters.arrays(), other.parameters.arrays(), strict=True):
        assert a == pytest.approx(b, abs=0.01)


@pytest.mark.kernels
def test_counting_equal_sequences_once_gives_the_same_fit():
    rows = [[(c, 0, 0, 1.0, 1.0, 0.0) for c in pattern] for pattern in ((1, 1, 1), (0, 1, 1), (0, 0, 1), (1, 0, 1))]
    repeated = fit(sequences(rows[:1] * 5 + rows[1:] * 3, n_classes=1))
    counted = fit(Sequences(**{**vars(sequences(rows, n_classes=1)), "count": np.array([5.0, 3.0, 3.0, 3.0])}))
    assert counted.log_likelihood == pytest.approx(repeated.log_likelihood)
    assert counted.parameters.learn == pytest.approx(repeated.parameters.learn)


@pytest.mark.kernels
def test_answers_that_only_get_worse_are_reported_as_saying_nothing_not_by_switching_the_labels():
    getting_worse = [[(c, 0, 0, 1.0, 1.0, 0.0) for c in (1, 1, 1, 0, 0, 0)]] * 60
    done = fit(sequences(getting_worse, n_classes=1))
    assert FLAT <= (done.parameters.guess + done.parameters.slip)[0] <= 1.0 + 1e-12
