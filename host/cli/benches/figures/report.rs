//! Files of results: the measured JSON, plots of it, and the pages that show it.

use super::figure::{Figure, Growth, Measured};
use super::machine::{Machine, Since};
use super::soak::Soak;
use super::{plot, table};
use anyhow::Context as _;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// All that was measured in one run.
#[derive(Debug, Serialize, Deserialize)]
pub struct Report {
    /// Of this crate.
    pub version: String,
    /// When it ended.
    pub date: String,
    /// How long it took, in seconds.
    pub seconds: f64,
    /// Of each thing.
    pub rounds: usize,
    /// On what.
    pub machine: Machine,
    /// Rows of the table.
    pub figures: Vec<Figure>,
    /// Plots.
    pub growth: Vec<Growth>,
    /// What could not be measured, and why.
    pub skipped: Vec<String>,
}

impl Report {
    /// Of what was measured since then.
    pub fn new(measured: Measured, rounds: usize, since: Since, seconds: f64) -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            date: now(),
            seconds,
            rounds,
            machine: Machine::observed(since),
            figures: measured.figures,
            growth: measured.growth,
            skipped: measured.skipped,
        }
    }
}

/// The day and time, in UTC.
pub fn now() -> String {
    jiff::Timestamp::now()
        .strftime("%Y-%m-%d %H:%M")
        .to_string()
}

/// Where results lie.
pub fn results(name: &str) -> PathBuf {
    here("results").join(name)
}

fn here(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("benches")
        .join(name)
}

/// Writes results.
///
/// # Errors
/// If the file cannot be written.
pub fn write(file: &Path, results: &impl Serialize) -> anyhow::Result<()> {
    let text = serde_json::to_string_pretty(results)? + "\n";
    fs::write(file, text).with_context(|| file.display().to_string())
}

/// Results, if there are any of that name.
fn read<T: DeserializeOwned>(name: &str) -> anyhow::Result<Option<T>> {
    let file = results(name);
    if !file.exists() {
        return Ok(None);
    }
    let of = || file.display().to_string();
    let text = fs::read_to_string(&file).with_context(of)?;
    serde_json::from_str(&text).map(Some).with_context(of)
}

/// Draws the results that are there, and puts them into the pages that show them.
///
/// # Errors
/// If a file cannot be read or written.
pub fn show() -> anyhow::Result<()> {
    if let Some(report) = read::<Report>("figures.json")? {
        plot::shares(&results("figures.svg"), &report.figures)?;
        plot::growth(&results("growth.svg"), &report.growth)?;
        let table = table::markdown(&report.figures);
        let (date, machine) = (&report.date, said_of(&report.machine));
        let text = format!(
            "{table}\n{date} UTC, {} rounds, {machine}.\n",
            report.rounds
        );
        put(&here("../../../docs/figures.md"), "figures", &text)?;
        let few = table::markdown(&table::of_the_readme(&report.figures));
        put(&here("../../../README.md"), "figures", &few)?;
    }
    if let Some(soak) = read::<Soak>("soak.json")? {
        plot::growth(&results("soak.svg"), std::slice::from_ref(&soak.memory))?;
        put(&here("README.md"), "soak", &soaked(&soak))?;
    }
    Ok(())
}

fn said_of(machine: &Machine) -> String {
    let percent = |share: f64| format!("{:.0} %", share * 100.0);
    format!(
        "{} cores ({}, with{} SHA instructions), {:.0} GiB, Linux {}; load at the start {:.2}; meanwhile others took {} of the processors and the hypervisor {}",
        machine.cores,
        machine.processor,
        if machine.sha_instructions { "" } else { "out" },
        machine.memory as f64 / 1024.0,
        machine.kernel,
        machine.load_at_start,
        percent(machine.others),
        percent(machine.stolen),
    )
}

/// What a soak came to.
pub fn soaked(soak: &Soak) -> String {
    let mut out = String::from("| | |\n|---|---|\n");
    let number = |count: usize| table::number(count as f64);
    for (name, value) in [
        ("length", format!("{} min", soak.minutes)),
        (
            "events",
            format!(
                "{}, {} a second, of {} that are possible",
                number(soak.events),
                table::number(soak.rate),
                table::number(soak.possible)
            ),
        ),
        (
            "answers by the server's log",
            format!(
                "{} of 200, {} of 503",
                number(soak.answered.0),
                number(soak.answered.1)
            ),
        ),
        ("delivered", number(soak.delivered)),
        ("lost", number(soak.lost)),
        ("settled twice", number(soak.doubled)),
        ("most attempts for one", soak.most_attempts.to_string()),
        (
            "from event to delivery, with its retries",
            format!(
                "{} ms at the median, {} ms at the 99th percentile",
                number(soak.elapsed.0),
                number(soak.elapsed.1)
            ),
        ),
        (
            "processor",
            format!("{} cores", table::number(soak.processor)),
        ),
        (
            "memory, in the second tenth of the time and in the last",
            format!(
                "{} MB, {} MB",
                table::number(soak.resident.0),
                table::number(soak.resident.1)
            ),
        ),
    ] {
        let _ = writeln!(out, "| {name} | {value} |");
    }
    let _ = writeln!(out, "\n{} UTC, {}.", soak.date, said_of(&soak.machine));
    out
}

/// Puts a text between the two comments of that name.
fn put(file: &Path, name: &str, text: &str) -> anyhow::Result<()> {
    let of = || file.display().to_string();
    let page = fs::read_to_string(file).with_context(of)?;
    let (start, end) = (
        format!("<!-- {name} -->\n"),
        format!("<!-- end of {name} -->"),
    );
    let parts = page.split_once(&start).and_then(|(before, rest)| {
        let (_, after) = rest.split_once(&end)?;
        Some((before, after))
    });
    let (before, after) = parts.with_context(|| format!("{}: no {start:?}", of()))?;
    fs::write(file, format!("{before}{start}{text}{end}{after}")).with_context(of)
}
