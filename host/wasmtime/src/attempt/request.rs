//! The request of an attempt.

use crate::attempt::context::AttemptContext;
use crate::attempt::header_rules;
use crate::attempt::info::AttemptInfo;
use crate::attempt::signing::{self, SignError, Signed};
use crate::config::webhook::Webhook;
use crate::outbound::Outgoing;
use crate::render::rendered_request::RenderedRequest;
use http::{HeaderMap, HeaderValue, Method};
use tokio::time::Instant;

/// As many as a request usually has, those of the transport included.
const ROOM_FOR_HEADERS: usize = 14;

impl AttemptContext {
    /// The request of an attempt.
    pub(crate) fn outgoing<'a>(
        &self,
        webhook: &'a Webhook,
        request: &RenderedRequest,
        info: AttemptInfo<'_>,
        signed: Option<Signed>,
    ) -> Result<Outgoing<'a>, SignError> {
        let Some(target) = &webhook.target else {
            return Err("its url is a reference that could not be resolved".into());
        };
        Ok(Outgoing {
            target,
            version: webhook.version,
            method: Method::POST,
            headers: self.headers(webhook, request, info, signed)?,
            body: request.body.clone(),
            urgency: info.urgency(),
        })
    }

    /// Every header of the request but those of the transport.
    pub(crate) fn headers(
        &self,
        webhook: &Webhook,
        request: &RenderedRequest,
        info: AttemptInfo<'_>,
        signed: Option<Signed>,
    ) -> Result<HeaderMap, SignError> {
        let attempt = (info.delivery, info.number);
        let signatures = match signed.and_then(|signed| signed.into_headers(info.began)) {
            Some(signatures) => signatures,
            None => signing::sign(None, webhook, attempt, &request.body)?,
        };
        let mut map = HeaderMap::with_capacity(ROOM_FOR_HEADERS);
        let own = webhook.headers.iter();
        map.extend(own.map(|(name, value)| (name.clone(), value.clone())));
        info.trace.set_headers(&mut map);
        request
            .set_headers(&mut map)
            .map_err(|error| error.to_string())?;
        // Not extended, which would send a name twice that a connector gave twice.
        for (name, value) in signatures {
            map.insert(name, value);
        }
        let delivery = HeaderValue::from_str(info.delivery).map_err(|error| error.to_string())?;
        map.insert(header_rules::DELIVERY, delivery);
        map.insert(header_rules::ATTEMPT, info.number.into());
        if info.before {
            let left = info
                .deadline
                .saturating_duration_since(Instant::now())
                .as_millis();
            map.insert(
                header_rules::TIMEOUT,
                u64::try_from(left).unwrap_or(u64::MAX).into(),
            );
        }
        if info.replays > 0 {
            map.insert(header_rules::REPLAY, info.replays.into());
        }
        if info.manual {
            map.insert(header_rules::TRIGGER, HeaderValue::from_static("manual"));
        }
        Ok(map)
    }
}
