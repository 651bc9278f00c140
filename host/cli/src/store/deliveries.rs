//! `deliveries`: what waits, got through or failed.

use crate::args::DeliveriesCommand;
use crate::exit::{Exit, Failure};
use crate::store::listing::{self, Listed};
use crate::store::records::Delivery;
use crate::store::{cells, filter, opening};
use serde::Serialize;
use servo_webhooks_store::{DeliveryFilter, DeliveryRecord, Follow, Reader, StoreError, Watch};

/// Runs the command.
pub fn run(command: &DeliveriesCommand) -> Result<Exit, Failure> {
    let reader = opening::reader(&command.store.store)?;
    let mut filter = filter::of(&command.filters);
    if let Some(id) = &command.id {
        filter::narrow(&mut filter, &reader, id)?;
    }
    listing::run::<DeliveryRecord>(&command.listing, &reader, &filter)
}

impl Listed for DeliveryRecord {
    type Filter = DeliveryFilter;
    type Place = Follow;
    const NAME: &'static str = "deliveries";
    const LOOKING: &'static str = "looking for deliveries";
    const COLUMNS: &'static [&'static str] = &[
        "ACCEPTED", "STATE", "WEBHOOK", "EVENT", "ATTEMPTS", "STATUS", "DELIVERY", "ERROR",
    ];
    const WIDTHS: &'static [usize] = &[20, 9, 12, 16, 8, 6, 36, 0];

    fn seq(&self) -> i64 {
        self.seq
    }

    fn cells(&self) -> Vec<String> {
        cells::delivery(self)
    }

    fn to_json(&self) -> impl Serialize {
        Delivery::from(self)
    }

    fn newest(
        reader: &Reader,
        filter: &DeliveryFilter,
        limit: usize,
        watch: Watch<'_>,
    ) -> Result<Vec<Self>, StoreError> {
        reader.deliveries(filter, limit, watch)
    }

    fn follow(reader: &Reader, filter: &DeliveryFilter) -> Result<Follow, StoreError> {
        reader.follow(filter.clone())
    }

    fn changes(
        reader: &Reader,
        _: &DeliveryFilter,
        place: &mut Follow,
    ) -> Result<Vec<Self>, StoreError> {
        reader.changes(place)
    }
}
