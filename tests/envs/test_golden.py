"""Frozen trajectories: the numbers of a published scenario do not change without a new version."""

import hashlib

import numpy as np
import pytest
from zpdgym.envs import Scenario

LESSONS, STUDENTS = 100, 8
GOLDEN = {
    ("Algebra-v0", "random"): "b37a3af878f4521243cfdef343c461fdea893455e795bf9b707ff3e4cdf63854",
    ("Algebra-v0", "in order"): "903a3676e0297828e81dcb2bca4780beb8705551f1dd28243bb1b2a63eacfabb",
    ("Algebra-v1", "random"): "bc4a84ec496de3eead1134014c80cee4a0e4dae700b4b1274ecce25af2310074",
    ("Algebra-v1", "in order"): "4a0c0e9f20222cc7268ae4e216ca0433fa67a7576a56eca16b0cc95ee3ad8978",
    ("Chain-v0", "random"): "7bdac60b8b349f3ead61cb53754c84f9febf2c18e768d6e3879b1b99b5679685",
    ("Chain-v0", "in order"): "fa27f149256e2d5e548b4dcd5d6dd1a1b09e493a7f4a8f578744a7f539c3e363",
    ("Drill-v0", "random"): "e9a3327b0cdd28ae222764366acd6b1413218aee00131599ef13834f9b62959d",
    ("Drill-v0", "in order"): "3ec22b359a3873be3781493b6974c6deb89bd19c6cfacc7921c9b71dc441667b",
    ("ExamPrep-v0", "random"): "18cd392eb389e06ef6dce5b27cdb482df8d397e316fbf432b3de6dcfd026bb7e",
    ("ExamPrep-v0", "in order"): "83c181439735f832c714046c62095ebf5d40220a95337ca646424fab0c0ce92b",
    ("Game-v0", "random"): "1a78572d2640110b23ae224da0d656f48afcbc580d911b547c593c6dae6e0cde",
    ("Game-v0", "in order"): "a9eb0c2edbec14f981fc3ba77a6fdfc21eafdd99d67b9362535cebb1e97dd123",
    ("ItemPool-v0", "random"): "10c7c65fb1fe71e700939074f2291b8e547c339038718ef7359af53a38aaf5e4",
    ("ItemPool-v0", "in order"): "11143f43444bd2b6dfe7df196b26f3d0742a406b65f3467396a14423c2b48812",
    ("KT6KC-v0", "random"): "58b1ddc9be7404a2747c6f38cd7960042e1f50a7dc4b9c1664082fd1317dd9ef",
    ("KT6KC-v0", "in order"): "0f72f7587a7c9155a16bd14a673bf5cf91ff12d86b33bb5c7f5de79a5696004c",
    ("KT6KC-v1", "random"): "34edffd73238635c022cf5a1429e5f8b5013747e2b30d3ff651f8c4d39621584",
    ("KT6KC-v1", "in order"): "d138a631696569208006aeafba985d2254fb085eb17ead65982cbd5337420912",
    ("Placebo-v0", "random"): "b788285137323ea94598c1cf55f5ddaebedefd22f7d61d7782b0ded11888a63c",
    ("Placebo-v0", "in order"): "ec51ea8080f0077f6a76c8c339589c802f377afecb2fa0c80d326d329e87606f",
    ("Placement-v0", "random"): "2c5a6457a79e4a3b1d3a0d0043723736ef68a6c2adcc4f24778b448a3086f53a",
    ("Placement-v0", "in order"): "b678e08140ccf524b631e6e9b1bc990bb284c15139117023085930452973a9c1",
    ("Practice-v0", "random"): "3f260759983bb22810e45f901ff7cc39cd327b9530c3c4a4f93e39062da92225",
    ("Practice-v0", "in order"): "4b7679ec459cf37b56e8e49bb12ab33057770cac92b4b8e7b2c214ec56c95333",
    ("Practice-v1", "random"): "538b5058b995b6c131ddee36362ae86d175a9a48bd6b828d93e437a1f54e70cf",
    ("Practice-v1", "in order"): "3adcc53350fbb07b84f26b6f97be4abf3b0557cfa32a0de3a4ded69c78ce8a17",
    ("Remediation-v0", "random"): "1639c769b6774f68e015109fc52d12e0d16db5d2f5710bc8ae997f1035348091",
    ("Remediation-v0", "in order"): "970fc160499d435089d07c70dea7bdc40cc0855b44ab70d7a87f323aeafaf4d3",
    ("Tiny-v0", "random"): "7ad7383f4cdc22c3cddb72bffb1ab79f3db3208fb773dd7728ad1dda120d7e18",
    ("Tiny-v0", "in order"): "fcfa60d05ebb3f1c1e3d83429c20d29304a44e6f8cc7222758c79ddad983dac4",
    ("Tutor-v0", "random"): "0d2a7ef9cc8201427a0e3c4295e8ebb134bee3e194fc5e9d7fc0c32443ab04c4",
    ("Tutor-v0", "in order"): "c5cfa788031d12abc9d347b66748e268b725f1737fe54ee37894545809c270f0",
    ("Vocabulary-v0", "random"): "28a2d2469c2b25f2a5211c128fffbaea2f03b01d2a0deea6d537a9168f035c71",
    ("Vocabulary-v0", "in order"): "ff693ae82bb626a71a813edc6c7998df6461e1ad3b366d81abe77acf5246e65d",
}

EXPLAIN = (
    "{name}, items {order}: the trajectory has changed (now {found}). A published scenario keeps its numbers: give the "
    "changed one a new version and name it in the page's version history. If the numbers of the students did not "
    "change, say in docs/decisions.md why the trajectory did, and put the new hash here."
)


def trajectory(name, order):
    """SHA-256 of what 8 students show in 100 lessons, rounded to five decimals."""
    env = Scenario.load(name).make(STUDENTS)
    rng, digest = np.random.default_rng(0), hashlib.sha256()
    observation, info = env.reset(seed=0)
    for t in range(LESSONS):
        chosen = rng.integers(0, env.curriculum.n_items, STUDENTS) if order == "random" else np.full(STUDENTS, t)
        chosen %= env.curriculum.n_items
        for i, allowed in enumerate(info["action_mask"]):  # where there are rules of a catalogue, the next item
            while not allowed[chosen[i]]:
                chosen[i] = (chosen[i] + 1) % env.curriculum.n_items
        observation, reward, ended, _, info = env.step(chosen)
        truth = env.probe.mastery()
        for values in (observation, reward, truth):
            digest.update((np.round(values.astype(np.float64), 5) + 0.0).tobytes())
        digest.update(ended.tobytes() + info["correct"].tobytes())
    return digest.hexdigest()


@pytest.mark.parametrize(("name", "order"), GOLDEN)
def test_published_numbers_stay(name, order):
    found = trajectory(name, order)
    assert found == GOLDEN[name, order], EXPLAIN.format(name=name, order=order, found=found)


@pytest.mark.parametrize("name", ["Algebra", "KT6KC", "Practice"])
def test_the_first_versions_differ_in_the_tutors_belief_alone(name):
    first, second = (dict(Scenario.load(f"{name}-v{version}").sections) for version in (0, 1))
    assert second["belief"] == {**first["belief"], "kind": "graph"}
    for sections in (first, second):
        del sections["belief"], sections["name"]
    assert first == second
