//! HTTP/1.1 servers that stall, flood, break off, or speak something else.

mod floods;
mod lies;
mod stalls;

use crate::attack::{Attack, Expected, Protocol, Step};
use floods::floods;
use lies::{babble, lies};
use stalls::{breaks, stalls};

const LATE: &[&str] = &["no answer within"];

fn fails(says: &[&str]) -> Expected {
    Expected::fails(says)
}

fn cancels(says: &str) -> Expected {
    Expected::Cancels(says.to_owned())
}

fn attack(name: &str, steps: Vec<Step>, expected: Expected) -> Attack {
    Attack::new(name, Protocol::Http1, steps, expected)
}

fn send(text: impl AsRef<[u8]>) -> Step {
    Step::Send(text.as_ref().to_vec())
}

/// Status and headers of a cancel, with more headers.
fn cancel(more: &str) -> Step {
    send(format!(
        "HTTP/1.1 200 OK\r\nContent-Type: {}\r\n{more}\r\n",
        crate::answers::CANCEL
    ))
}

pub fn attacks(_round: usize) -> Vec<Attack> {
    [stalls(), floods(), breaks(), lies(), babble()].concat()
}
