//! What would be done with an event, without doing it: no socket is opened, nothing is
//! counted, and no webhook is switched off.

use crate::attempt::context::Sender;
use crate::attempt::info::Stamp;
use crate::config::webhook::Webhook;
use crate::event::time::new_id;
use crate::render::parcel::Occasion;
use crate::render::recipients::Addressed;
use crate::render::rendered_request::{Parcel, ParcelError};
use bytes::Bytes;
use http::{HeaderMap, Uri};
use std::fmt;
use std::sync::Arc;
use tokio::time::Instant;

/// What would be done with an event at one webhook.
#[derive(Debug)]
pub struct Rehearsal {
    /// The webhook.
    pub webhook: Arc<Webhook>,
    /// What it would come to.
    pub finding: Finding,
}

/// Whether a webhook fires, and if not, why.
#[derive(Debug)]
#[non_exhaustive]
pub enum Finding {
    /// It fires, and this is sent.
    Fires(Box<Prepared>),
    /// It listens to other events.
    Elsewhere,
    /// It is disabled in the configuration.
    Disabled,
    /// It is switched off: its endpoint had answered 410 Gone.
    SwitchedOff,
    /// A condition does not hold: which, and its value.
    Skips(String),
    /// It fires, and fails: no request can be made.
    Fails(String),
}

/// A request that is not sent.
pub struct Prepared {
    /// With path and query: confidential.
    pub url: Uri,
    /// The values of those in [`Prepared::own`] are confidential.
    pub headers: HeaderMap,
    /// Names of the headers that the configuration sets.
    pub own: HeaderMap,
    /// The bytes that are signed.
    pub body: Bytes,
}

impl fmt::Debug for Prepared {
    /// Without what may be confidential.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Prepared")
            .field("host", &self.url.host())
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// Looks at one webhook; `addressed` is what selection and rendering made of it.
pub fn rehearse(
    sender: &Sender,
    occasion: &Occasion<'_>,
    webhook: &Arc<Webhook>,
    addressed: Option<&Addressed>,
) -> Rehearsal {
    let finding = match addressed {
        _ if !webhook.enabled => Finding::Disabled,
        None => Finding::Elsewhere,
        Some(_) if webhook.switched_off().is_some() => Finding::SwitchedOff,
        Some(addressed) => match addressed.parcel.as_deref() {
            Ok(parcel) => match prepare(sender, occasion, webhook, parcel, false) {
                Ok(prepared) => Finding::Fires(Box::new(prepared)),
                Err(why) => Finding::Fails(why),
            },
            Err(error) => match &**error {
                ParcelError::Skipped(why) => Finding::Skips(why.clone()),
                other => Finding::Fails(other.to_string()),
            },
        },
    };
    Rehearsal {
        webhook: Arc::clone(webhook),
        finding,
    }
}

/// The first attempt of a delivery; `manual` marks it as one that a person tries.
pub fn prepare(
    sender: &Sender,
    occasion: &Occasion<'_>,
    webhook: &Webhook,
    parcel: &Parcel,
    manual: bool,
) -> Result<Prepared, String> {
    let target = webhook.target.as_ref();
    let target = target.ok_or("its url is a reference that could not be resolved")?;
    let now = Instant::now();
    let stamp = Stamp {
        event: &occasion.name,
        id: &occasion.id,
        delivery: &new_id().to_string(),
        number: 1,
        first: now,
        before: occasion.name.starts_with("before:"),
        manual,
        began: now,
        deadline: now + webhook.timeout,
    };
    Ok(Prepared {
        url: target.uri().clone(),
        headers: sender
            .headers(webhook, parcel, stamp, None)
            .map_err(|error| error.to_string())?,
        own: webhook.headers.clone(),
        body: parcel.body.clone(),
    })
}
