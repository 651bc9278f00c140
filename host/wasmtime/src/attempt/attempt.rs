//! One attempt: signed, sent, and judged by the connector.

use crate::attempt::headers;
use crate::attempt::signing::{self, SignError, Signed};
use crate::awake::Deadline;
use crate::clock::Clock;
use crate::config::webhook::{LONGEST, Retries, Webhook};
use crate::connector::{CallError, Connector, wit};
use crate::delivery::outcome::{BreakerRecord, Publication};
use crate::delivery::reports::Reports;
use crate::event::time::{self, nanoseconds, unix_nanoseconds};
use crate::outbound::{Answer, Body, Client, Ending, Outgoing, Pauses, SendError, Urgency};
use crate::render::parcel::Parcel;
use http::{HeaderMap, HeaderValue, Method, header};
use lifecycle::{self, AttemptResult, BreakerLimits, Change, Health};
use rules::foreign::capped;
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::Instant;

/// As many as a request usually has, those of the transport included.
const ROOM_FOR_HEADERS: usize = 12;

/// What attempts are made with.
pub struct Sender {
    pub connector: Connector,
    pub client: Client,
    pub answer_headers: Vec<String>,
    /// Bytes of an answer's body that are read at the most.
    pub answer_cap: usize,
    /// When breakers open.
    pub breaker: BreakerLimits,
    /// Of the runtime that they are made in.
    pub clock: Clock,
    /// Rung when one closed.
    pub closed: Notify,
    pub observer: Arc<Reports>,
}

/// Which attempt of which delivery it is.
#[derive(Clone, Copy, Debug)]
pub struct Stamp<'a> {
    /// `before:adjust`, for the log.
    pub event: &'a str,
    /// The event's id, for the log.
    pub id: &'a str,
    /// The same on every attempt.
    pub delivery: &'a str,
    /// Counts from 1.
    pub number: u32,
    /// When the first attempt began.
    pub first: Instant,
    /// The event waits for the answer.
    pub before: bool,
    /// A person sent it to try.
    pub manual: bool,
    /// When this attempt began.
    pub began: Instant,
    /// No answer counts after this.
    pub deadline: Instant,
}

/// What came of an attempt.
#[derive(Debug)]
pub struct Attempted {
    pub verdict: Verdict,
    /// Of the answer, if one came.
    pub status: Option<u16>,
    /// What it shows of the endpoint; none if it did not come to a request.
    pub health: Option<Health>,
    /// Its body is to be published, and is still to be read.
    pub publish: Option<Unread>,
}

/// What is to be done.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
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

/// An answer whose body is wanted for a response channel.
#[derive(Debug)]
pub struct Unread {
    answer: Answer,
    headers: HeaderMap,
    number: u32,
    deadline: Deadline,
}

impl Stamp<'_> {
    /// Whether somebody waits for the answer.
    pub fn urgency(&self) -> Urgency {
        if self.before || self.manual {
            Urgency::Question
        } else {
            Urgency::Delivery
        }
    }
}

impl From<Verdict> for Attempted {
    /// It did not come to an answer.
    fn from(verdict: Verdict) -> Self {
        Self {
            verdict,
            status: None,
            health: None,
            publish: None,
        }
    }
}

impl Attempted {
    fn answered(status: u16, verdict: Verdict) -> Self {
        let health = if status >= 500 {
            Health::Down
        } else {
            Health::Up
        };
        Self {
            verdict,
            status: Some(status),
            health: Some(health),
            publish: None,
        }
    }
}

impl Attempted {
    /// What the core is told of it.
    pub fn result(&self) -> AttemptResult {
        AttemptResult {
            verdict: match self.verdict {
                Verdict::Delivered => lifecycle::Verdict::Delivered,
                Verdict::Cancel(_) => lifecycle::Verdict::Cancel,
                Verdict::Retry(wait, _) => lifecycle::Verdict::Retry(wait),
                Verdict::Failed(_) => lifecycle::Verdict::Failed,
                Verdict::Gone(_) => lifecycle::Verdict::Gone,
                Verdict::Lacking(_) => lifecycle::Verdict::Lacking,
            },
            health: self.health,
        }
    }
}

impl Verdict {
    /// What went wrong, or why an event is cancelled.
    pub fn into_why(self) -> Option<String> {
        match self {
            Self::Delivered => None,
            Self::Cancel(why)
            | Self::Retry(_, why)
            | Self::Failed(why)
            | Self::Gone(why)
            | Self::Lacking(why) => Some(why),
        }
    }

    /// The same.
    pub fn why(&self) -> Option<&str> {
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

impl fmt::Debug for Sender {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Sender").finish_non_exhaustive()
    }
}

impl Sender {
    /// Logs and reports what an attempt did to its webhook.
    pub fn changed(
        &self,
        webhook: &Webhook,
        change: Option<Change>,
        switched_off: bool,
        why: Option<&str>,
    ) {
        if change.is_none() && !switched_off {
            return;
        }
        let label = webhook.label();
        if switched_off {
            tracing::error!(
                webhook = label,
                index = webhook.index,
                "switched off until a reload or restart: {}",
                why.unwrap_or_default()
            );
        }
        let Some(change) = change else { return };
        match change {
            Change::Opened {
                failures,
                lasting,
                hold,
            } => tracing::error!(
                webhook = label,
                index = webhook.index,
                error = why,
                "breaker opened: {failures} events in a row failed within {}; holding deliveries for {}",
                time::display(lasting),
                time::display(hold)
            ),
            Change::Reopened { hold } => tracing::warn!(
                webhook = label,
                index = webhook.index,
                error = why,
                "breaker stays open: the probe failed; holding deliveries for {}",
                time::display(hold)
            ),
            Change::Closed => {
                tracing::warn!(
                    webhook = label,
                    index = webhook.index,
                    "breaker closed: sending resumed"
                );
                self.closed.notify_one();
            }
        }
        self.observer
            .breaker(BreakerRecord::new(webhook, change, why));
    }

    /// Logs and reports that the next attempt is the probe of a breaker.
    pub fn probing(&self, webhook: &Webhook) {
        tracing::info!(
            webhook = webhook.label(),
            index = webhook.index,
            "breaker half-open: sending a probe"
        );
        self.observer.breaker(BreakerRecord::probing(webhook));
    }

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

    /// The request of an attempt.
    pub fn outgoing<'a>(
        &self,
        webhook: &'a Webhook,
        parcel: &Parcel,
        stamp: Stamp<'_>,
        signed: Option<Signed>,
    ) -> Result<Outgoing<'a>, SignError> {
        let Some(target) = &webhook.target else {
            return Err("its url is a reference that could not be resolved".into());
        };
        Ok(Outgoing {
            target,
            version: webhook.version,
            method: Method::POST,
            headers: self.headers(webhook, parcel, stamp, signed)?,
            body: parcel.body.clone(),
            urgency: stamp.urgency(),
        })
    }

    /// Every header of the request but those of the transport.
    pub fn headers(
        &self,
        webhook: &Webhook,
        parcel: &Parcel,
        stamp: Stamp<'_>,
        signed: Option<Signed>,
    ) -> Result<HeaderMap, SignError> {
        let attempt = (stamp.delivery, stamp.number);
        let signatures = match signed.and_then(|signed| signed.into_headers(stamp.began)) {
            Some(signatures) => signatures,
            None => signing::sign(&self.connector, None, webhook, attempt, &parcel.body)?,
        };
        let mut map = HeaderMap::with_capacity(ROOM_FOR_HEADERS);
        let own = webhook.headers.iter();
        map.extend(own.map(|(name, value)| (name.clone(), value.clone())));
        parcel
            .set_headers(&mut map)
            .map_err(|error| error.to_string())?;
        // Not extended, which would send a name twice that a connector gave twice.
        for (name, value) in signatures {
            map.insert(name, value);
        }
        let delivery = HeaderValue::from_str(stamp.delivery).map_err(|error| error.to_string())?;
        map.insert(headers::DELIVERY, delivery);
        map.insert(headers::ATTEMPT, stamp.number.into());
        if stamp.before {
            let left = stamp
                .deadline
                .saturating_duration_since(Instant::now())
                .as_millis();
            map.insert(
                headers::TIMEOUT,
                u64::try_from(left).unwrap_or(u64::MAX).into(),
            );
        }
        if stamp.manual {
            map.insert(headers::TRIGGER, HeaderValue::from_static("manual"));
        }
        Ok(map)
    }

    fn without_answer(&self, webhook: &Webhook, stamp: Stamp<'_>, why: &str) -> Attempted {
        let ruling = self.judge(webhook, stamp, wit::Outcome::NoAnswer(why));
        let verdict = match ruling {
            Ok(ruling) => verdict(ruling.verdict, why),
            Err(error) => Verdict::Failed(format!("{why}; {error}")),
        };
        Attempted {
            health: Some(Health::Down),
            ..verdict.into()
        }
    }

    async fn with_answer(
        &self,
        webhook: &Webhook,
        stamp: Stamp<'_>,
        mut deadline: Deadline,
        mut answer: Answer,
    ) -> Attempted {
        let status = answer.status.as_u16();
        let headers = std::mem::take(&mut answer.headers);
        let content_type = headers.get(header::CONTENT_TYPE);
        let retries = webhook.retries(stamp.before);
        // A second one may be a cancel.
        let is_simple = headers
            .get_all(header::CONTENT_TYPE)
            .iter()
            .nth(1)
            .is_none();
        if is_simple && is_remembered(retries, status, content_type) {
            answer.finish().await;
            return Attempted::answered(status, Verdict::Delivered);
        }
        let legible = legible(&headers);
        let found = self.heeded(&legible);
        let mut pauses = Pauses::for_the_machine();
        let judged = loop {
            // The answer is there: what it says must not be lost for want of memory.
            match self.judge_answer(webhook, stamp, status, &found, None) {
                Err(error) if error.scarcity().is_some() => {
                    if deadline.within(pauses.next()).await.is_err() {
                        break Err(error);
                    }
                }
                judged => break judged,
            }
        };
        let ruling = match judged {
            Ok(ruling) => ruling,
            Err(error) => {
                let verdict = Verdict::Failed(format!("answered {status}; {error}"));
                return Attempted::answered(status, verdict);
            }
        };
        warn(webhook, stamp, ruling.warning.as_deref());
        let wants_body = ruling.read_body;
        let mut verdict = verdict(ruling.verdict, &format!("answered {status}"));
        let mut publish = None;
        match &mut verdict {
            Verdict::Cancel(reason) if wants_body => {
                let body = answer.read_within(self.answer_cap, &mut deadline).await;
                if let Some(better) = self.reason(webhook, stamp, status, &found, &body) {
                    *reason = better;
                }
            }
            Verdict::Delivered if wants_body => {
                publish = Some(Unread {
                    answer,
                    headers: headers.clone(),
                    number: stamp.number,
                    deadline,
                });
            }
            Verdict::Delivered => {
                if is_simple && ruling.warning.is_none() {
                    let _ = retries.delivered.set((status, content_type.cloned()));
                }
                answer.finish().await;
            }
            _ => answer.finish().await,
        }
        Attempted {
            publish,
            ..Attempted::answered(status, verdict)
        }
    }

    /// Reads an answer's body for the response channel of its webhook.
    pub async fn publication(
        &self,
        webhook: &Webhook,
        of: Stamp<'_>,
        unread: Unread,
    ) -> Option<Publication> {
        let Unread {
            answer,
            headers,
            number,
            mut deadline,
        } = unread;
        let status = answer.status.as_u16();
        let legible = legible(&headers);
        let found = self.heeded(&legible);
        let content_type =
            String::from_utf8_lossy(headers.get(header::CONTENT_TYPE)?.as_bytes()).into_owned();
        let body = answer.read_within(self.answer_cap, &mut deadline).await;
        let deadline = deadline.moment();
        let stamp = Stamp {
            number,
            first: deadline,
            began: deadline,
            deadline,
            ..of
        };
        match self.judge_answer(webhook, stamp, status, &found, Some(&body)) {
            Ok(ruling) => {
                warn(webhook, stamp, ruling.warning.as_deref());
                (ruling.publish && body.ending == Ending::Whole).then_some(())?;
            }
            Err(error) => {
                tracing::warn!(
                    webhook = webhook.label(),
                    event = stamp.event,
                    id = stamp.id,
                    delivery = stamp.delivery,
                    %error,
                    "answer not published"
                );
                return None;
            }
        }
        Some(Publication {
            channel: webhook.response_channel.clone()?,
            content_type,
            content: body.bytes,
            webhook: webhook.name.clone(),
            delivery: stamp.delivery.to_owned(),
        })
    }

    /// The reason of a cancel, with its body read. The cancel stands whatever comes of it.
    fn reason(
        &self,
        webhook: &Webhook,
        stamp: Stamp<'_>,
        status: u16,
        headers: &[wit::HeaderParam<'_>],
        body: &Body,
    ) -> Option<String> {
        match self.judge_answer(webhook, stamp, status, headers, Some(body)) {
            Ok(wit::Ruling {
                verdict: wit::Verdict::Cancel(reason),
                ..
            }) => Some(capped(&reason)),
            Ok(_) => None,
            Err(error) => {
                tracing::warn!(
                    webhook = webhook.label(),
                    event = stamp.event,
                    id = stamp.id,
                    delivery = stamp.delivery,
                    %error,
                    "cancelled, but the reason could not be read"
                );
                None
            }
        }
    }

    /// What an answer means, with its body or before that is read.
    pub fn judge_answer(
        &self,
        webhook: &Webhook,
        stamp: Stamp<'_>,
        status: u16,
        headers: &[wit::HeaderParam<'_>],
        body: Option<&Body>,
    ) -> Result<wit::Ruling, CallError> {
        let text = body.map(|body| (String::from_utf8_lossy(&body.bytes), ending(body.ending)));
        let body = text.as_ref().map(|(text, ending)| wit::AnswerBody {
            text,
            ending: *ending,
        });
        let outcome = wit::Outcome::Answer(wit::Answer {
            status,
            headers,
            body,
        });
        let ruling = self.judge(webhook, stamp, outcome)?;
        match &ruling.verdict {
            wit::Verdict::Cancel(_) if !stamp.before => {
                Err(CallError::unusable("judge", "a cancel after the event"))
            }
            _ => Ok(ruling),
        }
    }

    /// What an outcome means; whatever the connector says of it is checked.
    pub fn judge(
        &self,
        webhook: &Webhook,
        stamp: Stamp<'_>,
        outcome: wit::Outcome<'_>,
    ) -> Result<wit::Ruling, CallError> {
        let attempt = wit::Attempt {
            number: stamp.number,
            elapsed: nanoseconds(stamp.first.elapsed()),
            now: unix_nanoseconds(),
            outcome,
        };
        let ruling = self
            .connector
            .judge(&webhook.retries(stamp.before).policy, attempt)?;
        if let wit::Verdict::Retry(wait) = &ruling.verdict {
            let longest = nanoseconds(LONGEST);
            if wait.at_least > wait.at_most || wait.at_most > longest {
                return Err(CallError::unusable(
                    "judge",
                    format!("a wait of {} to {} ns", wait.at_least, wait.at_most),
                ));
            }
        }
        Ok(ruling)
    }

    /// The answer headers that the connector wants to see.
    pub fn heeded<'a>(&'a self, headers: &'a HeaderMap) -> Vec<wit::HeaderParam<'a>> {
        let values = |name: &'a String| {
            headers
                .get_all(name.as_str())
                .iter()
                .map(move |value| (name, value))
        };
        self.answer_headers
            .iter()
            .flat_map(values)
            .map(|(name, value)| wit::HeaderParam {
                name,
                // None is illegible, see below.
                value: value.to_str().unwrap_or("?"),
            })
            .collect()
    }
}

/// The same headers with `?` for what is not ASCII: what else stands in a header must not
/// turn a cancel into consent.
pub fn legible(headers: &HeaderMap) -> Cow<'_, HeaderMap> {
    if headers.values().all(|value| value.to_str().is_ok()) {
        return Cow::Borrowed(headers);
    }
    let legible = |byte: u8| {
        if byte.is_ascii_graphic() || b" \t".contains(&byte) {
            byte
        } else {
            b'?'
        }
    };
    let mut headers = headers.clone();
    for value in headers.values_mut() {
        let bytes: Vec<u8> = value.as_bytes().iter().copied().map(legible).collect();
        *value = HeaderValue::from_bytes(&bytes).unwrap_or(HeaderValue::from_static("?"));
    }
    Cow::Owned(headers)
}

fn warn(webhook: &Webhook, stamp: Stamp<'_>, warning: Option<&str>) {
    if let Some(warning) = warning {
        tracing::warn!(
            webhook = webhook.label(),
            event = stamp.event,
            id = stamp.id,
            delivery = stamp.delivery,
            "{}",
            capped(warning)
        );
    }
}

fn is_remembered(retries: &Retries, status: u16, content_type: Option<&HeaderValue>) -> bool {
    retries
        .delivered
        .get()
        .is_some_and(|(known, kind)| *known == status && kind.as_ref() == content_type)
}

fn verdict(from: wit::Verdict, why: &str) -> Verdict {
    match from {
        wit::Verdict::Delivered => Verdict::Delivered,
        wit::Verdict::Cancel(reason) => Verdict::Cancel(capped(&reason)),
        wit::Verdict::Retry(wait) => Verdict::Retry(
            Duration::from_nanos(fastrand::u64(wait.at_least..=wait.at_most)),
            why.to_owned(),
        ),
        wit::Verdict::Failed(why) => Verdict::Failed(capped(&why)),
        wit::Verdict::Gone(why) => Verdict::Gone(capped(&why)),
    }
}

fn ending(from: Ending) -> wit::Ending {
    match from {
        Ending::Whole => wit::Ending::Whole,
        Ending::Oversized => wit::Ending::Oversized,
        Ending::Broken => wit::Ending::Broken,
    }
}
