"""Frozen cohorts: what a comparison writes about students whom an untrained policy taught stays as it is."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Sequence

import numpy as np
import pytest
import zpdgym

STUDENTS = 20
POLICIES = ("linear", "mastery", "greedy", "random")
COLUMNS = (
    "student", "group", "pre", "exam", "gain", "mastery_exam", "lessons", "minutes", "quit", "mastery_pre",
    "mastery_post", "skills_mastered", "wasted_mastered", "wasted_unready", "reached", "lessons_to_mastery",
    "minutes_to_mastery",
)  # fmt: skip
"""What version 0.1 wrote and no later version has changed the meaning of."""
LATER = ("post", "in_band", "misbelief", "right", "longest_wrong")
"""What is new since then, or means something else: exams without the mood of the moment, bands of the students' own."""
OF_BELIEFS = ("belief_brier", "belief_log_loss")
"""How good the tutor's belief was."""
DIGESTS = {
    ("Algebra-v0", COLUMNS): ("0b00f6c1f9db4773", "a07e5ee7455a8dd1", "ba4262be3b0ea887", "8c1043a3523d080f"),
    ("Algebra-v0", LATER): ("9864b19e5202e2ab", "f102ee5c0a81845f", "2eea5d16356d33cb", "4854dbd7f4133a0d"),
    ("Algebra-v0", OF_BELIEFS): ("1061c5c2cf56ee7d", "2503937db0aa6373", "fa0507ed1b19afcd", "5ad49b544d4d277d"),
    ("Game-v0", COLUMNS): ("c5ad82a8958472b7", "a5ca4867071462ce", "549b018eeae48692", "00eb994783edaf25"),
    ("Game-v0", LATER): ("88797b0358acc8b5", "5c492dc8f7f07799", "75414b135c8251bb", "5833b408cfd5d003"),
    ("Game-v0", OF_BELIEFS): ("675c40eae59c8482", "7fc9fe4619cee0c5", "47f721833ac61139", "97ef071665dbddca"),
    ("KT6KC-v0", COLUMNS): ("5e1290fb36e11c4f", "114050b256beb103", "60d6ed0d6fbf6959", "7fab8321d55a13cf"),
    ("KT6KC-v0", LATER): ("3c93d0c406022222", "f771288911e39403", "d3d65b4a292bb934", "9b52f7586b82ed9f"),
    ("KT6KC-v0", OF_BELIEFS): ("8b9bf6bcb515a3f6", "1702928ab625bcb8", "4727aecd290f9487", "b0fd2afd08aa0e50"),
    ("Practice-v0", COLUMNS): ("b8f6b5e42f6ea7f7", "65c05e1dbbd6c675", "4fb621725fc64b16", "b7bfe036a424f7d2"),
    ("Practice-v0", LATER): ("b35904d6ad522098", "5a907eda5e4d224b", "baa1d099e266685f", "c751293783a9c032"),
    ("Practice-v0", OF_BELIEFS): ("766c26c52b259569", "7e70ae2c45aa5944", "692d787770a7af4d", "6e951999be6a0047"),
    ("Tiny-v0", COLUMNS): ("dc20ee80b7466e8d", "e3fe916656b5ee0b", "f5e4e90065c17663", "ec0654a9ce21dde4"),
    ("Tiny-v0", LATER): ("c7d73202dd724fad", "3a62dd0f796845a9", "b5dd8a4f8c9d249a", "3e1c1e918d0b4645"),
    ("Tiny-v0", OF_BELIEFS): ("2c5e1e1b14320e34", "71819e992500c9d8", "870eccbf36c3f37a", "ffb43bfb741f6db5"),
}
"""Scenario and columns -> the digest of each policy, made with the version that brought the columns."""

EXPLAIN = (
    "{scenario}, {policy}: the students have changed (now {found}). Whoever compares with published numbers compares "
    "with others from now on: give the changed scenario or policy a new version. If that is not what happened, say in "
    "docs/decisions.md why the numbers are others, and put the new digest here."
)


@functools.cache
def students(scenario: str, policy: str):
    return zpdgym.evaluate(scenario, policy, n_students=STUDENTS, cohort_seed=0).per_student


def digest(scenario: str, policy: str, columns: Sequence[str]) -> str:
    """16 digits of the SHA-256 over columns of ``students.csv``, names and values, rounded to five decimals."""
    total = hashlib.sha256()
    for name in columns:
        values = students(scenario, policy)[name].to_numpy()
        numbers = np.issubdtype(values.dtype, np.number) or values.dtype == bool
        plain = (np.round(values.astype(np.float64), 5) + 0.0).tobytes() if numbers else "\n".join(values).encode()
        total.update(f"{name}\n".encode() + plain)
    return total.hexdigest()[:16]


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize(
    ("scenario", "columns"), DIGESTS, ids=lambda x: x if isinstance(x, str) else f"{len(x)} columns"
)
def test_untrained_policies_teach_the_same_students_to_the_same_end(scenario, columns, policy):
    found = digest(scenario, policy, columns)
    assert found == DIGESTS[scenario, columns][POLICIES.index(policy)], EXPLAIN.format(
        scenario=scenario, policy=policy, found=found
    )


def test_every_column_is_frozen():
    assert set(students("Tiny-v0", "linear").columns) == {*COLUMNS, *LATER, *OF_BELIEFS}
