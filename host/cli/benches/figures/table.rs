//! The table: for a terminal, and for a page.

use super::figure::{Bound, Figure, Goal, Of};
use comfy_table::presets::ASCII_MARKDOWN;
use comfy_table::{CellAlignment, Table};
use std::fmt::Write as _;

const HEADERS: [&str; 5] = ["figure", "goal", "ours", "baseline", "ratio"];

/// As it is shown on a terminal.
pub fn text(figures: &[Figure]) -> String {
    let mut table = Table::new();
    table.load_preset(ASCII_MARKDOWN).set_header(HEADERS);
    table.add_rows(figures.iter().map(cells));
    for index in [2, 4] {
        if let Some(column) = table.column_mut(index) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.to_string()
}

/// As Markdown. What misses its goal is bold.
pub fn markdown(figures: &[Figure]) -> String {
    let mut out = format!("| {} |\n|---|---|---|---|---|\n", HEADERS.join(" | "));
    for figure in figures {
        let [name, goal, mut ours, baseline, mut ratio] = cells(figure);
        if figure.share().is_some_and(|share| share > 1.0) {
            let judged = if figure.is_judged_by_ratio() {
                &mut ratio
            } else {
                &mut ours
            };
            *judged = format!("**{judged}**");
        }
        let _ = writeln!(out, "| {name} | {goal} | {ours} | {baseline} | {ratio} |");
    }
    out
}

/// The rows that the README shows: figures with the baselines that they are beside.
const README: [(&str, &str); 5] = [
    ("deliveries, fresh", "the original's way"),
    ("processor of a delivery, fresh", "the original's way"),
    ("added before an event, median", "bare round trip"),
    ("start to the first delivery on the wire", "`true`"),
    (
        "memory at rest after 100,000 deliveries, fresh",
        "bare hyper",
    ),
];

/// Those of them that were measured.
pub fn of_the_readme(figures: &[Figure]) -> Vec<Figure> {
    let shown = |figure: &&Figure| {
        let baseline = figure.baseline.as_ref().map_or("", |one| one.name.as_str());
        README.contains(&(figure.name.as_str(), baseline))
    };
    figures.iter().filter(shown).cloned().collect()
}

fn cells(figure: &Figure) -> [String; 5] {
    let unit = &figure.unit;
    let baseline = figure.baseline.as_ref();
    [
        figure.name.clone(),
        figure.goal.map_or(String::new(), |goal| says(goal, unit)),
        with_unit(figure.ours.median, unit),
        baseline.map_or(String::new(), |baseline| {
            let value = with_unit(baseline.value.median, unit);
            format!("{}: {value}", baseline.name)
        }),
        figure.ratio.map_or(String::new(), number),
    ]
}

fn says(goal: Goal, unit: &str) -> String {
    let bound = match goal.bound {
        Bound::AtMost => "≤",
        Bound::AtLeast => "≥",
    };
    match goal.of {
        Of::Value => format!("{bound} {}", with_unit(goal.value, unit)),
        Of::Ratio => format!("{bound} {} times", plain(goal.value)),
    }
}

/// A value in its unit.
pub fn with_unit(value: f64, unit: &str) -> String {
    let number = number(value);
    if unit.is_empty() {
        number
    } else {
        format!("{number} {unit}")
    }
}

/// Three digits that say something, with commas between thousands.
pub fn number(value: f64) -> String {
    let size = value.abs();
    if size >= 99.95 {
        return thousands(value);
    }
    let digits = match size {
        10.0.. => 1,
        0.1.. => 2,
        0.0 => 0,
        _ => 3,
    };
    format!("{value:.digits$}")
}

/// As it was written.
fn plain(value: f64) -> String {
    format!("{value}")
}

fn thousands(value: f64) -> String {
    let digits = format!("{value:.0}");
    let (sign, digits) = match digits.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", digits.as_str()),
    };
    let mut out = String::from(sign);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
