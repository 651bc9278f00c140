//! Tables that are read on a telephone too: there each row is a block, with the name of its
//! column before each cell.

use maud::{Markup, html};

/// A table: its caption, its columns, and rows of as many cells. The first cell names its row.
pub fn table(caption: &str, columns: &[&str], rows: &[Vec<Markup>]) -> Markup {
    // Blocks have no roles of their own.
    html! {
        table role="table" {
            caption { (caption) }
            thead role="rowgroup" {
                tr role="row" {
                    @for column in columns {
                        th role="columnheader" scope="col" { (column) }
                    }
                }
            }
            tbody role="rowgroup" {
                @for row in rows {
                    tr role="row" {
                        @for (nth, (cell, column)) in row.iter().zip(columns).enumerate() {
                            @if nth == 0 {
                                th role="rowheader" scope="row" data-label=(column) { div { (cell) } }
                            } @else {
                                td role="cell" data-label=(column) { div { (cell) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Terms and what they are.
pub fn facts(facts: &[(&str, Markup)]) -> Markup {
    html! {
        dl {
            @for (term, fact) in facts {
                div { dt { (term) } dd { (fact) } }
            }
        }
    }
}

/// How something is: a word, with a sign beside it and a colour that say the same.
pub fn badge(mood: Mood, word: &str) -> Markup {
    let (class, sign) = match mood {
        Mood::Good => ("good", "✓"),
        Mood::Bad => ("bad", "✕"),
        Mood::Odd => ("odd", "!"),
        Mood::Plain => ("plain", "·"),
    };
    html! { span class={ "badge " (class) } { span aria-hidden="true" { (sign) } " " (word) } }
}

/// How good something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    /// As it should be.
    Good,
    /// Failed.
    Bad,
    /// To be looked at.
    Odd,
    /// Neither.
    Plain,
}
