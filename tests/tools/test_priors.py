"""The page of priors: which pairs are told apart, which are turned round."""

from __future__ import annotations

from benchmarks.pages.priors import World, first_of, reversed_pairs, row


def world(name, *order, apart=()):
    outcomes = {policy: 0.9 - 0.1 * i for i, policy in enumerate(order)}
    return World(name, order, outcomes, {pair: "+.100" for pair in apart}, 3)


FROZEN = world("as_frozen", "a", "b", "c", apart=[("a", "b"), ("a", "c")])


def test_a_pair_is_reversed_only_where_both_worlds_tell_it_apart():
    turned = world("learn_half", "b", "c", "a", apart=[("b", "a"), ("b", "c")])
    assert reversed_pairs(FROZEN, turned) == ["`b` over `a` by +.100, which was +.100 the other way"]
    assert row(FROZEN, turned) == ["learn half", "`b` 0.900, `c` 0.800, `a` 0.700", "0 of 2", "1"]


def test_what_is_merely_undecided_is_not_reversed():
    undecided = world("learn_twice", "c", "a", "b", apart=[("a", "b")])
    assert reversed_pairs(FROZEN, undecided) == []
    assert row(FROZEN, undecided)[2:] == ["1 of 2", "0"]
    assert first_of([FROZEN, FROZEN, undecided]) == "Highest mean, of 3 worlds: `a` in 2, `c` in 1."
