"""The curriculum of Tutor-v0 from the public content of OATutor: configs/curriculum/tutor.json is written again.

``python -m benchmarks.pages.oatutor FOLDER`` reads ``coursePlans.json`` and ``skillModel.json`` of
github.com/CAHLR/OATutor-Content (commit c26295e, CC BY 4.0). From there are the skills: sixteen of the seventy-one
lessons of Elementary Algebra by a seed, and of each a skill with ten tagged steps or more; their order; and how long
problems are. What there is not, is ours: what builds on what, which skills stand together in a problem, and minutes.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

OUT = Path(__file__).resolve().parents[2] / "configs" / "curriculum" / "tutor.json"
COURSE, SEED, LESSONS, STEPS_AT_LEAST = "OpenStax: Elementary Algebra", 0, 16, 10
PROBLEMS_A_SKILL, SHORTEST, LONGEST = 3, 3, 6
STEP, QUESTION = 1.25, 2.0
"""Minutes of a step of a problem, its share of the reading included, and of a question of one answer."""
BUILDS_ON = {
    "solve_equations_that_require_simplification": ["evaluate_an_expression", "add_integers"],
    "solve_a_formula_for_a_specific_variable": ["solve_equations_that_require_simplification"],
    "solve_simple_interest_applications": ["solve_a_formula_for_a_specific_variable"],
    "graph_linear_inequalities": ["solve_equations_that_require_simplification"],
    "solve_mixture_applications": ["solve_equations_that_require_simplification"],
    "add_and_subtract_monomials": ["add_integers"],
    "divide_a_polynomial_by_a_monomial": ["simplify_fractions", "add_and_subtract_monomials"],
    "simplify_expressions_with_integer_exponents": ["evaluate_an_expression", "simplify_fractions"],
    "recognize_and_use_the_appropriate_method_to_factor_a_polynomial_completely": ["divide_a_polynomial_by_a_monomial"],
    "add_rational_expressions_with_a_common_denominator": ["simplify_fractions", "add_and_subtract_monomials"],
    "add_rational_expressions_with_different_denominators": [
        "recognize_and_use_the_appropriate_method_to_factor_a_polynomial_completely",
        "add_rational_expressions_with_a_common_denominator",
    ],
    "multiply_square_roots": ["simplify_expressions_with_integer_exponents"],
    "complete_the_square_of_a_binomial_expression": [
        "recognize_and_use_the_appropriate_method_to_factor_a_polynomial_completely"
    ],
}
"""What each tag builds on: ours, for the content has no prerequisites."""
ABOUT = (
    "Skills, their order and the lengths of problems are derived from the content pool of OATutor "
    "(github.com/CAHLR/OATutor-Content, commit c26295e; Pardos, Tang, Anastasopoulos, Sheel & Zhang 2023, CHI), "
    "Copyright its authors, licensed CC BY 4.0 (https://creativecommons.org/licenses/by/4.0/); tags were made names. "
    "Prerequisites, which skills stand together in a problem, and minutes are zpdgym's own. Made by "
    "python -m benchmarks.pages.oatutor."
)


def named(tag: str) -> str:
    """A tag as people read it."""
    return tag.replace("_", " ").capitalize()


def lengths(steps: Mapping[str, Sequence[str]], skills: set[str]) -> list[int]:
    """How many steps the course's problems of three to six steps have, all of them tagged with its skills."""
    problems: dict[str, list[str]] = {}
    for step, tags in steps.items():
        problems.setdefault(re.sub(r"[a-z]+$", "", step), []).append(tags[0])
    return sorted(len(own) for own in problems.values() if set(own) <= skills and SHORTEST <= len(own) <= LONGEST)


def curriculum(plans: Sequence[Mapping[str, Any]], steps: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """The curriculum as plain data."""
    rng, lessons = np.random.default_rng(SEED), next(p for p in plans if p["courseName"] == COURSE)["lessons"]
    alone = Counter(tags[0] for tags in steps.values() if len(tags) == 1)
    chosen, topics = list[str](), list[str]()
    for n in sorted(rng.choice(len(lessons), LESSONS, replace=False)):
        own = [tag for tag in lessons[n]["learningObjectives"] if alone[tag] >= STEPS_AT_LEAST]
        chosen.append(own[int(rng.integers(len(own)))])
        topics.append(str(lessons[n]["name"]))
    of_course = {tag for lesson in lessons for tag in lesson["learningObjectives"]}
    long, below = lengths(steps, of_course), dict[str, set[str]]()
    for tag in chosen:
        below[tag] = {b for a in BUILDS_ON.get(tag, ()) for b in {a, *below[a]}}
    items = [
        {"name": f"Question: {named(t).lower()}", "skills": [named(t)], "minutes": QUESTION, "exam": True}
        for t in chosen
    ]  # fmt: skip
    for k, tag in enumerate(chosen):
        # with what it builds on, from near and far; what builds on nothing stands with other beginnings
        others = [t for t in chosen[:k] if t in below[tag]] or [t for t in chosen if t != tag and not below[t]]
        seen = list[list[int]]()
        while len(seen) < PROBLEMS_A_SKILL:
            count, mine = int(rng.choice(long)), int(rng.integers(1, 3))
            listed = sorted([*[k] * mine, *(chosen.index(str(t)) for t in rng.choice(others, count - mine))])
            if listed in seen:
                continue
            seen.append(listed)
            items.append(
                {
                    "name": f"Problem {len(seen)} on {named(tag).lower()}",
                    "steps": [named(chosen[i]) for i in listed],
                    "minutes": STEP * count,
                    "exam": False,
                }
            )
    skills = [
        {"name": named(t), "topic": topic, "prerequisites": [named(a) for a in BUILDS_ON.get(t, ())]}
        for t, topic in zip(chosen, topics, strict=True)
    ]
    return {"name": "tutor", "about": ABOUT, "skills": skills, "items": items}


def main(folder: str) -> None:
    """Write the file, a skill or an item a line."""
    plans, steps = (json.loads((Path(folder) / f"{name}.json").read_text()) for name in ("coursePlans", "skillModel"))
    made = curriculum(plans, steps)
    parts = [f'"{key}": {json.dumps(made[key], ensure_ascii=False)}' for key in ("name", "about")]
    for key in ("skills", "items"):
        rows = ",\n  ".join(json.dumps(row, ensure_ascii=False) for row in made[key])
        parts.append(f'"{key}": [\n  {rows}\n ]')
    OUT.write_text("{\n " + ",\n ".join(parts) + "\n}\n")
    print(f"{OUT.name}: {len(made['skills'])} skills, {len(made['items'])} items")


if __name__ == "__main__":
    main(sys.argv[1])
