//! Which deliveries or decisions a list shows: from the fields of its address, and back.

use super::fields::Fields;
use super::trouble::Trouble;
use crate::args::moment;
use servo_webhooks_store::{DecisionFilter, DeliveryFilter, State};

/// The states of deliveries, in words.
pub const STATES: [(&str, State); 4] = [
    ("waiting", State::Waiting),
    ("delivered", State::Delivered),
    ("failed", State::Failed),
    ("forgotten", State::Forgotten),
];

/// What decisions come to, in words.
pub const OUTCOMES: [&str; 3] = ["proceed", "cancelled", "failed open"];

/// What the form of a list has, as it was filled in.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// A state, or what a decision came to.
    pub state: Option<String>,
    pub webhook: Option<String>,
    pub event: Option<String>,
    /// Of an event or a delivery.
    pub id: Option<String>,
    /// One delivery alone, whatever else there is.
    pub delivery: Option<String>,
    pub since: Option<String>,
    pub until: Option<String>,
    /// When they were counted: what was settled later is not meant.
    pub counted: Option<String>,
    /// Where this page of the list begins.
    pub before: Option<(i64, i64)>,
}

impl Filter {
    /// Of the fields of an address.
    pub fn new(fields: &Fields) -> Self {
        let text = |name: &str| fields.get(name).map(str::to_owned);
        let place = fields.get("before").and_then(|place| {
            let (time, number) = place.split_once('.')?;
            Some((time.parse().ok()?, number.parse().ok()?))
        });
        Self {
            state: text("state"),
            webhook: text("webhook"),
            event: text("event"),
            id: text("id"),
            delivery: text("delivery"),
            since: text("since"),
            until: text("until"),
            counted: text("counted"),
            before: place,
        }
    }

    /// The fields of its address, without the place.
    pub fn pairs(&self) -> Vec<(&'static str, String)> {
        let fields = [
            ("state", &self.state),
            ("webhook", &self.webhook),
            ("event", &self.event),
            ("id", &self.id),
            ("delivery", &self.delivery),
            ("since", &self.since),
            ("until", &self.until),
            ("counted", &self.counted),
        ];
        let given = fields.into_iter();
        given
            .filter_map(|(name, value)| Some((name, value.clone()?)))
            .collect()
    }

    /// Whether it leaves anything out.
    pub fn is_narrow(&self) -> bool {
        !self.pairs().is_empty()
    }

    /// The same for the page behind this place.
    pub fn behind(&self, time: i64, number: i64) -> Vec<(&'static str, String)> {
        let mut pairs = self.pairs();
        pairs.push(("before", format!("{time}.{number}")));
        pairs
    }

    fn times(&self) -> Result<(Option<i64>, Option<i64>), Trouble> {
        Ok((time("since", &self.since)?, time("until", &self.until)?))
    }

    /// As a store is asked.
    pub fn deliveries(&self) -> Result<DeliveryFilter, Trouble> {
        let (since, until) = self.times()?;
        let states = match &self.state {
            None => Vec::new(),
            Some(word) => {
                let known = STATES.iter().find(|(name, _)| name == word);
                let state = known.ok_or_else(|| {
                    Trouble::unfit("A state is waiting, delivered, failed or forgotten.")
                })?;
                vec![state.1]
            }
        };
        Ok(DeliveryFilter {
            states,
            webhook: self.webhook.clone(),
            event: self.event.clone(),
            event_id: self.id.clone(),
            ids: Vec::new(),
            since,
            until,
            settled_before: time("counted", &self.counted)?,
            before: self.before,
        })
    }

    /// As a store is asked.
    pub fn decisions(&self) -> Result<DecisionFilter, Trouble> {
        let (since, until) = self.times()?;
        let (cancelled, failed_open) = match self.state.as_deref() {
            None => (None, None),
            Some("proceed") => (Some(false), Some(false)),
            Some("cancelled") => (Some(true), None),
            Some("failed open") => (None, Some(true)),
            Some(_) => {
                let why = "A decision came to proceed, cancelled or failed open.";
                return Err(Trouble::unfit(why));
            }
        };
        Ok(DecisionFilter {
            delivery: None,
            cancelled,
            failed_open,
            webhook: self.webhook.clone(),
            event: self.event.clone(),
            event_id: self.id.clone(),
            since,
            until,
            before: self.before,
        })
    }
}

fn time(name: &str, text: &Option<String>) -> Result<Option<i64>, Trouble> {
    let read = text.as_deref().map(moment).transpose();
    read.map_err(|why| Trouble::unfit(format!("{name} {why}.")))
}
