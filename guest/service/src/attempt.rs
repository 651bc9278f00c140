//! One attempt at a webhook: sign, send, judge.

use crate::clock;
use crate::configuration::Configuration;
use crate::connector::{
    self, Answer, AnswerBody, Content, Ending, Header, Outcome, Request, Ruling, Stamp, Webhook,
};
use crate::outbound::{self, CAP, End};
use crate::reactor::within;
use crate::wasi::http::types::{IncomingBody, IncomingResponse};

/// What a delivery needs to know of its event.
pub struct Parcel {
    /// `after:measure`, `channel:news`.
    pub name: String,
    pub request: Request,
    pub body: Content,
}

/// What an attempt came to.
pub struct Attempted {
    pub status: Option<u16>,
    pub ruling: Ruling,
    /// Content type and bytes, where they are to be published.
    pub publish: Option<(String, Vec<u8>)>,
}

/// Makes one attempt, within so many nanoseconds. An error is this service's own, and is
/// not tried again.
pub async fn attempt(
    configuration: &Configuration,
    index: usize,
    parcel: &Parcel,
    policy: &str,
    stamp: Stamp,
    first: u64,
    limit: u64,
) -> Result<Attempted, String> {
    let webhook = &configuration.webhooks[index];
    let body = bytes(&parcel.body);
    let signed = configuration.sign(webhook, &stamp, &parcel.body)?;
    let headers = headers(configuration, webhook, parcel, &stamp, &signed, limit);
    let began = clock::now();
    let sent = within(
        limit,
        outbound::send(&configuration.urls[index], &headers, body),
    );
    let judge = |outcome: Outcome| {
        let attempt = connector::Attempt {
            number: stamp.attempt,
            elapsed: clock::now().saturating_sub(first),
            now: clock::unix(),
            outcome,
        };
        connector::judge(policy, &attempt)
    };
    let response = match sent.await {
        Some(Ok(response)) => response,
        Some(Err(why)) => return Ok(without(judge(Outcome::NoAnswer(why)))),
        None => {
            let why = format!("no answer within {} ms", limit / 1_000_000);
            return Ok(without(judge(Outcome::NoAnswer(why))));
        }
    };
    let status = response.status();
    let (heard, content_type) = hear(configuration, &response);
    let answer = |body| {
        Outcome::Answer(Answer {
            status,
            headers: heard.clone(),
            body,
        })
    };
    let mut ruling = judge(answer(None));
    let mut publish = None;
    if ruling.read_body {
        let left = limit.saturating_sub(clock::now().saturating_sub(began));
        let (bytes, ending) = read(response, left).await;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        ruling = judge(answer(Some(AnswerBody { text, ending })));
        if ruling.publish && ending == Ending::Whole && !bytes.is_empty() {
            publish = content_type.map(|kind| (kind, bytes));
        }
    }
    Ok(Attempted {
        status: Some(status),
        ruling,
        publish,
    })
}

fn without(ruling: Ruling) -> Attempted {
    Attempted {
        status: None,
        ruling,
        publish: None,
    }
}

/// The bytes that are signed and sent.
pub fn bytes(content: &Content) -> &[u8] {
    match content {
        Content::Text(text) => text.as_bytes(),
        Content::Binary(bytes) => bytes,
    }
}

/// All headers; of the connector's only those that it has a right to.
fn headers(
    configuration: &Configuration,
    webhook: &Webhook,
    parcel: &Parcel,
    stamp: &Stamp,
    signed: &[Header],
    limit: u64,
) -> Vec<(String, Vec<u8>)> {
    let mut all: Vec<(String, Vec<u8>)> = Vec::new();
    let mut add = |name: &str, value: &str| all.push((name.to_owned(), value.as_bytes().to_vec()));
    for header in &webhook.headers {
        add(&header.name, configuration.value(&header.value));
    }
    let rendered = parcel.request.headers.iter();
    for header in rendered.filter(|header| header.name.starts_with("ce-")) {
        add(&header.name, &header.value);
    }
    let own =
        |name: &str| name.eq_ignore_ascii_case("x-servo-signature") || name.starts_with("webhook-");
    for header in signed.iter().filter(|header| own(&header.name)) {
        add(&header.name, &header.value);
    }
    add("content-type", &parcel.request.content_type);
    add("content-length", &bytes(&parcel.body).len().to_string());
    add("x-servo-event", &parcel.name);
    add("x-servo-delivery", &stamp.delivery);
    add("x-servo-attempt", &stamp.attempt.to_string());
    if let Some(version) = parcel.request.schema_version {
        add("x-servo-schema", &version.to_string());
    }
    if parcel.name.starts_with("before:") {
        add("x-servo-timeout", &(limit / 1_000_000).to_string());
    }
    all
}

/// The headers that the connector wants to see, and the content type.
fn hear(
    configuration: &Configuration,
    response: &IncomingResponse,
) -> (Vec<Header>, Option<String>) {
    let (mut heard, mut content_type) = (Vec::new(), None);
    for (name, value) in response.headers().entries() {
        let name = name.to_ascii_lowercase();
        let value = String::from_utf8_lossy(&value).into_owned();
        if name == "content-type" {
            content_type = Some(value.clone());
        }
        if configuration.answer_headers.contains(&name) {
            heard.push(Header { name, value });
        }
    }
    (heard, content_type)
}

/// Whatever comes of it, status and headers have decided.
async fn read(response: IncomingResponse, left: u64) -> (Vec<u8>, Ending) {
    let mut bytes = Vec::new();
    let Ok(body) = response.consume() else {
        return (bytes, Ending::Broken);
    };
    let end = within(left, outbound::read(&body, CAP, &mut bytes)).await;
    if end == Some(End::Whole) {
        drop(IncomingBody::finish(body));
    }
    let ending = match end {
        Some(End::Whole) => Ending::Whole,
        Some(End::Oversized) => Ending::Oversized,
        Some(End::Broken) | None => Ending::Broken,
    };
    (bytes, ending)
}
