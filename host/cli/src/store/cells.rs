//! Deliveries and decisions as rows of a table.

use crate::columns::printable;
use crate::store::{records, times};
use rules::sanitize::sanitize;
use servo_webhooks_store::{AnswerRecord, DecisionRecord, DeliveryRecord};

/// The last column is cut to what is left beside the others, unless that is less.
const NARROWEST: usize = 24;

/// A delivery.
pub fn delivery(record: &DeliveryRecord) -> Vec<String> {
    let replayed = match record.replays {
        0 => String::new(),
        replays => format!(", replay {replays}"),
    };
    let status = record
        .status
        .map_or_else(|| "-".to_owned(), |it| it.to_string());
    vec![
        times::short(record.accepted),
        record.state.name().to_owned(),
        name(&record.webhook),
        name(&record.event),
        format!("{}{replayed}", record.attempts),
        status,
        record.id.to_string(),
        record.error.as_deref().map(sanitize).unwrap_or_default(),
    ]
}

/// A decision.
pub fn decision(record: &DecisionRecord) -> Vec<String> {
    let answers: Vec<String> = record.answers.iter().map(answer).collect();
    vec![
        times::short(record.at),
        outcome(record).to_owned(),
        name(&record.event),
        name(&record.event_id),
        times::span(record.elapsed),
        answers.join("\n"),
    ]
}

/// What a decision came to: one that went on without an answer says so.
pub fn outcome(record: &DecisionRecord) -> &'static str {
    match (record.cancelled, record.failed_open) {
        (false, true) => "failed open",
        _ => records::outcome(record),
    }
}

/// What one webhook said before an event.
pub fn answer(answer: &AnswerRecord) -> String {
    let mut text = format!("{}: {}", name(&answer.webhook), result(answer));
    if let Some(error) = &answer.error {
        text.push_str(": ");
        text.push_str(&sanitize(error));
    }
    text
}

/// What it came to, in words.
pub fn result(answer: &AnswerRecord) -> String {
    let open = if answer.failed_open {
        ", failed open"
    } else {
        ""
    };
    format!("{}{open}", name(&answer.result).replace('_', " "))
}

/// A name on one line.
pub fn name(text: &str) -> String {
    printable(&sanitize(text))
}

/// Cuts the last column, so that the others stay a table.
pub fn fit(names: &[&str], rows: &mut [Vec<String>], width: Option<usize>) {
    let (Some(width), Some(last)) = (width, names.len().checked_sub(1)) else {
        return;
    };
    let widest = |column: usize| {
        let cells = rows
            .iter()
            .map(|row| row.get(column).map_or("", String::as_str));
        let cells = cells.chain([names.get(column).copied().unwrap_or_default()]);
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0) + 2
    };
    let others: usize = (0..last).map(widest).sum();
    let room = width.saturating_sub(others + 2);
    if room < NARROWEST {
        return;
    }
    for cell in rows.iter_mut().filter_map(|row| row.get_mut(last)) {
        let lines = cell.lines().map(|line| cut(line, room));
        *cell = lines.collect::<Vec<_>>().join("\n");
    }
}

fn cut(line: &str, room: usize) -> String {
    if line.chars().count() <= room {
        return line.to_owned();
    }
    let mut cut: String = line.chars().take(room.saturating_sub(1)).collect();
    cut.push('…');
    cut
}

/// A row as one line, its columns as wide as those of other lines.
pub fn line(cells: &[String], widths: &[usize]) -> String {
    let padded = cells.iter().zip(widths);
    let padded = padded.map(|(cell, width)| format!("{:<width$}", cell.replace('\n', "; ")));
    let line = padded.collect::<Vec<_>>().join("  ");
    format!("{}\n", line.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_column_is_cut_where_there_is_some_room() {
        let row = || vec![vec!["a".to_owned(), "x".repeat(100)]];
        for (width, expected) in [(None, 100), (Some(40), 35), (Some(20), 100)] {
            let mut rows = row();
            fit(&["A", "ERROR"], &mut rows, width);
            assert_eq!(rows[0][1].chars().count(), expected, "{width:?}");
        }
    }

    #[test]
    fn a_row_is_one_line() {
        let cells = ["a", "b\nc", ""].map(str::to_owned);
        assert_eq!(line(&cells, &[3, 0, 4]), "a    b; c\n");
    }
}
