"""Spaces on the command line: Hydra's words for a sweep say what one search may try."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml
from zpdgym.errors import InputError
from zpdgym.scripts.cli import main
from zpdgym.scripts.command.spaces import is_space, plain_space

SMALL = ("scenario=tiny", "n_validation=20", "tune_budget=2")


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("tag(log,interval(.001,.03))", "{low: 0.001, high: 0.03, log: true}"),
        ("interval(0,1)", "{low: 0.0, high: 1.0}"),
        ("int(interval(1,8))", "{low: 1, high: 8, whole: true}"),
        ("tag(log,int(interval(1,8)))", "{low: 1, high: 8, log: true, whole: true}"),
        ("choice(.9,.95,.99)", "[0.9,0.95,0.99]"),
        (".9,.95", "[0.9,0.95]"),
        ("range(1024,4096,step=1024)", "[1024,2048,3072]"),
        ("range(0,1,.25)", "[0.0,0.25,0.5,0.75]"),
        ("choice([32],[64,64])", "[[32],[64,64]]"),
        ("choice(cycle,'level',true,'1',\"it's\")", "['cycle','level',true,'1','it\\'s']"),
        ("choice({a: 1},{a: 2})", "[{a: 1},{a: 2}]"),
        ("sort(3,1,2)", "[1,2,3]"),
        ("shuffle(choice(1,2,3,4,5,6))", "[1,2,3,4,5,6]"),  # by luck that no seed repeats
        ("shuffle(range(1,7))", "[1,2,3,4,5,6]"),
        ("[.9,.95]", "[.9,.95]"),
        ("{low: 0, high: 1}", "{low: 0, high: 1}"),
        ("null", "null"),
    ],
)
def test_every_word_becomes_plain_values(typed, plain):
    for key in ("++space.gamma", "++policy.tune.space.gamma"):
        assert plain_space(f"{key}={typed}") == f"{key}={plain}"


def test_other_keys_keep_their_sweeps():
    spaces = [f"{key}=choice(1,2)" for key in ("++space.a", "space.a", "++policy.tune.space.a")]
    others = [f"{key}=choice(1,2)" for key in ("++policy.a", "space", "++scenario.change.space.a", "myspace.a")]
    assert list(map(is_space, spaces + others)) == [True] * 3 + [False] * 4


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("glob(*)", r"space\.gamma=glob\(\*\): glob names files"),
        ("range(1,1000000)", "is a list of more than 10000 values"),
        ("range(1,10,step=1e-9)", "is a list of more than 10000 values"),
        ("range(0,1,step=0)", "is a list of more than 10000 values"),
    ],
)
def test_what_cannot_be_tried_out_is_refused(typed, says):
    with pytest.raises(InputError, match=says):
        plain_space(f"++space.gamma={typed}")


@pytest.mark.parametrize("flag", [(), ("-m",)])
def test_a_space_of_the_command_line_is_one_search_and_never_a_sweep(flag, capsys):
    assert main(["tune", *flag, *SMALL, "policy=streak", "space.n=choice(2,4)", "space.ready=interval(0,.5)"]) == 0
    (folder,) = Path("results/tuning/Tiny-v0").glob("[!.]*")  # beside it lies its lock
    (made,) = [json.loads((folder / "tuning.json").read_text())]
    assert {"n", "ready", "cap", "items"} <= set(made["trials"][0])
    assert folder.name.startswith("streak~")  # another space, another folder
    space = yaml.safe_load((folder / "config.yaml").read_text())["policy"]["tune"]["space"]
    assert (space["n"], space["ready"]) == ([2, 4], {"low": 0.0, "high": 0.5})
    assert space["cap"] == [0, 6, 10, 15]  # as the file has it
    assert "best settings: policy=" in capsys.readouterr().out


def test_list_says_from_where_to_where_a_range_goes(capsys):
    Path("own/policy").mkdir(parents=True)
    space = {
        "cap": {"low": 0, "high": 40, "whole": True},
        "threshold": {"low": 0.1, "high": 0.9, "log": True},
        "ready": [0.0, 0.5],
    }
    spec = {"_target_": "zpdgym.agents.Mastery", "threshold": 0.9, "tune": {"space": space}}
    Path("own/policy/mine.yaml").write_text(f"# Mine.\n{yaml.safe_dump(spec)}")
    assert main(["list", "policy", "mine", "--config-dir", "own"]) == 0
    said = capsys.readouterr().out
    for words in ("whole numbers from 0 to 40", "by ratios from 0.1 to 0.9", "0, 0.5"):
        assert words in said


def test_null_takes_a_parameter_out_of_the_search(capsys):
    assert main(["tune", *SMALL, "policy=streak", "space.n=null", "space.ready=null", "--cfg", "job"]) == 0
    policy = yaml.safe_load(capsys.readouterr().out)["policy"]
    assert list(policy["tune"]["space"]) == ["cap", "items"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["policy=streak", "space.n=interval(1,6)"], "n=2.25 must be a whole number"),
        (["policy=streak", "space.n=int(interval(0,6))"], r"n=0 must be a whole number in \[1, 10\]"),
        (["policy=streak", "space.n=3"], "space.n=3 must be a list of values to try, or a range"),
        (["policy=streak", "space.m=1,2"], "m"),
        (["policy=streak", "space=abc"], "space=abc: write space.PARAMETER=VALUES"),
        (["policy=streak", "lessons=100"], "lessons=100: policy streak does not learn"),
        (["policy=linear"], r"policy linear has nothing to tune: say what may vary, space\.<parameter>=…"),
        (["policy=ppo_scorer"], "policy ppo_scorer has nothing to tune: .*--help behind the policy lists"),
        (["policy=ppo_scorer", "space.gamma=tag(log,interval(0,1))"], "low=0.0 must be above 0 where log is true"),
        (["policy=ppo_scorer", "space.gamma=interval(.9,1.1)"], "gamma=1.05 must be a number in"),
        (["policy=ppo_scorer", "space.lerning_rate=.1,.2"], "lerning_rate"),
        (["policy=ppo_scorer", "space.gamma=.9,.99", "lessons=0"], r"lessons=0 must be a whole number in \[1"),
    ],
)
def test_a_mistake_is_one_line_and_nothing_is_written(arguments, says, capsys):
    assert main(["tune", *SMALL, *arguments]) == 2
    said = capsys.readouterr()
    assert (said.out, said.err.count("\n")) == ("", 1)
    assert re.search(says, said.err)
    assert not list(Path().glob("results/tuning/*/*/tuning.json"))
