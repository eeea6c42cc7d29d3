"""Charts as inline SVG: bars with their figures beside them. Colours come from the style sheet by class, and
never tell anything that the words do not tell; every chart has its table on the page as well.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from markupsafe import Markup, escape

WIDTH = 360  # units; a phone shows about one a pixel
ROW = 40
BAR = 14
PLOT = 150  # height of the columns


@dataclass(frozen=True, slots=True)
class Series:
    """One colour of a stacked chart."""

    name: str
    values: tuple[int, ...]


def bars(id: str, title: str, rows: Sequence[tuple[str, int]]) -> Markup:
    """Horizontal bars, each with its label above it and its figure behind it."""
    most = max((value for _, value in rows), default=0) or 1
    parts = []
    for index, (label, value) in enumerate(rows):
        top, length = index * ROW, round((WIDTH - 60) * value / most)
        parts.append(Markup('<text x="0" y="{}" class="label">{}</text>').format(top + 13, label))
        parts.append(
            Markup('<rect x="0" y="{}" width="{}" height="{}" rx="2" class="bar c0"/>').format(
                top + 19, max(length, 1 if value else 0), BAR
            )
        )
        figure = Markup('<text x="{}" y="{}" class="figure">{}</text>')
        parts.append(figure.format(length + 6, top + 19 + BAR - 2, value))
    return _svg(id, title, len(rows) * ROW or ROW, parts)


def columns(id: str, title: str, labels: Sequence[str], series: Sequence[Series]) -> Markup:
    """Stacked columns over `labels`, with the sum above each."""
    sums = [sum(each.values[index] for each in series) for index in range(len(labels))]
    most, step = max(sums, default=0) or 1, WIDTH / max(len(labels), 1)
    parts = []
    for index, label in enumerate(labels):
        left, middle = index * step + step * 0.15, index * step + step / 2
        ends = list(accumulate(each.values[index] for each in series))
        for number, (each, end) in enumerate(zip(series, ends, strict=True)):
            height = PLOT * each.values[index] / most
            rect = Markup('<rect x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" class="bar c{}"/>')
            parts.append(rect.format(left, 20 + PLOT - PLOT * end / most, step * 0.7, height, number))
        text = Markup('<text x="{:.1f}" y="{}" class="{}" text-anchor="middle">{}</text>')
        if sums[index]:
            above = round(20 + PLOT - PLOT * sums[index] / most - 5)
            parts.append(text.format(middle, above, "figure", sums[index]))
        parts.append(text.format(middle, 20 + PLOT + 16, "label", label))
    return _svg(id, title, PLOT + 44, [*parts, *_legend(series, PLOT + 44)])


def _legend(series: Sequence[Series], top: int) -> list[Markup]:
    found, left = [], 0
    for number, each in enumerate(series):
        found.append(
            Markup('<rect x="{}" y="{}" width="12" height="12" class="bar c{}"/>').format(left, top, number)
        )
        found.append(
            Markup('<text x="{}" y="{}" class="label">{}</text>').format(left + 17, top + 11, each.name)
        )
        left += 30 + 14 * len(each.name)
    return found


def _svg(id: str, title: str, height: int, parts: Sequence[Markup]) -> Markup:
    head = Markup(
        '<svg class="chart" viewBox="0 0 {} {}" role="img" aria-labelledby="{}-title" focusable="false">'
        '<title id="{}-title">{}</title>'
    ).format(WIDTH, height + 18, id, id, escape(title))
    return head + Markup("").join(parts) + Markup("</svg>")
