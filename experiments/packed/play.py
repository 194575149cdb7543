"""The page of a packed tutor on which somebody is the pupil: one file that opens without a server."""

from __future__ import annotations

import base64
import hashlib

from ..figures.markup import Markup, join, tag
from .bundle import SOURCES, script
from .contents import About

__all__ = ["play_page"]

PUPIL = """
.pupil-head{font-size:1.1rem;margin:1rem 0 .4rem}
.pupil p,.pupil li,.pupil th{overflow-wrap:anywhere}
.pupil{display:grid;gap:0 2rem}
.pupil>p{margin:.2rem 0 .8rem}
@media(min-width:46rem){.pupil{grid-template:"about about" auto "now map" auto "past map" 1fr/1fr 1fr}
 .pupil>p{grid-area:about}.pupil-now{grid-area:now}.pupil-map{grid-area:map}.pupil-past{grid-area:past}}
.pupil-now{border:2px solid var(--mark);border-radius:.5rem;padding:.2rem 1rem .8rem}
.pupil-now .pupil-head{margin:.2rem 0}
.pupil-now p{color:var(--soft);margin:.2rem 0}
.pupil-answers{display:flex;flex-wrap:wrap;gap:.5rem;margin:.8rem 0 .2rem}
.pupil button{font:inherit;min-height:2.75rem;padding:.3rem .8rem;border:2px solid var(--line);border-radius:.4rem;
 cursor:pointer}
.pupil button:focus-visible,.pupil summary:focus-visible{outline:3px solid var(--mark);outline-offset:2px}
.pupil kbd{border:1px solid var(--line);border-radius:.2rem;padding:0 .3rem;font-size:.8em}
.pupil table{border-collapse:collapse;width:100%;font-size:1rem}
.pupil th,.pupil td{text-align:start;font-weight:400;padding:.25rem .4rem;border-bottom:1px solid var(--line);
 vertical-align:middle;min-width:0}
.pupil th{width:40%}
.pupil tr[aria-current] th,.pupil tr[aria-current] td{font-weight:700}
.pupil tr[aria-current]{outline:2px solid var(--mark)}
.pupil progress{width:100%;min-width:4rem;height:1rem;accent-color:var(--mark)}
.pupil ol,.pupil ul{padding-inline-start:1.3rem;margin:.3rem 0}
.pupil ol{padding-inline-start:3rem;max-height:16rem;overflow-y:auto}
.pupil-clock{color:var(--soft)}
@media print{.pupil-answers{display:none}.pupil ol{max-height:none}}
"""
"""The look of the part in which somebody is the pupil; ``--mark``, ``--soft`` and ``--line`` are the page's colours."""
CSS = f"""
:root{{color-scheme:light dark;--line:#8888;--soft:#5a5a5a;--mark:#0072b2}}
@media(prefers-color-scheme:dark){{:root{{--soft:#b5b5b5;--mark:#6cb8e6}}}}
*{{box-sizing:border-box}}
body{{margin:0 auto;max-width:64rem;padding:0 1rem 3rem;font:1rem/1.5 system-ui,sans-serif;
 background:Canvas;color:CanvasText}}
h1{{font-size:1.4rem;margin:1rem 0 .4rem;overflow-wrap:anywhere}}
.caution{{border:2px solid #d55e00;border-radius:.4rem;padding:.4rem .8rem;margin:.4rem 0;position:sticky;top:.3rem;
 background:Canvas;z-index:1}}
main{{margin-top:1rem}}
@media print{{.caution{{position:static}}}}
{PUPIL}"""
PACKED = "packed"
"""Where the page holds the tutor's data."""
NEEDS_SCRIPT = "This page needs JavaScript: the tutor runs in it."


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
        tag("header", tag("h1", title)),
        tag("main", _caution(about), tag("div", tag("p", NEEDS_SCRIPT), id="pupil")),
        # no "<" can end the element before its time
        tag("script", Markup(packed.replace("<", "\\u003c")), type="application/json", id=PACKED),
        tag("script", Markup(program), type="module"),
    )
    return f"<!DOCTYPE html>\n{tag('html', tag('head', head), tag('body', body), lang='en')}\n"


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _caution(about: About) -> Markup:
    words = f"This tutor ({about.policy}) was made with simulated students and was not validated with pupils."
    return tag("p", words, class_="caution", role="note")
