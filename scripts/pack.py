"""``zpdgym pack``: a tutor to take away, as data and a program that reads it."""

from __future__ import annotations

from zpdgym.errors import InputError
from zpdgym.scripts.command.positional import understood

HELP = """zpdgym pack: a tutor to take away, as data and a program that reads it

Usage: zpdgym pack RUN to=FOLDER [scenario=NAME]

RUN is the folder of a finished run, such as results/training/Algebra-v1/ppo_scorer/seed0, or that of a teacher, or an
untrained policy. FOLDER, which must not exist, gets tutor.json (what the tutor believes and how it chooses, as
numbers and names, without any code), tutor.js (one module of plain JavaScript that reads it, for browsers and node),
play.html (a page to open in a browser: be the pupil) and README.md (what it is, in plain words). Item scorers that
were trained, tuned_index and mastery learning can be packed, with beliefs of the kinds bkt, graph and misconceptions.
Nothing is simulated.

Keys, written key=value:
  to        the folder to write [needed]
  scenario  what it is to teach: needed with a policy; a run says it itself

Examples:
  zpdgym pack results/training/Algebra-v1/ppo_scorer/seed0 to=tutor
      a trained teacher
  zpdgym pack results/quickstart/Practice-v1/mastery_tuned/seed0 to=tutor
      mastery learning as it was tuned there
  zpdgym pack mastery scenario=algebra to=tutor
      a policy that needs neither"""


def run(arguments: list[str]) -> None:
    """Write the folder, and say what is in it.

    Raises:
        InputError: whatever ``zpdgym.pack`` refuses, or a command line that is not understood.
    """
    wanted = "the folder of a run or a teacher, or a policy"
    (what,), given, _ = understood("pack", arguments, folders=1, keys=("to", "scenario"), wanted=wanted)
    if "to" not in given:
        raise InputError("pack needs to=FOLDER: where the tutor is written")
    from zpdgym.experiments.packed.pack import pack

    made = pack(what, to=given["to"], scenario=given.get("scenario"))
    about = made.about
    teaches = f"{about.skills} skills and {about.items} items of {about.scenario}"
    print(f"{made.folder}: {about.policy} with a {about.belief} belief, for {teaches}")
    print("\n".join(map(str, made.files)))
    print("It was not validated with pupils: README.md says what that means.")


if __name__ == "__main__":
    from zpdgym.scripts.cli import start

    start("pack")
