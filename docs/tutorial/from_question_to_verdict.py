# %% [markdown]
# # From a question to a verdict
#
# One experiment from beginning to end. This page is a script,
# [docs/tutorial/from_question_to_verdict.py](from_question_to_verdict.py): it is run whenever the site is built and
# whenever the tests are run, and what stands under the code is what the code printed. `python
# docs/tutorial/from_question_to_verdict.py` does the same in half a minute.
#
# ## The question
#
# Textbook mastery learning stays with a skill until it is believed known, then goes on, and never looks back. A tutor
# with a *recall threshold* goes back to what is fading. Looking back costs lessons that could teach something new. So:
#
# **Is it worth going back, and does that depend on how fast pupils forget?**
#
# What would be worth having is said before anything is simulated: one exam item in fifty, .02.

# %%
import zpdgym
from zpdgym.agents import build_policy

WORTH_HAVING = 0.02

# %% [markdown]
# ## The place
#
# [Practice-v1](../scenarios/Practice-v1.md) is small: eight skills, eighty lessons, an exam a week after the last one.
# A first look at forty pupils says that something is going on, and nothing more: look how wide the intervals are.

# %%
for policy in ("mastery", "recall_threshold"):
    print(zpdgym.evaluate("practice", build_policy(policy), n_students=40))

# %% [markdown]
# ## The experiment
#
# Both tutors teach the same pupils with the same luck, so that differences are paired, in three worlds that differ in
# one number: the share that is forgotten in a day. In each world the tutor's belief is fitted anew, as a real tutor
# would know it from a log. A *contrast* names the difference that the question is about.

# %%
found = zpdgym.compare(
    {
        "name": "looking_back",
        "scenarios": ["practice"],
        "policies": ["mastery", "recall_threshold"],  # the reference lines are added
        "grid": {"student.forget": [0.003, 0.02, 0.06]},
        "contrasts": ["recall_threshold - mastery by forget"],
        "n_students": 400,
        "n_validation": 100,
        "tune_budget": 1,  # the settings of the policies' files; a real experiment tries 40
        "unexpected": False,
        "lives": 0,
        "tracking": "none",
    },
    jobs=1,
)

# %% [markdown]
# ## The answer, world by world
#
# The printed page above ends with the answers; the same from Python. The interval is corrected for all rows of the
# contrast, and the verdict follows it by [one rule](../evidence.md#how-sure).

# %%
from zpdgym.experiments import contrasts, read_cells

table = contrasts(read_cells(found.folder), ["recall_threshold - mastery by forget"], smallest=WORTH_HAVING)
rows = [row for row in table.rows if row.kind == "difference"]
for row in rows:
    gap = row.difference
    print(f"forget {row.axes['forget']:<6} {gap.value:+.3f} [{gap.low_corrected:+.3f}, {gap.high_corrected:+.3f}]")
    print(f"              {row.verdict}")

# %% [markdown]
# The same as a picture: the grey band is too small to be worth having.

# %%
from zpdgym.experiments.figures.charts import Interval, interval_chart
from zpdgym.experiments.figures.svg import TEACHER_STYLE

interval_chart(
    "answer",
    "What going back adds, by how fast pupils forget",
    [
        Interval(
            f"{row.axes['forget']:.1%} forgotten a day",
            100 * row.difference.value,
            100 * row.difference.low_corrected,
            100 * row.difference.high_corrected,
            TEACHER_STYLE,
        )
        for row in rows
    ],
    100 * WORTH_HAVING,
    "exam items in a hundred, recall threshold less mastery",
)

# %% [markdown]
# ## The verdict
#
# Where little is forgotten, going back costs more than it brings; where much is, it is ahead. In between, 400 pupils
# cannot tell. So "is it worth going back?" has no answer without "how fast do they forget?", and the next step is not a
# better policy but a number: [calibration](../calibration.md) finds it in a log of real answers.
#
# The sentence is held to what came out:

# %%
slow, middle, fast = (row.verdict for row in rows)
assert slow == "worse", slow
assert middle == "cannot tell", middle
assert fast in ("ahead, perhaps by less than is worth having", "better"), fast
print("little is forgotten:", slow)
print("much is forgotten:  ", fast)

# %% [markdown]
# ## What it does not say
#
# The settings were not tuned, the pupils are simulated, and they forget by one law. Whether the answer stands under
# another law is [another cell of a grid](../how-to/questions.md), how many pupils would settle the middle
# is asked of [`zpdgym plan`](../verbs/plan.md), and no number here says anything about a real class.
