"""Skills and items drawn like those of real logs, and items with numbers of their own."""

import numpy as np
import pytest
from zpdgym.students import BKT, InputError, check_student
from zpdgym.students.check import check_curriculum
from zpdgym.students.curriculum.builders import chain, independent
from zpdgym.students.knowledge.presets import PRESETS, draw_parameters, fitted_bkt

QUANTILES = (0.05, 0.25, 0.50, 0.75, 0.95)
# Quantiles over the fitted skills themselves, which the drawn ones are to resemble: they are not all logit-normal, and
# the degenerate skills (guess or slip above .5), which the distributions leave out, are among them.
FITTED = {
    "assistments2015": {
        "prior": (0.35, 0.56, 0.67, 0.77, 0.87), "learn": (0.07, 0.17, 0.24, 0.36, 0.67),
        "guess": (0.12, 0.25, 0.36, 0.47, 0.59), "slip": (0.04, 0.07, 0.14, 0.19, 0.25),
    },
    "assistments2009": {
        "prior": (0.08, 0.57, 0.66, 0.82, 0.91), "learn": (0.006, 0.04, 0.10, 0.19, 0.38),
        "guess": (0.01, 0.10, 0.18, 0.35, 0.45), "slip": (0.02, 0.12, 0.20, 0.27, 0.39),
    },
    "statics": {
        "prior": (0.12, 0.44, 0.64, 0.83, 0.97), "learn": (0.014, 0.06, 0.14, 0.25, 0.72),
        "slip": (0.01, 0.06, 0.14, 0.22, 0.32),  # guess: a third of these skills are degenerate
    },
    "spanish": {
        "prior": (0.002, 0.07, 0.21, 0.35, 0.69), "learn": (0.08, 0.14, 0.23, 0.34, 0.61),
        "guess": (0.06, 0.15, 0.23, 0.32, 0.52), "slip": (0.02, 0.04, 0.07, 0.12, 0.18),
    },
}  # fmt: skip


@pytest.mark.parametrize("preset", FITTED)
def test_the_middle_half_of_drawn_skills_is_that_of_the_fitted_ones(preset):
    drawn = draw_parameters(2000, preset=preset, seed=3)
    for name, wanted in FITTED[preset].items():
        found = np.quantile(drawn[name], QUANTILES[1:4])
        assert np.abs(found - wanted[1:4]).max() < 0.18, (name, found, wanted)  # a few odd skills widen the normal
        assert abs(found[1] - wanted[2]) < 0.10, (name, found, wanted)


@pytest.mark.parametrize("preset", PRESETS)
def test_the_spread_that_was_asked_for_is_drawn(preset):
    """Medians are not moved by the bounds where few draws break them: prior and learn."""
    drawn, asked = draw_parameters(4000, preset=preset, seed=1), PRESETS[preset]
    for column, name in enumerate(("prior", "learn")):
        logits = np.log(drawn[name] / (1 - drawn[name]))
        middle = np.subtract(*np.quantile(logits, [0.75, 0.25])) / 1.349
        assert np.median(logits) == pytest.approx(asked.means[column], abs=0.15)
        assert middle == pytest.approx(asked.sds[column], rel=0.08)


@pytest.mark.parametrize("by_item", [[], ["learn"], ["guess", "slip"], ["learn", "guess", "slip"]])
def test_fitted_students_keep_their_promises(by_item):
    check_student(fitted_bkt(check_curriculum(), preset="assistments2009", by_item=by_item))


def test_items_of_one_skill_differ_only_where_they_have_their_own_numbers():
    c = chain(3, items=[{"difficulty": 0.0}] * 4)
    plain, own = fitted_bkt(c), fitted_bkt(c, by_item=["guess", "slip"])
    assert np.ptp(plain.item_guess.reshape(3, 4), axis=1).max() < 1e-12
    assert np.ptp(own.item_guess.reshape(3, 4), axis=1).min() > 0.01
    assert (own.item_guess + own.item_slip < 1.0).all()
    assert np.array_equal(plain.learn, own.learn)


def test_an_items_own_rate_is_the_probability_of_learning_by_it():
    rates = [0.569, 0.003, 0.390, 0.159]  # resources of one skill (pyBKT's examples, after Pardos & Heffernan 2009)
    c = independent(["venn diagrams"], items=[{"minutes": m} for m in (1, 2, 3, 4)])
    model = BKT(c, prior=0.0, learn_by_item=rates, level_width=float("inf"))
    state = model.allocate(1)
    model.reset(state, np.arange(1), np.full((1, model.reset_draws), 0.5))
    assert model.expected_gain(state)[0].tolist() == pytest.approx(rates, abs=1e-12)
    assert model.item_learn().tolist() == pytest.approx(rates, abs=1e-12)


def test_items_own_guess_and_slip_are_the_answers():
    c = chain(2, items=[{"difficulty": -1.0}, {"difficulty": 2.0}])
    model = BKT(c, prior=[1.0, 0.0], guess_by_item=[0.1, 0.2, 0.3, 0.4], slip_by_item=0.05)
    state = model.allocate(1)
    model.reset(state, np.arange(1), np.full((1, model.reset_draws), 0.5))
    assert model.p_all(state)[0].tolist() == pytest.approx([0.95, 0.95, 0.3, 0.4], abs=1e-9)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"guess_by_item": 0.2}, "guess_by_item and slip_by_item must be given together"),
        ({"guess_by_item": 0.6, "slip_by_item": 0.5}, "must sum to less than 1"),
        ({"learn_by_item": [0.1, 0.2]}, "learn_by_item has 2 numbers for 10 items"),
    ],
)
def test_wrong_numbers_of_items_are_named(wrong, said):
    with pytest.raises(InputError, match=said):
        BKT(check_curriculum(), **wrong)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [({"preset": "assistments2051"}, "assistments2015"), ({"by_item": ["gess"]}, "guess"), ({"learned": 1}, "learned")],
)
def test_wrong_presets_name_the_nearest(wrong, said):
    with pytest.raises((InputError, TypeError), match=said):
        fitted_bkt(check_curriculum(), **wrong)
