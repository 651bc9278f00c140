//! What a breaker may and must do, told again from the contract: in counts and times, without
//! its states.

use lifecycle::{Change, EXTRA, Health, Limits, Probe, Time};
use std::time::Duration;

#[derive(Debug, Default)]
pub struct Expected {
    /// Events given up in a row, and when the first was.
    row: u32,
    since: Option<Time>,
    open: Option<Hold>,
    /// When a probe was last sent within a hold.
    extra: Option<Time>,
    gone: bool,
    pub paused: Option<Time>,
    /// How often it has opened.
    pub openings: u32,
}

#[derive(Debug)]
struct Hold {
    lasts: Duration,
    until: Time,
    /// Out by now, and whether within the hold.
    probe: Option<bool>,
}

impl Expected {
    pub const fn is_gone(&self) -> bool {
        self.gone
    }

    pub const fn is_open(&self) -> bool {
        self.open.is_some()
    }

    pub fn is_probing(&self) -> bool {
        self.open.as_ref().is_some_and(|hold| hold.probe.is_some())
    }

    pub const fn is_gone_now(&mut self) {
        self.gone = true;
    }

    /// A delivery was sent, `left` before the end of its time.
    pub fn sent(&mut self, probe: Option<Probe>, left: Duration, limits: &Limits, now: Time) {
        assert!(!self.gone, "sent to a webhook that is gone");
        assert_eq!(self.paused, None, "sent to a webhook that is paused");
        let Some(hold) = &mut self.open else {
            assert_eq!(probe, None, "a probe of a closed breaker");
            return;
        };
        let Some(probe) = probe else {
            panic!("sent past an open breaker");
        };
        assert_eq!(hold.probe, None, "two probes at a time");
        assert_eq!(
            probe.is_extra(),
            now < hold.until,
            "a probe of the wrong kind"
        );
        if probe.is_extra() {
            let reserve = (limits.timeout + Duration::from_secs(2)).min(limits.patience / 2);
            assert!(left <= reserve, "it could still have waited");
            let last = self.extra.replace(now);
            assert!(
                last.is_none_or(|last| now.since(last) >= EXTRA),
                "probes too often"
            );
        }
        hold.probe = Some(probe.is_extra());
    }

    /// Its attempt came to nothing that can be noted.
    pub fn given_back(&mut self, probe: bool) {
        if let (Some(hold), true) = (&mut self.open, probe) {
            hold.probe = None;
        }
    }

    /// The change that an attempt must make. `probe`: it was one, of this opening.
    pub fn finished(
        &mut self,
        health: Option<Health>,
        probe: bool,
        given_up: bool,
        limits: &Limits,
        now: Time,
    ) -> Option<Change> {
        let probe = match &mut self.open {
            Some(hold) if probe => hold.probe.take(),
            _ => None,
        };
        match (health?, &mut self.open) {
            (Health::Up, open) => {
                (self.row, self.since) = (0, None);
                open.take().map(|_| Change::Closed)
            }
            (Health::Down, Some(hold)) => {
                if probe != Some(false) {
                    return None;
                }
                let longest = Duration::from_secs(60).max(limits.breaker.hold);
                hold.lasts = (hold.lasts * 2).min(longest);
                hold.until = now + hold.lasts;
                Some(Change::Reopened { hold: hold.lasts })
            }
            (Health::Down, None) => {
                let hold = limits.breaker.hold;
                if !given_up || hold.is_zero() {
                    return None;
                }
                self.row += 1;
                let lasting = now.since(*self.since.get_or_insert(now));
                if self.row < 5 || lasting < limits.breaker.after {
                    return None;
                }
                let failures = std::mem::take(&mut self.row);
                self.since = None;
                self.openings += 1;
                self.open = Some(Hold {
                    lasts: hold,
                    until: now + hold,
                    probe: None,
                });
                Some(Change::Opened {
                    failures,
                    lasting,
                    hold,
                })
            }
        }
    }
}
