//! `decisions`: who was asked before an event, who vetoed, and what failed open.

use crate::args::DecisionsCommand;
use crate::exit::{Exit, Failure};
use crate::store::listing::{self, Listed};
use crate::store::records::Decision;
use crate::store::{cells, filter, opening};
use serde::Serialize;
use servo_webhooks_store::{DecisionFilter, DecisionRecord, Reader, StoreError, Watch};

/// Runs the command.
pub fn run(command: &DecisionsCommand) -> Result<Exit, Failure> {
    let reader = opening::reader(&command.store.store)?;
    let filter = filter::of_decisions(command);
    listing::run::<DecisionRecord>(&command.listing, &reader, &filter)
}

impl Listed for DecisionRecord {
    type Filter = DecisionFilter;
    /// In the order of decisions.
    type Place = i64;
    const NAME: &'static str = "decisions";
    const LOOKING: &'static str = "looking for decisions";
    const COLUMNS: &'static [&'static str] =
        &["ASKED", "OUTCOME", "EVENT", "EVENT ID", "TOOK", "ANSWERS"];
    const WIDTHS: &'static [usize] = &[20, 11, 16, 12, 7, 0];

    fn seq(&self) -> i64 {
        self.seq
    }

    fn cells(&self) -> Vec<String> {
        cells::decision(self)
    }

    fn to_json(&self) -> impl Serialize {
        Decision::from(self)
    }

    fn newest(
        reader: &Reader,
        filter: &DecisionFilter,
        limit: usize,
        watch: Watch<'_>,
    ) -> Result<Vec<Self>, StoreError> {
        reader.decisions(filter, limit, watch)
    }

    fn follow(reader: &Reader, filter: &DecisionFilter) -> Result<i64, StoreError> {
        Ok(reader.decisions_after(filter, None)?.1)
    }

    fn changes(
        reader: &Reader,
        filter: &DecisionFilter,
        place: &mut i64,
    ) -> Result<Vec<Self>, StoreError> {
        let (found, next) = reader.decisions_after(filter, Some(*place))?;
        *place = next;
        Ok(found)
    }
}
