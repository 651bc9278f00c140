//! One attempt: signed, sent, and judged by the connector.

use crate::attempt::context::Sender;
use crate::attempt::info::Stamp;
use crate::attempt::result::Attempted;
use crate::attempt::signing::Signed;
use crate::attempt::verdict::Verdict;
use crate::awake::Deadline;
use crate::config::webhook::Webhook;
use crate::outbound::{Pauses, SendError};
use crate::render::rendered_request::Parcel;

impl Sender {
    /// Makes one attempt, signed already if it is the first and is made soon; it ends by
    /// its deadline.
    pub async fn attempt(
        &self,
        webhook: &Webhook,
        parcel: &Parcel,
        stamp: Stamp<'_>,
        signed: Option<Signed>,
    ) -> Attempted {
        let mut deadline = Deadline::at(stamp.deadline);
        let (mut signed, mut pauses) = (signed, Pauses::for_the_machine());
        let outgoing = loop {
            match self.outgoing(webhook, parcel, stamp, signed.take()) {
                Ok(outgoing) => break outgoing,
                Err(error) if error.scarcity.is_none() => {
                    return Verdict::Failed(error.to_string()).into();
                }
                Err(error) => {
                    if deadline.within(pauses.next()).await.is_err() {
                        return Verdict::Lacking(error.to_string()).into();
                    }
                }
            }
        };
        match self.client.send(outgoing, Some(&mut deadline)).await {
            Ok(answer) => self.with_answer(webhook, stamp, deadline, answer).await,
            Err(SendError::Refused(refused)) => Verdict::Failed(refused.to_string()).into(),
            Err(SendError::Lacking(scarcity)) => Verdict::Lacking(scarcity.to_string()).into(),
            Err(error @ (SendError::NoAnswer(_) | SendError::Late(_))) => {
                self.without_answer(webhook, stamp, &error.to_string())
            }
        }
    }
}
