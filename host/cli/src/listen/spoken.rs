//! Answers of our own.

use super::record::{Reply, Request};
use super::script::{Answer, Step};
use crate::small_server::{CANCEL, respond};
use bytes::Bytes;
use http::{Response, StatusCode};
use http_body_util::Full;
use serde_json::json;

/// An answer of our own; none for one that never comes.
pub fn spoken(step: &Step, request: &Request, reply: &mut Reply) -> Option<Response<Full<Bytes>>> {
    let (said, response) = match &step.answer {
        Answer::Status(status) => {
            let code = StatusCode::from_u16(*status).unwrap_or(StatusCode::OK);
            let refused = request
                .found
                .as_ref()
                .and_then(|found| found.as_ref().err());
            let body = refused.cloned().unwrap_or_default();
            (
                code.as_str().to_owned(),
                Some(respond(code, "text/plain", body)),
            )
        }
        Answer::Cancel(reason) => {
            let body = json!({"reason": reason}).to_string();
            (
                format!("200 cancel: {reason}"),
                Some(respond(StatusCode::OK, CANCEL, body)),
            )
        }
        Answer::Hang | Answer::Forward => ("nothing".to_owned(), None),
    };
    reply.said = said;
    response
}
