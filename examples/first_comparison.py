"""A first comparison: three ways of teaching on the same simulated students, with intervals and verdicts.

python examples/first_comparison.py [students]
"""

import sys

import zpdgym


def main(n_students: int) -> None:
    """Compare on Tiny-v0, then read the table that the comparison left."""
    found = zpdgym.compare(
        {
            "name": "first_comparison",
            "scenarios": ["tiny"],
            "policies": ["linear", "streak", "greedy_ready"],  # the reference lines are added
            "n_students": n_students,
            "n_validation": n_students // 2,
            "tune_budget": 4,  # a real comparison tries 40 settings of every policy that can be tuned
            "unexpected": False,
            "lives": 0,  # with 64 lives a student it also tells who can expect to lose
            "tracking": "none",
        },
        jobs=1,
    )
    scenario = found.table["scenarios"]["Tiny-v0"]
    print("\nThe same from Python, the best first:")
    for row in scenario["policies"]:
        interval = f"[{row['outcome_low']:.3f}, {row['outcome_high']:.3f}]"
        print(f"{row['policy']:<14} {row['outcome']:.3f} {interval} {row['kind']}")
    print("best of those that need no training:", scenario["best_untrained"])
    print("the page for educators:", found.report)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
