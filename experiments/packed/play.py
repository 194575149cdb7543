"""The page of a packed tutor on which somebody is the pupil: one file that opens without a server."""

from __future__ import annotations

import base64
import hashlib

from ..figures.markup import Markup, join, tag
from .bundle import SOURCES, script
from .contents import About

__all__ = ["play_page"]

CSS = """
:root{color-scheme:light dark;--line:#8888;--soft:#5a5a5a;--mark:#0072b2}
@media(prefers-color-scheme:dark){:root{--soft:#b5b5b5;--mark:#6cb8e6}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:64rem;padding:0 1rem 3rem;font:1rem/1.5 system-ui,sans-serif}
h1{font-size:1.4rem;margin:1rem 0 .4rem}
h2{font-size:1.1rem;margin:1.2rem 0 .4rem}
h1,h2,p,li,th{overflow-wrap:anywhere}
.caution{border:2px solid #d55e00;border-radius:.4rem;padding:.4rem .8rem;margin:.4rem 0;position:sticky;top:.3rem;
 background:Canvas;z-index:1}
main{display:grid;gap:0 2rem;margin-top:1rem}
@media(min-width:46rem){main{grid-template:"now map" auto "past map" 1fr/1fr 1fr}
 .now{grid-area:now}.map{grid-area:map}.past{grid-area:past}}
.card{border:2px solid var(--mark);border-radius:.5rem;padding:.2rem 1rem .8rem}
.card p:first-of-type{color:var(--soft);margin:.2rem 0}
#answers{display:flex;flex-wrap:wrap;gap:.5rem;margin:.8rem 0 .2rem}
button{font:inherit;min-height:2.75rem;padding:.3rem .8rem;border:2px solid var(--line);border-radius:.4rem;
 cursor:pointer}
button:focus-visible,summary:focus-visible{outline:3px solid var(--mark);outline-offset:2px}
kbd{border:1px solid var(--line);border-radius:.2rem;padding:0 .3rem;font-size:.8em}
table{border-collapse:collapse;width:100%}
th,td{text-align:start;font-weight:400;padding:.25rem .4rem;border-bottom:1px solid var(--line);vertical-align:middle}
th{width:40%}
tr[aria-current] th,tr[aria-current] td{font-weight:700}
tr[aria-current]{outline:2px solid var(--mark)}
progress{width:100%;min-width:4rem;height:1rem;accent-color:var(--mark)}
ol,ul{padding-inline-start:1.3rem;margin:.3rem 0}
ol{padding-inline-start:3rem;max-height:16rem;overflow-y:auto}
#clock{color:var(--soft)}
@media print{.caution{position:static}#answers{display:none}ol{max-height:none}}
"""
PACKED = "packed"
"""Where the page holds the tutor's data."""
NAMES_ONLY = "The items' texts are not here, only their names: imagine the question, and say how it went."


def play_page(packed: str, about: About) -> str:
    """The whole page, which fetches nothing and lets nothing run but its own script.

    Args:
        packed: the text of ``tutor.json``.
        about: what that is.
    """
    title = f"Be the pupil: {about.course}"
    program = f"\n{script(SOURCES / 'play.js')}"
    policy = "; ".join(
        ("default-src 'none'", f"script-src {_hash(program)}", f"style-src {_hash(CSS)}", "img-src data:")
    )
    head = join(
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", http_equiv="Content-Security-Policy", content=policy),
        tag("link", rel="icon", href="data:,"),
        tag("title", title),
        tag("style", Markup(CSS)),
    )
    body = join(
        tag("header", tag("h1", title), tag("p", NAMES_ONLY)),
        _caution(about),
        tag("main", _now(), _map(about), _past()),
        # no "<" can end the element before its time
        tag("script", Markup(packed.replace("<", "\\u003c")), type="application/json", id=PACKED),
        tag("script", Markup(program), type="module"),
    )
    return f"<!DOCTYPE html>\n{tag('html', tag('head', head), tag('body', body), lang='en')}\n"


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _caution(about: About) -> Markup:
    words = (
        f"This tutor ({about.policy}) was made with simulated students and was not validated with pupils. "
        "What you answer stays on this page and is gone with it; nothing is sent."
    )
    return tag("p", words, class_="caution", role="note")


def _now() -> Markup:
    return tag(
        "section",
        tag("p", "The tutor shows you:"),
        tag("h2", "This page needs JavaScript: the tutor runs in it.", id="item", dir="auto"),
        tag("p", "", id="about", dir="auto"),
        tag("div", "", id="answers", role="group", aria_label="What happens"),
        tag("details", tag("summary", "Why this?"), tag("ul", "", id="why"), open=""),
        class_="card now", aria_live="polite", aria_label="The item now",
    )  # fmt: skip


def _past() -> Markup:
    return tag(
        "section", tag("h2", "So far"), tag("p", "", id="clock"), tag("ol", "", id="past", reversed="", tabindex=0),
        class_="past", aria_label="The lessons so far",
    )  # fmt: skip


def _map(about: About) -> Markup:
    head = tag("tr", tag("th", "skill", scope="col"), tag("th", "believed known", scope="col", colspan=2))
    table = tag("table", tag("thead", head), tag("tbody", "", id="skills"))
    return tag(
        "section", tag("h2", f"What the tutor believes of your {about.skills} skills"), table,
        class_="map", aria_label="What the tutor believes",
    )  # fmt: skip
