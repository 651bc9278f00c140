//! The request of an attempt.

use crate::attempt::context::Sender;
use crate::attempt::headers;
use crate::attempt::info::Stamp;
use crate::attempt::signing::{self, SignError, Signed};
use crate::config::webhook::Webhook;
use crate::outbound::Outgoing;
use crate::render::rendered_request::Parcel;
use http::{HeaderMap, HeaderValue, Method};
use tokio::time::Instant;

/// As many as a request usually has, those of the transport included.
const ROOM_FOR_HEADERS: usize = 12;

impl Sender {
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
}
