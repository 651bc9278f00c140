"""Draws comparison.svg beside it from the measured figures; with --check it only compares.

Deliveries a second, on a logarithmic scale. Needs Python 3.9 and nothing else.
"""

import json
import math
import pathlib
import sys

HERE = pathlib.Path(__file__).parent
FILE = pathlib.Path(__file__).with_suffix(".svg")
FIGURES = next(HERE.parent.parent.glob("host/*/benches/results/figures.json"))

# A limit of the hosted service's plan, not a measurement: "800 messages / second" of the plan Professional at
# https://www.svix.com/pricing/, as read in September 2026.
SVIX = 800.0

STYLE = """
text { font: 13px system-ui, sans-serif; fill: #1f2328 }
.small { font-size: 12px; fill: #59636e }
rect { fill: #8c959f }
.ours { fill: #0969da }
.published { fill: none; stroke: #8c959f; stroke-dasharray: 4 3 }
line { stroke: #d1d9e0 }
@media (prefers-color-scheme: dark) {
  text { fill: #f0f6fc }
  .small { fill: #9198a1 }
  rect { fill: #656c76 }
  .ours { fill: #4493f8 }
  .published { fill: none; stroke: #9198a1 }
  line { stroke: #3d444d }
}
"""

LEFT, RIGHT, TOP, ROW = 250, 690, 30, 30
LEAST, MOST = 10.0, 100_000.0


def rows():
    """Names, deliveries a second and kinds of bar, slowest first."""
    figures = json.loads(FIGURES.read_text(encoding="utf-8"))["figures"]

    def ours(name):
        return next(figure["ours"]["median"] for figure in figures if figure["name"] == name)

    def baseline(name):
        found = (figure["baseline"] for figure in figures if figure["name"] == "deliveries, fresh" and figure["baseline"])
        return next(baseline["value"]["median"] for baseline in found if baseline["name"] == name)

    return [
        ("the original connector", baseline("the original's way"), "measured"),
        ("Svix, hosted: limit of a plan", SVIX, "published"),
        ("servo-webhooks", ours("deliveries, fresh"), "ours"),
        ("a bare HTTP client in Rust", baseline("bare hyper"), "measured"),
    ]


def at(value):
    share = math.log10(value / LEAST) / math.log10(MOST / LEAST)
    return round(LEFT + share * (RIGHT - LEFT), 1)


def said(value):
    """Three digits, with commas between thousands."""
    places = 2 - math.floor(math.log10(value))
    return f"{round(value, places):,.{max(places, 0)}f}"


def picture():
    bars = rows()
    bottom = TOP + ROW * len(bars)
    width, height = RIGHT + 80, bottom + 26
    title = "Deliveries a second: " + "; ".join(f"{name}, {said(value)}" for name, value, _ in bars)
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img">',
        f"<title>{title}</title>",
        f"<style>{STYLE}</style>",
        f'<text x="{LEFT}" y="18" class="small">deliveries a second, logarithmic; more is better</text>',
    ]
    for power in range(1, 6):
        x = at(10.0**power)
        out.append(f'<line x1="{x}" y1="{TOP}" x2="{x}" y2="{bottom}"/>')
        out.append(f'<text x="{x}" y="{bottom + 16}" text-anchor="middle" class="small">{10**power:,}</text>')
    for number, (name, value, kind) in enumerate(bars):
        y, end = TOP + ROW * number, at(value)
        out.append(f'<text x="{LEFT - 10}" y="{y + 19}" text-anchor="end">{name}</text>')
        out.append(f'<rect x="{LEFT}" y="{y + 5}" width="{end - LEFT:.1f}" height="{ROW - 10}" class="{kind}"/>')
        out.append(f'<text x="{end + 8}" y="{y + 19}">{said(value)}</text>')
    return "\n".join([*out, "</svg>"]) + "\n"


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
