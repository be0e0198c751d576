"""The drift of one column as a small bar: where it ends, next to where a warning begins."""

from __future__ import annotations

from html import escape

from demo.report.svg import box, line, picture
from demo.run_facts import psi_in_words

WIDTH, HEIGHT = 96.0, 12.0
MAJOR = 0.25
"""The middle of the bar for a column without a threshold."""


def psi_bar(psi: float, limit: float | None, *, judged: bool) -> str:
    """The bar with its number.

    The threshold `limit` is in the middle; what is more than twice as much fills the bar. A column
    that is not `judged` has too few values: its bar is pale, and the words say so.
    """
    scale = WIDTH / 2 / (limit or MAJOR)
    above = judged and limit is not None and psi > limit
    css = "flag" if above else "events" if judged else "pale"
    number = psi_in_words(psi)
    marks = [
        box(0, 0, WIDTH, HEIGHT, "ground"),
        box(0, 2, min(psi * scale, WIDTH), HEIGHT - 2, css),
    ]
    words = f"PSI {number}"
    if limit is not None:
        marks.append(line([(WIDTH / 2, 0), (WIDTH / 2, HEIGHT)], "limit"))
        words += f", {'above' if psi > limit else 'within'} the threshold {limit:g}"
    if not judged:
        words += ", of too few values to judge"
        number += " of few values"
    return f'<span class="psi">{picture(WIDTH, HEIGHT, words, marks)}{escape(number)}</span>'
