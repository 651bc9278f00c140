//! Names, labels and values of the metrics.

use crate::delivery::outcome::BreakerState;
use crate::log_limit;
use crate::observe::counters::{Side, label};
use crate::observe::families::Families;
use crate::observe::snapshot::WebhookSnapshot;
use crate::observe::webhook_counters::{Answer, WebhookCounts, read};
use crate::webhooks::{Inner, Webhooks};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::DescriptorEncoder;
use prometheus_client::metrics::MetricType;
use std::collections::HashSet;
use std::fmt::{self, Result};
use std::sync::Weak;
use std::sync::atomic::Ordering;

/// Writes the metrics of webhooks that may have ended.
pub(super) struct Exposition(pub Weak<Inner>);

impl fmt::Debug for Exposition {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> Result {
        out.debug_tuple("Exposition").finish_non_exhaustive()
    }
}

impl Collector for Exposition {
    fn encode(&self, encoder: DescriptorEncoder) -> Result {
        let Some(inner) = self.0.upgrade() else {
            return Ok(());
        };
        let webhooks = Webhooks { inner };
        let mut families = Families(encoder);
        families.of_everything(&webhooks)?;
        families.of_webhooks(&webhooks.inner)?;
        families.of_states(&webhooks.snapshot())?;
        families.of_sandbox(&webhooks)?;
        #[cfg(feature = "store")]
        families.of_store(&webhooks)?;
        Ok(())
    }
}

impl Families<'_> {
    fn of_everything(&mut self, webhooks: &Webhooks) -> Result {
        let counters = &webhooks.inner.context.counters;
        let version = env!("CARGO_PKG_VERSION");
        self.0
            .encode_descriptor("build", "Version of servo-webhooks", None, MetricType::Info)?
            .encode_info(&[("version", version)])?;
        let events = Side::ALL.map(|side| {
            (
                [("side", side.name())],
                read(&counters.events[side as usize]),
            )
        });
        self.counters("events", "Events and messages handed in", events)?;
        let decisions = Answer::ALL.map(|answer| {
            (
                [("result", answer.name())],
                read(&counters.decisions[answer as usize]),
            )
        });
        self.counters(
            "decisions",
            "Decisions before events; failed_open: the event went on although a webhook gave no answer that counts",
            decisions,
        )?;
        self.counters(
            "queue_full",
            "Deliveries that were rejected because the queue was full",
            [([], read(&counters.queue_full))],
        )?;
        let warnings = log_limit::counts();
        let warnings = warnings
            .into_iter()
            .map(|(kind, count)| ([("kind", kind)], count));
        self.counters(
            "warnings",
            "Warnings of kinds that may repeat, those included that the log holds back",
            warnings,
        )?;
        let reload = &counters.reload;
        let successful = !reload.refused.load(Ordering::Relaxed);
        self.gauges(
            "last_reload_successful",
            "Whether the last reload was taken up",
            [([], f64::from(u8::from(successful)))],
        )?;
        #[expect(clippy::cast_precision_loss, reason = "exact for millions of years")]
        let taken_up = reload.taken_up.load(Ordering::Relaxed) as f64;
        self.gauges(
            "last_reload_success_timestamp_seconds",
            "When the configuration in force was taken up",
            [([], taken_up)],
        )
    }

    /// What was counted of each webhook, those included that a reload removed and for which
    /// something waits still.
    fn of_webhooks(&mut self, inner: &Inner) -> Result {
        let all = inner.context.counters.all();
        let counted: Vec<_> = all
            .iter()
            .map(|(label, one)| (&**label, one.read()))
            .collect();
        let each = |counts: fn(&WebhookCounts) -> Vec<(&'static str, u64)>, label: &'static str| {
            counted.iter().flat_map(move |(webhook, one)| {
                let counts = counts(one).into_iter();
                counts.map(move |(value, count)| ([("webhook", *webhook), (label, value)], count))
            })
        };
        let outcomes = |one: &WebhookCounts| {
            vec![
                ("delivered", one.delivered),
                ("failed", one.failed),
                ("undelivered", one.undelivered),
                ("rejected", one.rejected),
            ]
        };
        self.counters(
            "deliveries",
            "Deliveries by what became of them",
            each(outcomes, "outcome"),
        )?;
        let answers = |one: &WebhookCounts| {
            vec![
                (Answer::Proceed.name(), one.proceeded),
                (Answer::Cancelled.name(), one.cancelled),
                (Answer::FailedOpen.name(), one.failed_open),
                (Answer::FailedClosed.name(), one.failed_closed),
            ]
        };
        self.counters(
            "answers",
            "Questions before events by what the webhook answered",
            each(answers, "result"),
        )?;
        let attempts = |one: &WebhookCounts| {
            let attempts = one.attempts.iter();
            attempts
                .map(|(class, count)| (class.name(), *count))
                .collect()
        };
        self.counters(
            "attempts",
            "Attempts by what they came to",
            each(attempts, "class"),
        )?;
        let opened = counted
            .iter()
            .map(|(webhook, one)| ([("webhook", *webhook)], one.breaker_opened));
        self.counters("breaker_opened", "How often the breaker opened", opened)?;
        let durations = counted
            .iter()
            .map(|(webhook, one)| ([("webhook", *webhook)], &one.durations));
        self.histograms(
            "attempt_duration_seconds",
            "How long attempts took",
            durations,
        )
    }

    /// How each webhook is.
    fn of_states(&mut self, snapshot: &[WebhookSnapshot]) -> Result {
        // A name may look like the place of another webhook; a scrape with a sample twice is none.
        let mut seen = HashSet::new();
        let labelled: Vec<_> = snapshot
            .iter()
            .map(|one| (label(one.name.as_deref(), one.index), one))
            .filter(|(label, _)| seen.insert(label.clone()))
            .collect();
        let labelled = || labelled.iter().map(|(label, one)| (&**label, *one));
        let gauge = |value: fn(&WebhookSnapshot) -> f64| {
            labelled().map(move |(webhook, one)| ([("webhook", webhook)], value(one)))
        };
        #[expect(clippy::cast_precision_loss, reason = "deliveries are fewer")]
        let waiting = gauge(|one| one.waiting as f64);
        self.gauges("waiting", "Deliveries that are not settled", waiting)?;
        let oldest = gauge(|one| one.oldest_waiting.unwrap_or_default().as_secs_f64());
        self.gauges(
            "oldest_waiting_seconds",
            "How long ago the oldest delivery that is not settled was accepted or replayed",
            oldest,
        )?;
        let switched_off = gauge(|one| truth(one.switched_off.is_some()));
        self.gauges(
            "switched_off",
            "Whether it answered 410, and nothing is sent to it",
            switched_off,
        )?;
        let paused = gauge(|one| truth(one.paused.is_some()));
        self.gauges("paused", "Whether somebody paused it", paused)?;
        let states = [
            ("closed", BreakerState::Closed),
            ("half_open", BreakerState::HalfOpen),
            ("open", BreakerState::Open),
        ];
        let states = labelled().flat_map(|(webhook, one)| {
            states.iter().map(move |(name, state)| {
                (
                    [("webhook", webhook), ("state", *name)],
                    truth(one.breaker == *state),
                )
            })
        });
        self.gauges(
            "breaker_state",
            "1 for the state that its breaker is in",
            states,
        )
    }

    fn of_sandbox(&mut self, webhooks: &Webhooks) -> Result {
        let configuration = webhooks.configuration();
        let failures = configuration.connector().failures();
        let failures = failures
            .into_iter()
            .map(|(function, cause, count)| ([("function", function), ("cause", cause)], count));
        self.counters(
            "sandbox_failures",
            "Calls of the connector that trapped or ran over a limit",
            failures,
        )
    }

    #[cfg(feature = "store")]
    fn of_store(&mut self, webhooks: &Webhooks) -> Result {
        let Some(ledger) = webhooks.inner.context.observer.ledger() else {
            return Ok(());
        };
        let (health, limits) = (ledger.health(), ledger.limits());
        #[expect(clippy::cast_precision_loss, reason = "it need not be exact")]
        let gauges = [
            (
                "dead_letters",
                "Deliveries that failed for good, with their bodies",
                health.dead_letters as f64,
            ),
            (
                "store_size_bytes",
                "Bytes of the store that are in use",
                health.bytes as f64,
            ),
            (
                "store_limit_bytes",
                "Above so many bytes the oldest history is removed",
                limits.history as f64,
            ),
            (
                "store_free_bytes",
                "Bytes that are free on the disk of the store",
                limits.free as f64,
            ),
            (
                "store_accepting",
                "Whether the store can be written",
                truth(health.is_accepting()),
            ),
        ];
        for (name, help, value) in gauges {
            self.gauges(name, help, [([], value)])?;
        }
        let commits = ledger.commits();
        self.histograms(
            "store_commit_duration_seconds",
            "How long commits of the store took",
            [([], &commits)],
        )
    }
}

fn truth(is: bool) -> f64 {
    f64::from(u8::from(is))
}
