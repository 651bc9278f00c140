//! The numbers as text: a table that fits into the width, the most important columns first.

use super::rows::{History, Row};
use super::sample::{Breaker, Sample, State};
use crate::color;
use crate::store::bytes;
use crate::units;
use rules::sanitize::{sanitize, seen};
use std::time::Duration;

/// Characters of a name.
const NAME: usize = 32;

/// Characters between two columns.
const GAP: usize = 2;

/// How a number is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tone {
    Plain,
    Watch,
    Bad,
}

type Cell = (String, Tone);

struct Column {
    title: &'static str,
    /// Columns of a higher number are left out first.
    rank: u8,
    cell: fn(&Row<'_>) -> Cell,
}

const COLUMNS: [Column; 12] = [
    column("WEBHOOK", 0, |row| (name(&row.webhook.name), Tone::Plain)),
    column("STATE", 5, state),
    column("BREAKER", 2, breaker),
    column("WAITING", 1, |row| {
        (whole(row.webhook.waiting), Tone::Plain)
    }),
    column("OLDEST", 6, |row| (span(row.webhook.oldest), Tone::Plain)),
    column("DELIVERED/S", 3, |row| {
        rate(row.rate(|more| more.delivered))
    }),
    column("FAILED", 4, |row| {
        grown(row.webhook.counts.failed, row.more.map(|more| more.failed))
    }),
    column("ASKED/S", 9, |row| rate(row.rate(|more| more.asked))),
    column("VETOED", 8, |row| {
        let (text, _) = grown(row.webhook.counts.vetoed, row.more.map(|more| more.vetoed));
        (text, Tone::Plain)
    }),
    column("FAILED OPEN", 7, |row| {
        let more = row.more.map(|more| more.failed_open);
        grown(row.webhook.counts.failed_open, more)
    }),
    column("P50", 11, |row| (seconds(row.median), Tone::Plain)),
    column("P95", 10, |row| (seconds(row.p95), Tone::Plain)),
];

const fn column(title: &'static str, rank: u8, cell: fn(&Row<'_>) -> Cell) -> Column {
    Column { title, rank, cell }
}

/// The lines of one picture, in a width and a height if there are any.
pub fn lines(
    title: &str,
    history: &History,
    width: Option<usize>,
    height: Option<usize>,
) -> Vec<String> {
    let mut lines = vec![color::bold(&clipped(title, width))];
    if let Some(sample) = history.last() {
        lines.extend(
            program(sample, history)
                .iter()
                .map(|line| clipped(line, width)),
        );
    }
    lines.push(String::new());
    let rows = history.rows();
    let room = height.map_or(usize::MAX, |height| height.saturating_sub(lines.len() + 1));
    let (shown, more) = if rows.len() > room {
        let shown = room.saturating_sub(1);
        (shown, rows.len() - shown)
    } else {
        (rows.len(), 0)
    };
    lines.extend(table(&rows[..shown], width));
    if more > 0 {
        lines.push(clipped(&format!("and {more} more"), width));
    }
    lines
}

/// What is known of the program as a whole.
fn program(sample: &Sample, history: &History) -> Vec<String> {
    let program = &sample.program;
    let mut events = Vec::new();
    if let Some(grown) = history.grown(|sample| sample.program.events) {
        events.push(format!("{} events/s", decimal(grown / history.seconds())));
    }
    let totals = [
        (program.cancelled, "cancelled"),
        (program.failed_open, "failed open"),
        (program.queue_full, "rejected: queue full"),
        (program.dead_letters, "dead letters"),
    ];
    let totals = totals.into_iter();
    events.extend(totals.filter_map(|(count, what)| Some(format!("{} {what}", whole(count?)))));
    let mut store = Vec::new();
    if let Some(size) = program.store_bytes {
        let limit = program
            .store_limit
            .map(|limit| format!(" of {}", size_of(limit)));
        store.push(format!(
            "store {}{}",
            size_of(size),
            limit.unwrap_or_default()
        ));
    }
    if program.store_accepting == Some(false) {
        store.push("the store accepts nothing".to_owned());
    }
    if program.reload_successful == Some(false) {
        store.push("the last reload was refused".to_owned());
    }
    let lines = [events, store].into_iter();
    let lines = lines.filter(|line| !line.is_empty());
    lines.map(|line| line.join("   ")).collect()
}

fn table(rows: &[Row<'_>], width: Option<usize>) -> Vec<String> {
    let cells: Vec<Vec<Cell>> = COLUMNS
        .iter()
        .map(|column| rows.iter().map(column.cell).collect())
        .collect();
    // What says nothing of anything is left out.
    let says = |place: &usize| {
        let nothing = |cell: &Cell| cell.0 == "-";
        *place == 0 || rows.is_empty() || !cells[*place].iter().all(nothing)
    };
    let mut kept: Vec<usize> = (0..COLUMNS.len()).filter(says).collect();
    let wide = |place: usize| {
        let cells = cells[place].iter().map(|cell| cell.0.chars().count());
        cells.chain([COLUMNS[place].title.len()]).max().unwrap_or(0)
    };
    let total = |kept: &[usize]| kept.iter().map(|place| wide(*place) + GAP).sum::<usize>();
    while width.is_some_and(|width| kept.len() > 1 && total(&kept) > width + GAP) {
        let last = kept
            .iter()
            .max_by_key(|place| COLUMNS[**place].rank)
            .copied();
        kept.retain(|place| Some(*place) != last);
    }
    let line = |text: &dyn Fn(usize) -> Cell| {
        let parts = kept.iter().map(|place| {
            let (text, tone) = text(*place);
            let pad = " ".repeat(wide(*place).saturating_sub(text.chars().count()));
            let text = toned(&text, tone);
            // Numbers end where others do.
            if *place < 3 { text + &pad } else { pad + &text }
        });
        parts.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    let mut lines = vec![color::bold(&line(&|place| {
        (COLUMNS[place].title.to_owned(), Tone::Plain)
    }))];
    lines.extend((0..rows.len()).map(|row| line(&|place| cells[place][row].clone())));
    lines
}

fn toned(text: &str, tone: Tone) -> String {
    match tone {
        Tone::Plain => text.to_owned(),
        Tone::Watch => color::warning(text),
        Tone::Bad => color::error(text),
    }
}

fn name(name: &str) -> String {
    let shown: String = sanitize(name).chars().map(seen).collect();
    clipped(&shown, Some(NAME))
}

fn clipped(text: &str, width: Option<usize>) -> String {
    let width = width.unwrap_or(usize::MAX);
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let short: String = text.chars().take(width.saturating_sub(1)).collect();
    short + "…"
}

fn state(row: &Row<'_>) -> Cell {
    match row.webhook.state {
        None => ("-".to_owned(), Tone::Plain),
        Some(State::On) => (State::On.word().to_owned(), Tone::Plain),
        Some(State::Paused) => (State::Paused.word().to_owned(), Tone::Watch),
        Some(State::Off) => (State::Off.word().to_owned(), Tone::Bad),
    }
}

fn breaker(row: &Row<'_>) -> Cell {
    match row.webhook.breaker {
        None => ("-".to_owned(), Tone::Plain),
        Some(Breaker::Closed) => (Breaker::Closed.word().to_owned(), Tone::Plain),
        Some(Breaker::Open) => (Breaker::Open.word().to_owned(), Tone::Bad),
        Some(Breaker::HalfOpen) => (Breaker::HalfOpen.word().to_owned(), Tone::Watch),
    }
}

/// `12`, and `12 (+3)` if it grew within the interval.
fn grown(count: f64, more: Option<f64>) -> Cell {
    match more {
        Some(more) if more > 0.0 => (format!("{} (+{})", whole(count), whole(more)), Tone::Bad),
        _ => (whole(count), Tone::Plain),
    }
}

fn rate(rate: Option<f64>) -> Cell {
    (rate.map_or_else(|| "-".to_owned(), decimal), Tone::Plain)
}

/// No more digits than anybody reads.
fn decimal(number: f64) -> String {
    match number {
        100.0.. => format!("{number:.0}"),
        _ => format!("{number:.1}"),
    }
}

fn whole(count: f64) -> String {
    format!("{count:.0}")
}

fn size_of(size: f64) -> String {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it saturates, and a size is not negative"
    )]
    bytes(size as u64)
}

fn span(time: Option<Duration>) -> String {
    time.map_or_else(|| "-".to_owned(), units::rough)
}

fn seconds(time: Option<f64>) -> String {
    let time = time.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    match time {
        Some(time) if time < Duration::from_millis(1) => "<1ms".to_owned(),
        time => span(time),
    }
}

#[cfg(test)]
mod tests;
