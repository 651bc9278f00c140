//! Why an instance gave nothing, or ended before its work was done.

use rules::sanitize::is_unseen;
use std::time::Duration;
use wasmtime::Trap;

/// Characters that are shown of an error.
pub(super) const SHOWN: usize = 200;

/// Why a request was not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unanswered {
    /// As many instances live as may.
    #[error("all instances of the handler are busy")]
    Full,
    /// The request names no host, or is otherwise none that a service can be given.
    #[error("the request cannot be passed to the handler: it needs a Host")]
    Unfit,
    /// The component gave no answer.
    #[error("the handler gave no answer; the log says why")]
    Failed,
}

/// How an instance failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum Fault {
    #[error("computed longer than {} ms", .0.as_millis())]
    CpuTime(Duration),
    #[error("lived longer than {} s: what it had not done is lost", .0.as_secs_f64())]
    Life(Duration),
    #[error("wanted more than {} MiB of memory", .0 >> 20)]
    Memory(usize),
    #[error("was ended: what it had not done is lost")]
    Ended,
    #[error("ended without an answer")]
    Silent,
    #[error("trapped: {0}")]
    Trap(String),
}

impl Fault {
    /// What went wrong in a guest. Whatever else it did, one that was refused memory
    /// failed for want of it.
    pub(super) fn of(error: &wasmtime::Error, processor: Duration, memory: Option<usize>) -> Self {
        let trap = error.downcast_ref::<Trap>();
        match (trap, memory) {
            (Some(Trap::Interrupt), _) => Self::CpuTime(processor),
            (_, Some(memory)) => Self::Memory(memory),
            (Some(trap), None) => Self::Trap(trap.to_string()),
            (None, None) => Self::Trap(shown(&error.root_cause().to_string(), SHOWN)),
        }
    }
}

/// A guest's words, as far as they can be shown: so many characters.
pub(super) fn shown(text: &str, most: usize) -> String {
    let plain = |character: char| {
        if is_unseen(character) { ' ' } else { character }
    };
    text.chars().take(most).map(plain).collect()
}
