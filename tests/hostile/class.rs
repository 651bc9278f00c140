//! A class of attacks, and what was found with it.

use crate::attack::{Attack, Expected, PATIENCE};
use crate::faulty_connector::sabotage;
use crate::servo::{Manner, ask};
use crate::skips;
use futures_util::{StreamExt, stream};
use servo_webhooks::{Component, Connector, EventDecision, EventOutcome, OnError, WebhookStatus};
use std::time::Duration;

/// Speed is not asserted: what is not over so long after its limit hangs, and would for as
/// long as its attacker goes on.
const HANGS: Duration = PATIENCE.checked_div(2).unwrap();

/// No failure, and a figure that asks for a reason.
const WORTH_A_REMARK: Duration = Duration::from_secs(1);

/// How many times the usual time an attack has that should be answered, and was not in
/// time: a busy machine is no fault of the program, an answer that never counts is.
const MORE_TIME: [u32; 3] = [1, 8, 64];

/// Bytes that a whole class may add to what the process takes, attackers included: three
/// times what a connector may have while it reads a configuration, the largest of all
/// limits. The host's own reading of the document, and what the allocator keeps, come on top.
const MOST_GROWTH: usize = 384 << 20;

/// Attacks at a time.
const AT_ONCE: usize = 8;

pub struct Class {
    pub name: &'static str,
    kind: Kind,
}

/// How the cases of a class are made.
enum Kind {
    /// On a servo, by servers; those of a round, and how the servo asks.
    Attacks(fn(usize) -> Vec<Attack>, &'static [Manner]),
    /// On the library alone, so many rounds.
    Calls(fn(&Connector, usize, &mut Finding)),
}

#[derive(Default)]
pub struct Finding {
    pub cases: usize,
    pub wrong: Vec<String>,
    over: Duration,
    /// The case that was.
    longest: String,
    growth: Option<usize>,
    /// Figures of its own.
    pub remarks: Vec<String>,
    /// What of it could not be tried here.
    skipped: Vec<String>,
}

impl Class {
    pub fn attacks(name: &'static str, attacks: fn(usize) -> Vec<Attack>) -> Self {
        let kind = Kind::Attacks(attacks, &Manner::USUAL);
        Self { name, kind }
    }

    /// Attacks that are made in every manner there is.
    pub fn matrix(name: &'static str, attacks: fn(usize) -> Vec<Attack>) -> Self {
        let kind = Kind::Attacks(attacks, &Manner::ALL);
        Self { name, kind }
    }

    pub fn calls(name: &'static str, calls: fn(&Connector, usize, &mut Finding)) -> Self {
        let kind = Kind::Calls(calls);
        Self { name, kind }
    }

    pub async fn run(&self, rounds: usize) -> Finding {
        let connector = Connector::built_in().unwrap();
        let mut finding = Finding::default();
        let before = peak(true);
        match self.kind {
            Kind::Attacks(attacks, manners) => {
                for round in 0..rounds {
                    make_all(&connector, &attacks(round), manners, &mut finding).await;
                }
            }
            Kind::Calls(calls) => calls(&connector, rounds, &mut finding),
        }
        if finding.growth.is_none() {
            finding.growth = before.and_then(growth_since);
        }
        if finding.over > WORTH_A_REMARK {
            let remark = format!("{:?} over the limit: {}", finding.over, finding.longest);
            finding.remarks.push(remark);
        }
        if finding.over > HANGS {
            finding
                .wrong
                .push(format!("{:?} over the limit", finding.over));
        }
        if finding.growth > Some(MOST_GROWTH) {
            finding
                .wrong
                .push(format!("{:?} bytes of growth", finding.growth));
        }
        finding
    }
}

impl Finding {
    /// How long a case took, and how long it should.
    pub fn took(&mut self, name: &str, elapsed: Duration, limit: Duration) {
        let over = elapsed.saturating_sub(limit);
        if over > self.over {
            self.over = over;
            name.clone_into(&mut self.longest);
        }
    }

    /// How much memory something took at its peak, if not this process.
    pub fn grew(&mut self, bytes: Option<usize>) {
        self.growth = self.growth.max(bytes);
    }

    /// Something of the class `name` cannot be tried here; says so at once.
    pub fn skip(&mut self, name: &str, why: &str) {
        if std::env::var_os(skips::REQUIRE_ALL).is_some() {
            self.wrong
                .push(format!("{why}, and {} is set", skips::REQUIRE_ALL));
            return;
        }
        skips::note(&format!("hostile: {name}"), why);
        self.skipped.push(why.to_owned());
    }

    pub fn row(&self, name: &str) -> String {
        let growth = match self.growth {
            Some(bytes) => format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20)),
            None => "unknown".to_owned(),
        };
        let over = format!("{} ms", self.over.as_millis());
        let skipped = if self.skipped.is_empty() {
            String::new()
        } else {
            format!("  SKIPPED: {}", self.skipped.join("; "))
        };
        format!(
            "{name:<26} {:>6} {:>6} {over:>14} {growth:>14}{skipped}",
            self.cases,
            self.wrong.len()
        )
    }
}

/// Makes each attack in each manner.
async fn make_all(
    connector: &Connector,
    attacks: &[Attack],
    manners: &[Manner],
    finding: &mut Finding,
) {
    // A connector is compiled for each, which is not to be taken for its cost.
    let alone = attacks.iter().any(|attack| attack.guest.is_some());
    let made = attacks
        .iter()
        .map(|attack| make(connector, attack, manners));
    let mut made = stream::iter(made).buffer_unordered(if alone { 1 } else { AT_ONCE });
    while let Some(made) = made.next().await {
        finding.cases += made.cases;
        finding.wrong.extend(made.wrong);
        finding.took(&made.longest, made.over, Duration::ZERO);
        finding.growth = finding.growth.max(made.growth);
    }
}

async fn make(connector: &Connector, attack: &Attack, manners: &[Manner]) -> Finding {
    let broken = attack.guest.as_ref().map(|(function, fault)| {
        let bytes = sabotage(Component::built_in().bytes(), function, fault);
        Connector::new(&Component::from_bytes("hostile", bytes)).unwrap()
    });
    let alone = broken.as_ref().and_then(|_| peak(true));
    let used = broken.as_ref().unwrap_or(connector);
    let mut finding = Finding::default();
    for manner in manners {
        finding.cases += 1;
        for times in MORE_TIME {
            let manner = manner.with_more_time(times);
            let (outcome, elapsed) = ask(connector, used, attack, manner).await;
            finding.took(&attack.name, elapsed, manner.limit());
            let Err(why) = check(&attack.expected, &outcome, manner) else {
                break;
            };
            if lacked_time(&outcome) && times < MORE_TIME[MORE_TIME.len() - 1] {
                continue;
            }
            let name = &attack.name;
            finding
                .wrong
                .push(format!("{name}, {manner:?}: {why}: {outcome:?}"));
            break;
        }
    }
    finding.growth = alone.and_then(growth_since);
    finding
}

fn check(expected: &Expected, outcome: &EventOutcome, manner: Manner) -> Result<(), &'static str> {
    let webhook = &outcome.webhooks[0];
    let reason = outcome.reason.as_deref().unwrap_or_default();
    let error = webhook.error.as_deref().unwrap_or_default();
    let held = |holds: bool, why| if holds { Ok(()) } else { Err(why) };
    let settled = match manner.on_error {
        OnError::Proceed => EventDecision::Proceed,
        OnError::Cancel => EventDecision::Cancelled,
    };
    if manner.is_short() && webhook.outcome == WebhookStatus::NoAnswer {
        return held(outcome.outcome == settled, "not settled by on_error");
    }
    match expected {
        Expected::Proceeds => {
            held(
                outcome.outcome == EventDecision::Proceed,
                "does not proceed",
            )?;
            held(
                webhook.outcome == WebhookStatus::Proceeded,
                "no answer was seen",
            )?;
            held(webhook.attempts == 1, "more than one attempt")
        }
        Expected::Cancels(says) => {
            held(
                outcome.outcome == EventDecision::Cancelled,
                "a cancel is overheard",
            )?;
            held(
                webhook.outcome == WebhookStatus::Cancelled,
                "cancelled by no answer",
            )?;
            held(webhook.attempts == 1, "more than one attempt")?;
            held(reason.len() <= 1 << 10, "a reason of more than 1 KiB")?;
            held(reason.contains(says.as_str()), "another reason")
        }
        Expected::Fails { says, retried } => {
            held(
                webhook.outcome == WebhookStatus::NoAnswer,
                "an answer was seen",
            )?;
            held(outcome.outcome == settled, "not settled by on_error")?;
            // What is left of the budget may be too short for the second attempt.
            let short = webhook.attempts > 1 && error.contains("no answer within");
            held(
                short || says.iter().any(|says| error.contains(says)),
                "another error",
            )?;
            let tried = webhook.attempts > 1 || error.contains("no time is left");
            held(
                tried == (*retried && manner.retried),
                "the wrong decision about a retry",
            )
        }
    }
}

/// Whether more time could have brought another outcome.
fn lacked_time(outcome: &EventOutcome) -> bool {
    const SAYS: [&str; 4] = [
        "no answer within",
        "no connection",
        "no time is left",
        "budget",
    ];
    let error = outcome.webhooks[0].error.as_deref().unwrap_or_default();
    SAYS.iter().any(|says| error.contains(says))
}

fn growth_since(before: usize) -> Option<usize> {
    Some(peak(false)?.saturating_sub(before))
}

/// The most memory that this process has had, in bytes; `reset` begins anew.
fn peak(reset: bool) -> Option<usize> {
    if reset {
        std::fs::write("/proc/self/clear_refs", "5").ok()?;
    }
    peak_of("self")
}

/// The most memory that a process has had, in bytes.
pub fn peak_of(process: &str) -> Option<usize> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: usize = line.trim().trim_end_matches(" kB").parse().ok()?;
    Some(kibibytes << 10)
}
