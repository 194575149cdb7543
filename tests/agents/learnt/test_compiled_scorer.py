"""The scorer's first layer taken apart: the scores of the plain table to rounding, the same bytes in every batch."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from zpdgym.agents.learnt.networks import compiled_scorer, item_features
from zpdgym.agents.learnt.networks._item_features import open_items
from zpdgym.agents.learnt.networks.compiled_dense import dense, forward
from zpdgym.agents.learnt.networks.compiled_scorer import FirstLayer, ScorerNetwork
from zpdgym.agents.learnt.networks.item_features import CONSTANT, N_PREDICTED, OVERALL, Described, ItemFeatures
from zpdgym.agents.learnt.teacher import Teacher
from zpdgym.agents.problem import Problem
from zpdgym.agents.rollouts import teach
from zpdgym.envs.scenario import Scenario

SHAPES = st.fixed_dictionaries(
    {
        "students": st.integers(0, 9),
        "items": st.integers(1, 12),
        "rows": st.integers(1, 6),
        "slots": st.integers(1, 4),
        "width": st.integers(1, 37),
        "columns": st.integers(2, 13),
        "seed": st.integers(0, 2**32 - 1),
    }
)


def _described(students, items, rows, slots, columns, rng) -> Described:
    """Any pairs: items of no, one or several of a student's rows."""
    open_now = rng.random((students, items)) < 0.6
    start = np.concatenate([[0], open_now.sum(axis=1).cumsum()])
    action = np.nonzero(open_now)[1]
    place = np.full((len(action), slots), -1)
    for p, count in enumerate(rng.integers(0, min(slots, rows) + 1, len(action))):
        place[p, :count] = rng.permutation(rows)[:count]
    shapes = ((len(action), N_PREDICTED), (students * rows, columns + 6), (students, len(OVERALL)))
    predicted, seen, overall = (rng.normal(size=shape).astype(np.float32) for shape in shapes)
    first_row = np.arange(students + 1) * rows
    return Described(start, action, predicted, first_row, place, seen, overall, np.empty((0, 1), np.float32))


def _part(found: Described, first: int, last: int) -> Described:
    """Some students alone."""
    pairs = slice(found.start[first], found.start[last])
    rows = slice(found.first_row[first], found.first_row[last])
    return found._replace(
        start=found.start[first : last + 1] - found.start[first],
        first_row=found.first_row[first : last + 1] - found.first_row[first],
        **{name: getattr(found, name)[pairs] for name in ("action", "predicted", "place")},
        rows=found.rows[rows],
        overall=found.overall[first:last],
    )


def _table(found: Described, constants: np.ndarray) -> np.ndarray:
    """Every pair's features, written out."""
    x = []
    for b, (first, last) in enumerate(itertools.pairwise(found.start)):
        for p in range(first, last):
            of_item = found.first_row[b] + found.place[p][found.place[p] >= 0]
            mean = found.rows[of_item].mean(axis=0) if len(of_item) else np.zeros(found.rows.shape[1])
            x.append(np.concatenate([mean, found.predicted[p], constants[found.action[p]], found.overall[b]]))
    n_features = found.rows.shape[1] + N_PREDICTED + constants.shape[1] + len(OVERALL)
    return np.array(x, np.float64).reshape(len(found.action), n_features)


@pytest.mark.kernels
@settings(max_examples=60, deadline=None)
@given(SHAPES, st.booleans())
def test_the_parts_add_up_to_the_layer_over_the_plain_table(shape, rectify):
    rng, width = np.random.default_rng(shape.pop("seed")), shape.pop("width")
    found = _described(**shape, rng=rng)
    constants = rng.normal(size=(shape["items"], len(CONSTANT))).astype(np.float32)
    n_features = found.rows.shape[1] + N_PREDICTED + len(CONSTANT) + len(OVERALL)
    weight, bias = (rng.normal(size=s).astype(np.float32) for s in ((n_features, width), width))
    layer = FirstLayer(weight, bias, constants)
    out = layer(found, rectify=rectify)
    wanted = _table(found, constants) @ weight.astype(np.float64) + bias
    np.testing.assert_allclose(out, np.maximum(wanted, 0.0) if rectify else wanted, atol=1e-4)
    for cut in range(shape["students"]):
        parts = [layer(_part(found, *ends), rectify=rectify) for ends in ((0, cut), (cut, shape["students"]))]
        assert np.concatenate(parts).tobytes() == out.tobytes()


@pytest.mark.kernels
@settings(max_examples=40, deadline=None)
@given(st.integers(1, 9), st.integers(1, 11), st.integers(1, 19), st.booleans(), st.integers(0, 2**32 - 1))
def test_a_dense_layer_adds_its_inputs_in_their_order(n, n_in, n_out, rectify, seed):
    rng = np.random.default_rng(seed)
    x, weight, bias = (rng.normal(size=s).astype(np.float32) for s in ((n, n_in), (n_in, n_out), n_out))
    wanted = np.tile(bias, (n, 1))
    for k in range(n_in):
        wanted += x[:, k, None] * weight[k]
    out = np.empty((n, n_out), np.float32)
    dense(x, weight, bias, rectify, out)
    assert out.tobytes() == (np.maximum(wanted, np.float32(0.0)) if rectify else wanted).tobytes()


@pytest.mark.kernels
@pytest.mark.parametrize("at_once", [1, 20, 4096])
@pytest.mark.parametrize("hidden", [[7], [7, 5], [4, 6, 3]])
def test_one_pass_gives_the_bytes_of_layer_after_layer(tiny, hidden, at_once, monkeypatch):
    rng, env = np.random.default_rng(len(hidden)), tiny.make(5, seed=3)
    obs, info = env.reset()
    obs = (obs * rng.random(obs.shape)).astype(np.float32)
    features = ItemFeatures.of(Problem.of(env), ready_at=0.2, done_at=2.0)
    weights = {f"constant.{name}": array for name, array in features.arrays.items()}
    weights["prior"] = np.array([1.0, 4.0], np.float32)
    for j, (n_in, n_out) in enumerate(itertools.pairwise([features.n_features, *hidden, 1])):
        weights[f"scorer.{2 * j}.weight"] = rng.normal(size=(n_out, n_in)).astype(np.float32)
        weights[f"scorer.{2 * j}.bias"] = rng.normal(size=n_out).astype(np.float32)
    network = ScorerNetwork({"settings": {"ready": 0.2, "done": 2.0, "hidden": hidden}}, weights)
    found, (first, second) = features.describe(obs, info["action_mask"], pooled=False), features.prior_predicted
    prior = found.predicted[:, first] * network.prior[0] + found.predicted[:, second] * network.prior[1]
    wanted = forward(network.first(found, rectify=True), network.rest)[:, 0] + prior
    monkeypatch.setattr(compiled_scorer, "PAIRS_AT_ONCE", at_once)
    for _ in range(2):  # the second time with predictions that were kept
        start, action, scores = network.pairs(obs, info["action_mask"], None)
        assert (start.tolist(), action.tolist()) == (found.start.tolist(), found.action.tolist())
        assert scores.tobytes() == wanted.tobytes()


@pytest.mark.kernels
@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 4), st.integers(1, 5), st.integers(1, 8), st.integers(1, 3), st.integers(0, 1),
    st.sampled_from((0.0, 0.5, 0.9)), st.sampled_from((0.4, 0.8, 2.0)), st.integers(0, 2**32 - 1),
)  # fmt: skip
def test_open_items_are_ready_and_not_known_or_else_all_that_are_allowed(
    n, n_rows, n_items, n_slots, finish, ready_at, done_at, seed
):
    rng = np.random.default_rng(seed)
    obs = rng.random((n, n_rows, 3)).astype(np.float32)
    item_rows = rng.integers(-1, n_rows, (n_items, n_slots))  # -1 anywhere: files may hold that
    item_rows[:, -1] = np.where((item_rows < 0).all(axis=1), 0, item_rows[:, -1])
    masks = rng.random((n, n_items + finish)) < 0.8
    allowed, start = np.empty_like(masks), np.empty(n + 1, np.int64)
    open_items(obs, masks, np.array([0, 1, -1, -1, -1, 1]), item_rows, ready_at, done_at, allowed, start)
    for i in range(n):
        open_now = masks[i].copy()
        for a in range(n_items):
            rows = item_rows[a][item_rows[a] >= 0]
            open_now[a] &= (obs[i, rows, 1] >= ready_at).all() and not (obs[i, rows, 0] >= done_at).all()
        np.testing.assert_array_equal(allowed[i], open_now if open_now[:n_items].any() else masks[i])
    np.testing.assert_array_equal(np.diff(start), allowed.sum(axis=1))


# --- a trained teacher -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def algebra() -> Scenario:
    """Items of one and of two skills."""
    return Scenario.load("algebra", change={"schedule.sessions": 4})


@pytest.fixture(scope="module")
def teacher(algebra):
    pytest.importorskip("torch")
    from zpdgym.agents.learnt import training

    return training.train(algebra, "ppo_scorer", lessons=4000, seed=0, n_validation=20)


def _by_table(teacher, obs, masks) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Scores from the whole table of pairs, with the weights as they are saved."""
    features, w = teacher.features, {k: v.astype(np.float64) for k, v in teacher.weights.items()}
    found = features(obs, masks)
    x = (found.x - w["constant.scale"][0]) * w["constant.scale"][1]
    hidden = np.maximum(x @ w["scorer.0.weight"].T + w["scorer.0.bias"], 0)
    shift = w["constant.scale"][0][features.prior] * w["constant.scale"][1][features.prior]
    scores = hidden @ w["scorer.2.weight"][0] + w["scorer.2.bias"] + (x[:, features.prior] + shift) @ w["prior"]
    return found.start, found.action, scores


def test_scores_and_choices_are_those_of_the_whole_table(teacher, algebra):
    env = algebra.make(200, seed=3)
    obs, info = env.reset()
    teacher.bind(Problem.of(env))
    assert (algebra.curriculum.q.sum(axis=1) > 1).any()
    other = 0
    for _ in range(40):
        start, action, scores = _by_table(teacher, obs, info["action_mask"])
        found = teacher.logits(obs, info["action_mask"])
        np.testing.assert_array_equal(found[0], start)
        np.testing.assert_array_equal(found[1], action)
        np.testing.assert_allclose(found[2], scores, atol=2e-4)
        chosen, _ = teacher.predict(obs, deterministic=True, action_masks=info["action_mask"])
        best = [a[np.argmax(s)] for a, s in zip(*(np.split(v, start[1:-1]) for v in (action, scores)), strict=True)]
        other += int((chosen != best).sum())
        obs, *_, info = env.step(chosen)
    assert other <= 8  # of 8000: what differs is equal to rounding


def test_neither_chunks_nor_passes_change_a_choice(teacher, algebra, monkeypatch):
    taught = {}
    for at_once, chunk in ((2048, 2000), (2048, 37), (1, 90), (1000, 90)):
        monkeypatch.setattr(compiled_scorer, "PAIRS_AT_ONCE", at_once)
        taught[at_once, chunk] = teach(algebra, teacher, n_students=90, cohort_seed=1, chunk=chunk, keep=90)
    first = taught.pop((2048, 2000))
    for other in taught.values():
        np.testing.assert_array_equal(first.kept["items"], other.kept["items"])
        np.testing.assert_array_equal(first.outcomes["exam"], other.outcomes["exam"])


def test_bytes_of_scores_do_not_depend_on_the_passes(teacher, algebra, monkeypatch):
    env = algebra.make(300, seed=3)
    obs, info = env.reset()
    bits = set()
    for at_once in (1, 1000, 2048, 100_000):
        monkeypatch.setattr(compiled_scorer, "PAIRS_AT_ONCE", at_once)
        bits.add(tuple(part.tobytes() for part in teacher.logits(obs, info["action_mask"])))
    assert len(bits) == 1


def test_places_without_a_skill_may_stand_anywhere(algebra):
    """A file may hold them before a skill: the item is described by the skills that it has."""
    env = algebra.make(20, seed=3)
    obs, info = env.reset()
    plain = ItemFeatures.of(Problem.of(env), ready_at=0.5, done_at=2.0)
    turned = ItemFeatures({**plain.arrays, "item_rows": plain.arrays["item_rows"][:, ::-1].copy()}, ready_at=0.5,
                          done_at=2.0)  # fmt: skip
    np.testing.assert_allclose(turned(obs, info["action_mask"]).x, plain(obs, info["action_mask"]).x, rtol=1e-6)


def test_what_was_predicted_before_changes_no_byte(teacher, algebra, monkeypatch):
    """Predictions are kept from lesson to lesson: by a teacher who comes afresh, has room for few students, or goes
    back to other students, all scores are the same."""
    seen = []
    for students, seed in ((40, 3), (9, 4)):
        env = algebra.make(students, seed=seed)
        obs, info = env.reset()
        for _ in range(12):
            seen.append((obs.copy(), info["action_mask"].copy()))
            chosen, _ = teacher.predict(obs, deterministic=True, action_masks=info["action_mask"])
            obs, *_, info = env.step(chosen)
    n_items = algebra.curriculum.n_items

    def scores(room: int, *, afresh: bool) -> list[bytes]:
        monkeypatch.setattr(item_features, "PREDICTIONS", room)
        one = Teacher(teacher.card, teacher.weights)
        told = []
        for obs, masks in seen:
            one = Teacher(teacher.card, teacher.weights) if afresh else one
            told.append(b"".join(part.tobytes() for part in one.logits(obs, masks)))
        return told

    plain = scores(2**18, afresh=True)
    assert len(set(plain)) == len(plain)
    for room in (0, 7 * n_items, 2**18):
        assert scores(room, afresh=False) == plain
