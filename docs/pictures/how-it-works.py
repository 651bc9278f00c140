"""Draws how-it-works.svg beside it; with --check it only compares. Needs Python 3.9 and nothing else."""

import pathlib
import sys

FILE = pathlib.Path(__file__).with_suffix(".svg")

# Light first; a dark page replaces these by the same names.
STYLE = """
text { font: 14px system-ui, sans-serif; fill: #1f2328 }
.small { font-size: 12px; fill: #59636e }
.bold { font-weight: 600 }
rect { fill: #f6f8fa; stroke: #8c959f }
.sandbox { fill: #ddf4ff; stroke: #0969da; stroke-dasharray: 5 3 }
path { fill: none; stroke: #59636e; stroke-width: 1.5 }
.tip { fill: #59636e; stroke: none }
.veto path { stroke: #bc4c00 }
.veto .tip, .veto text { fill: #bc4c00 }
@media (prefers-color-scheme: dark) {
  text { fill: #f0f6fc }
  .small { fill: #9198a1 }
  rect { fill: #151b23; stroke: #656c76 }
  .sandbox { fill: #121d2f; stroke: #4493f8 }
  path { stroke: #9198a1 }
  .tip { fill: #9198a1 }
  .veto path { stroke: #f0883e }
  .veto .tip, .veto text { fill: #f0883e }
}
"""

DECIDES = [
    "WebAssembly, imports nothing:",
    "who is concerned, body,",
    "signature, what an answer",
    "means, when to try again",
]


def box(x, y, width, height, title, lines, kind="", middle=True):
    """A box with a title and lines of small text below it."""
    out = [f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="8" class="{kind}"/>']
    center, top = x + width / 2, y + 24
    if middle:
        top = y + height / 2 - 9 * len(lines) + 5
    out.append(f'<text x="{center:g}" y="{top:g}" text-anchor="middle" class="bold">{title}</text>')
    for number, line in enumerate(lines, 1):
        out.append(f'<text x="{center:g}" y="{top + 18 * number:g}" text-anchor="middle" class="small">{line}</text>')
    return out


def arrow(x, y, to, text, kind=""):
    """A level arrow with its text above."""
    center, back = (x + to) / 2, 8 if to < x else -8
    return [
        f'<g class="{kind}">',
        f'<path d="M{x} {y}H{to + back / 2:g}"/><path d="M{to} {y}l{back} -4v8z" class="tip"/>',
        f'<text x="{center:g}" y="{y - 6}" text-anchor="middle" class="small">{text}</text>',
        "</g>",
    ]


def picture():
    width, height = 800, 250
    parts = [
        *box(10, 60, 130, 150, "Servo", ["measures", "and adjusts"]),
        *box(270, 20, 260, 220, "servo-webhooks", ["queue, timers, HTTP, address rules"], middle=False),
        *box(295, 80, 210, 135, "Connector", DECIDES, "sandbox"),
        *box(660, 60, 130, 150, "Responder", ["any HTTP server"]),
        *arrow(140, 95, 268, "before:adjust"),
        *arrow(530, 95, 658, "signed POST"),
        *arrow(660, 135, 532, "200, or a veto", "veto"),
        *arrow(270, 135, 142, "go on, or cancel", "veto"),
        *arrow(140, 185, 268, "after:measure"),
        *arrow(530, 185, 658, "POST, retried"),
    ]
    title = "A servo hands its events to servo-webhooks, which sends signed requests to responders and returns vetoes."
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img">'
    return "\n".join([head, f"<title>{title}</title>", f"<style>{STYLE}</style>", *parts, "</svg>"]) + "\n"


def main():
    drawn = picture()
    if "--check" not in sys.argv[1:]:
        FILE.write_text(drawn, encoding="utf-8")
        return 0
    if FILE.exists() and FILE.read_text(encoding="utf-8") == drawn:
        return 0
    print(f"docs/pictures/{FILE.name} is stale: run python3 docs/pictures/{pathlib.Path(__file__).name}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
