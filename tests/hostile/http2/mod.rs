//! HTTP/2 servers that flood, give up, and break the rules of RFC 9113.

mod floods;
mod violations;

use crate::attack::{Attack, Expected, Protocol, Step};
use crate::frames::settings;
use floods::{floods, stalls};
use violations::{refusals, violations};

fn send(bytes: Vec<u8>) -> Step {
    Step::Send(bytes)
}

/// A case: what follows on the settings, and what must come of it.
pub type Case = (&'static str, Vec<Step>, Expected);

fn fails(says: &[&str]) -> Expected {
    Expected::fails(says)
}

pub fn attacks(_round: usize) -> Vec<Attack> {
    [stalls(), floods(), refusals(), violations()]
        .concat()
        .into_iter()
        .map(|(name, steps, expected)| {
            let start = vec![send(settings()), Step::Stream];
            Attack::new(name, Protocol::Http2, [start, steps].concat(), expected)
        })
        .collect()
}
