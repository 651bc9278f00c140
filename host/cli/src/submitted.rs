//! Events that were handed in and are not on disk yet: what came of them is written down in
//! their order, once that is known.

use servo_webhooks::{EventOutcome, Input, Submission};
use tokio::sync::mpsc;

/// So many events may wait for the disk.
const MOST: usize = 4_096;

/// An event that was handed in.
pub struct Submitted {
    pub input: Input,
    pub submission: Submission,
}

/// Takes events that were handed in.
pub type Submit = mpsc::Sender<Submitted>;

/// What came of events, in their order.
pub struct Outcomes {
    events: mpsc::Receiver<Submitted>,
    /// The one that is waited for.
    current: Option<Submitted>,
}

/// A queue of events that were handed in.
pub fn queue() -> (Submit, Outcomes) {
    let (submit, events) = mpsc::channel(MOST);
    let outcomes = Outcomes {
        events,
        current: None,
    };
    (submit, outcomes)
}

impl Outcomes {
    /// The next one, once it is known; none when no more are handed in. Cancel-safe.
    pub async fn next(&mut self) -> Option<(Input, EventOutcome)> {
        if self.current.is_none() {
            self.current = self.events.recv().await;
        }
        self.current.as_mut()?.submission.settled().await;
        let Submitted { input, submission } = self.current.take()?;
        Some((input, submission.outcome().await))
    }

    /// The next one that was handed in, known or not; none when there is none at the moment.
    pub fn pop(&mut self) -> Option<Submitted> {
        self.current.take().or_else(|| self.events.try_recv().ok())
    }
}
