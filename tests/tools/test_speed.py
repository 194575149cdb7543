"""The page on speed: ratios are of one run, and those to the plain environment of the same world."""

import json

import pytest

from benchmarks.speed import figures_page, places


def test_ratios_are_before_to_after_and_to_the_plain_environment_of_the_same_world():
    found = {
        "before": {"bkt: plain": 20000.0, "bkt: 64": 400.0, "band: plain": 30000.0, "band: 64": 600.0, "teach": 900.0},
        "after": {"bkt: plain": 21000.0, "bkt: 64": 200.0, "band: plain": 30000.0, "band: 64": 500.0, "teach": 450.0},
    }
    assert figures_page.table(found)[1::2] == [
        "| bkt: 64 | 400 ns | 200 ns | 2.00 | 50.0 to 105.0 |",
        "| band: 64 | 600 ns | 500 ns | 1.20 | 50.0 to 60.0 |",
    ]
    assert figures_page.table(found)[-1] == "| teach | 900 ns | 450 ns | 2.00 |  |"


@pytest.mark.slow
def test_a_copy_of_this_checkout_runs_by_itself(tmp_path):
    place = places.installed(places.ROOT, tmp_path / "copy")
    program = ["-c", "import json, zpdgym; print(json.dumps([zpdgym.__file__, zpdgym.list_scenarios()]))"]
    where, scenarios = json.loads(places.run(place, tmp_path / "kernels", program))
    assert where.startswith(str(place))
    assert "Tiny-v0" in scenarios
