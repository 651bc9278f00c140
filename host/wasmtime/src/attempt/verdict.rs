//! What is to be done after an attempt.

use std::time::Duration;

/// What is to be done.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Delivered,
    Cancel(String),
    /// Wait so long; why, for people.
    Retry(Duration, String),
    Failed(String),
    /// The same, and the webhook is switched off.
    Gone(String),
    /// This machine lacks something: that says nothing of the webhook.
    Lacking(String),
}

impl Verdict {
    /// What went wrong, or why an event is cancelled.
    pub(crate) fn into_why(self) -> Option<String> {
        self.why().map(str::to_owned)
    }

    /// The same.
    pub(crate) fn why(&self) -> Option<&str> {
        match self {
            Self::Delivered => None,
            Self::Cancel(why)
            | Self::Retry(_, why)
            | Self::Failed(why)
            | Self::Gone(why)
            | Self::Lacking(why) => Some(why),
        }
    }
}
