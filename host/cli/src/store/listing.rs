//! What a store has, as a table or as lines of JSON; with `--follow` also what comes next.

use crate::args::Listing;
use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::progress::Bar;
use crate::store::opening::failed;
use crate::store::{cells, follow};
use crate::{columns, json, notice, stdio, table};
use serde::Serialize;
use servo_webhooks_store::{Reader, StoreError, Watch};
use std::collections::HashMap;
use std::io::Write;

/// A record that is listed.
pub trait Listed: Clone + PartialEq {
    /// Which of them are meant.
    type Filter;
    /// How far they have been followed.
    type Place;
    /// What they are called.
    const NAME: &'static str;
    /// What a progress bar says.
    const LOOKING: &'static str;
    /// The columns of their table.
    const COLUMNS: &'static [&'static str];
    /// The widths of these in lines that come one after the other; what is wider is not cut.
    const WIDTHS: &'static [usize];

    /// Tells one from another.
    fn seq(&self) -> i64;

    /// As a row.
    fn cells(&self) -> Vec<String>;

    /// As JSON.
    fn to_json(&self) -> impl Serialize;

    /// The newest first.
    fn newest(
        reader: &Reader,
        filter: &Self::Filter,
        limit: usize,
        watch: Watch<'_>,
    ) -> Result<Vec<Self>, StoreError>;

    /// Follows from now on.
    fn follow(reader: &Reader, filter: &Self::Filter) -> Result<Self::Place, StoreError>;

    /// What is new or has changed, oldest first.
    fn changes(
        reader: &Reader,
        filter: &Self::Filter,
        place: &mut Self::Place,
    ) -> Result<Vec<Self>, StoreError>;
}

/// Lists what a filter means.
pub fn run<T: Listed>(
    listing: &Listing,
    reader: &Reader,
    filter: &T::Filter,
) -> Result<Exit, Failure> {
    if listing.follow {
        return followed::<T>(listing, reader, filter);
    }
    let (found, more) = newest::<T>(reader, filter, listing.limit)?;
    let mut out = stdio::output();
    if listing.json {
        for record in &found {
            writeln!(out, "{}", json::line(&record.to_json())?)?;
        }
    } else if found.is_empty() {
        writeln!(out, "no {}", T::NAME)?;
    } else {
        let mut rows: Vec<_> = found.iter().map(T::cells).collect();
        let width = columns::width();
        cells::fit(T::COLUMNS, &mut rows, width);
        write!(out, "{}", table::arranged(T::COLUMNS, &rows, width))?;
    }
    if more {
        notice::hint(&format!(
            "these are the newest {}; --limit shows more",
            listing.limit
        ));
    }
    Ok(Exit::Done)
}

/// The newest, oldest first; and whether there are more.
pub fn newest<T: Listed>(
    reader: &Reader,
    filter: &T::Filter,
    limit: usize,
) -> Result<(Vec<T>, bool), Failure> {
    let mut bar = Bar::new(T::LOOKING);
    let found = T::newest(reader, filter, limit.saturating_add(1), &mut |it| {
        bar.step(it)
    });
    let mut found = found.map_err(failed)?;
    let more = found.len() > limit;
    found.truncate(limit);
    found.reverse();
    Ok((found, more))
}

fn followed<T: Listed>(
    listing: &Listing,
    reader: &Reader,
    filter: &T::Filter,
) -> Result<Exit, Failure> {
    // From before the list, so that nothing falls between them.
    let mut place = T::follow(reader, filter).map_err(failed)?;
    let (found, _) = newest::<T>(reader, filter, listing.limit)?;
    let known: HashMap<_, _> = found.iter().map(|it| (it.seq(), it.clone())).collect();
    let tell = |output: &Output, record: &T| match listing.json {
        true => output.line(&record.to_json()),
        false => output.text(&cells::line(&record.cells(), T::WIDTHS)),
    };
    let mut first = Some(found);
    follow::run(move |output| {
        if let Some(found) = first.take() {
            if !listing.json {
                let names: Vec<_> = T::COLUMNS.iter().map(ToString::to_string).collect();
                output.text(&cells::line(&names, T::WIDTHS));
            }
            found.iter().for_each(|record| tell(output, record));
        }
        let changed = T::changes(reader, filter, &mut place).map_err(failed)?;
        let is_new = |record: &&T| known.get(&record.seq()) != Some(*record);
        let new = changed.iter().filter(is_new);
        new.for_each(|record| tell(output, record));
        Ok(())
    })
}
