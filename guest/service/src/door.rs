//! `POST /events`: answers, and then delivers.

use crate::attempt::Parcel;
use crate::clock;
use crate::configuration::{Access, Configuration, access};
use crate::connector::{self, Content, Occasion, OnError, RenderError, Rendering};
use crate::delivery::{End, Settled, deliver};
use crate::event;
use crate::outbound;
use crate::output;
use crate::reactor::within;
use crate::wasi::http::types::{
    Fields, IncomingBody, IncomingRequest, Method, OutgoingBody, OutgoingResponse, ResponseOutparam,
};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// Bytes of a body: twice an event.
const LONGEST: usize = 2 << 20;
/// Nanoseconds for a body to come.
const BODY: u64 = 30_000_000_000;
/// Nanoseconds that all webhooks before one event have together.
const BUDGET: u64 = 30_000_000_000;

/// A status, and a refusal's detail.
type Refusal = (u16, String);

/// One webhook that an event concerns.
struct Concerned {
    index: usize,
    delivery: String,
    rendered: Result<Parcel, Unsent>,
}

/// Why nothing is sent.
enum Unsent {
    Skipped(String),
    Failed(String),
}

/// Answers a request, then delivers what it handed in.
pub async fn serve(request: IncomingRequest, out: ResponseOutparam) {
    let taken = match take(request).await {
        Ok(taken) => taken,
        Err((status, detail)) => {
            let problem = json!({"status": status, "detail": detail});
            return answer(out, status, "application/problem+json", &problem).await;
        }
    };
    let (configuration, name, id, concerned) = taken;
    let before = name.starts_with("before:");
    let outcome = if before {
        ask(&configuration, &name, &id, &concerned).await
    } else {
        accept(&configuration, &name, &id, &concerned)
    };
    output::line(&outcome);
    let status = if before { 200 } else { 202 };
    answer(out, status, "application/json", &outcome).await;
    if !before {
        tell(&configuration, &name, &id, &concerned).await;
    }
}

type Taken = (Configuration, String, String, Vec<Concerned>);

async fn take(request: IncomingRequest) -> Result<Taken, Refusal> {
    let path = request.path_with_query().unwrap_or_default();
    if path.split('?').next() != Some("/events") {
        return Err((404, "there is POST /events".to_owned()));
    }
    if !matches!(request.method(), Method::Post) {
        return Err((405, "write POST".to_owned()));
    }
    {
        let headers = request.headers();
        let first = |name: &str| headers.get(&name.to_owned()).into_iter().next();
        may(first("authorization"), first("origin").is_some())?;
        let kind = first("content-type").unwrap_or_default();
        let kind = kind.split(|byte| *byte == b';').next().unwrap_or_default();
        if !kind.trim_ascii().eq_ignore_ascii_case(b"application/json") {
            let detail = "an event is JSON: write Content-Type: application/json";
            return Err((415, detail.to_owned()));
        }
    }
    let body = read(request).await?;
    let text = String::from_utf8(body).map_err(|_| (400, "not UTF-8".to_owned()))?;
    let occasion = event::parse(&text).map_err(|detail| (400, detail))?;
    let configuration = Configuration::read().map_err(|problems| {
        for problem in &problems {
            output::warn(&format!("error: {problem}"));
        }
        (
            503,
            "the service's configuration cannot be used; its log says why".to_owned(),
        )
    })?;
    let (name, id) = match &occasion {
        Occasion::Event(event) => (event.name.clone(), event.id.clone()),
        Occasion::Message(message) => (format!("channel:{}", message.channel), message.id.clone()),
    };
    let concerned = concerned(&configuration, &name, &occasion)?;
    Ok((configuration, name, id, concerned))
}

fn may(authorization: Option<Vec<u8>>, page: bool) -> Result<(), Refusal> {
    let refused = |status, detail: &str| Err((status, detail.to_owned()));
    match access() {
        Access::Local if page => refused(403, "without a token no event is taken from a web page"),
        Access::Local => Ok(()),
        Access::Closed => refused(
            503,
            "SERVO_WEBHOOKS_TOKEN is not set; SERVO_WEBHOOKS_BOUND=loopback says that none is needed",
        ),
        Access::Token(token) => {
            let given = authorization.unwrap_or_default();
            let Some((scheme, given)) = given.split_at_checked("bearer ".len()) else {
                return refused(401, "an event needs the header Authorization: Bearer TOKEN");
            };
            // Texts of different lengths take the same time to compare.
            let (given, known) = (Sha256::digest(given.trim_ascii()), Sha256::digest(token));
            if scheme.eq_ignore_ascii_case(b"bearer ") && bool::from(given.ct_eq(&known)) {
                Ok(())
            } else {
                refused(401, "the token is another one")
            }
        }
    }
}

async fn read(request: IncomingRequest) -> Result<Vec<u8>, Refusal> {
    let cut = || (400, "the body was cut".to_owned());
    let body = request.consume().map_err(|()| cut())?;
    let mut bytes = Vec::new();
    match within(BODY, outbound::read(&body, LONGEST, &mut bytes)).await {
        Some(outbound::End::Whole) => {
            drop(IncomingBody::finish(body));
            Ok(bytes)
        }
        Some(outbound::End::Oversized) => Err((413, format!("a body has at most {LONGEST} bytes"))),
        Some(outbound::End::Broken) => Err(cut()),
        None => Err((408, "the body did not come within 30 s".to_owned())),
    }
}

/// The webhooks that listen, each with what is to be sent. Those of one shape share a
/// rendering; each has a body of its own, which a fleet can afford.
fn concerned(
    configuration: &Configuration,
    name: &str,
    occasion: &Occasion,
) -> Result<Vec<Concerned>, Refusal> {
    let webhooks = &configuration.webhooks;
    let indices: Vec<usize> = match occasion {
        Occasion::Event(_) => {
            let listeners: Vec<_> = webhooks
                .iter()
                .map(|webhook| match webhook.enabled {
                    true => webhook.events.clone(),
                    false => Vec::new(),
                })
                .collect();
            let selected = connector::select(&listeners, name);
            let known = |index: u32| usize::try_from(index).ok();
            let selected = selected.into_iter().filter_map(known);
            selected.filter(|index| *index < webhooks.len()).collect()
        }
        Occasion::Message(message) => (0..webhooks.len())
            .filter(|index| {
                webhooks[*index].enabled && webhooks[*index].channels.contains(&message.channel)
            })
            .collect(),
    };
    let mut all = Vec::new();
    for index in indices {
        let rendered = match connector::render(&webhooks[index].shape, occasion) {
            Err(RenderError::Occasion(why)) => return Err((400, why)),
            Err(RenderError::Expression(why) | RenderError::Other(why)) => Err(Unsent::Failed(why)),
            Ok(Rendering::Skip(why)) => Err(Unsent::Skipped(why)),
            Ok(Rendering::Send(mut request)) => Ok(Parcel {
                name: name.to_owned(),
                body: body(request.body.take(), occasion),
                request,
            }),
        };
        all.push(Concerned {
            index,
            delivery: clock::id(),
            rendered,
        });
    }
    Ok(all)
}

fn body(rendered: Option<String>, occasion: &Occasion) -> Content {
    match (rendered, occasion) {
        (Some(text), _) => Content::Text(text),
        (None, Occasion::Message(message)) => message.content.clone(),
        (None, Occasion::Event(_)) => Content::Text(String::new()),
    }
}

/// Asks all at the same time; the first cancel decides.
async fn ask(
    configuration: &Configuration,
    name: &str,
    id: &str,
    concerned: &[Concerned],
) -> Value {
    let deadline = clock::now().saturating_add(BUDGET);
    let mut records: Vec<Value> = concerned
        .iter()
        .map(|one| record(configuration, one, "not_awaited"))
        .collect();
    let mut asked: FuturesUnordered<_> = concerned
        .iter()
        .enumerate()
        .map(|(at, one)| async move {
            match &one.rendered {
                Err(unsent) => (at, Err(unsent)),
                Ok(parcel) => {
                    let time = deadline.saturating_sub(clock::now());
                    let asked = deliver(
                        configuration,
                        one.index,
                        parcel,
                        &one.delivery,
                        Some(deadline),
                    );
                    let late = Settled {
                        attempts: 1,
                        status: None,
                        end: End::Failed("the event's budget is over".to_owned()),
                    };
                    (at, Ok(within(time, asked).await.unwrap_or(late)))
                }
            }
        })
        .collect();
    let mut reason = None;
    while let (None, Some((at, settled))) = (&reason, asked.next().await) {
        let record = &mut records[at];
        let why = match settled {
            Err(Unsent::Skipped(why)) => {
                record["outcome"] = json!("skipped");
                record["reason"] = json!(why);
                continue;
            }
            Err(Unsent::Failed(why)) => why.clone(),
            Ok(settled) => {
                record["attempts"] = json!(settled.attempts);
                record["status"] = json!(settled.status);
                match settled.end {
                    End::Delivered => {
                        record["outcome"] = json!("proceeded");
                        continue;
                    }
                    End::Cancel(why) => {
                        record["outcome"] = json!("cancelled");
                        reason = Some(why);
                        continue;
                    }
                    End::Failed(why) => why,
                }
            }
        };
        record["outcome"] = json!("no_answer");
        record["error"] = json!(why);
        let index = concerned[at].index;
        if configuration.webhooks[index].on_error == OnError::Cancel {
            reason = Some(format!(
                "{} gave no answer: {why}",
                label(configuration, index)
            ));
        }
    }
    let outcome = if reason.is_some() {
        "cancelled"
    } else {
        "proceed"
    };
    json!({"type": "event", "event": name, "id": id, "outcome": outcome, "reason": reason, "webhooks": records})
}

fn label(configuration: &Configuration, index: usize) -> String {
    let name = &configuration.webhooks[index].name;
    name.clone().unwrap_or_else(|| format!("webhook {index}"))
}

fn record(configuration: &Configuration, one: &Concerned, outcome: &str) -> Value {
    json!({
        "index": one.index,
        "name": configuration.webhooks[one.index].name,
        "outcome": outcome,
        "attempts": 0,
        "status": null,
        "error": null,
    })
}

fn accept(configuration: &Configuration, name: &str, id: &str, concerned: &[Concerned]) -> Value {
    let records: Vec<Value> = concerned
        .iter()
        .map(|one| match &one.rendered {
            Err(Unsent::Skipped(why)) => {
                let mut record = record(configuration, one, "skipped");
                record["reason"] = json!(why);
                record
            }
            _ => record(configuration, one, "accepted"),
        })
        .collect();
    json!({"type": "event", "event": name, "id": id, "outcome": "accepted", "reason": null, "webhooks": records})
}

/// Delivers to all at the same time, until each is settled.
async fn tell(configuration: &Configuration, name: &str, id: &str, concerned: &[Concerned]) {
    let began = clock::now();
    let deliveries: FuturesUnordered<_> = concerned
        .iter()
        .map(|one| async move {
            let settled = match &one.rendered {
                Err(Unsent::Skipped(_)) => return,
                Err(Unsent::Failed(why)) => Settled {
                    attempts: 0,
                    status: None,
                    end: End::Failed(why.clone()),
                },
                Ok(parcel) => deliver(configuration, one.index, parcel, &one.delivery, None).await,
            };
            let (outcome, error) = match settled.end {
                End::Delivered => ("delivered", None),
                End::Failed(why) | End::Cancel(why) => ("failed", Some(why)),
            };
            output::line(&json!({
                "type": "delivery",
                "event": name,
                "id": id,
                "delivery": one.delivery,
                "webhook": configuration.webhooks[one.index].name,
                "index": one.index,
                "outcome": outcome,
                "attempts": settled.attempts,
                "status": settled.status,
                "error": error,
                "elapsed_ms": clock::now().saturating_sub(began) / 1_000_000,
            }));
        })
        .collect();
    deliveries.collect::<()>().await;
}

async fn answer(out: ResponseOutparam, status: u16, kind: &str, body: &Value) {
    let body = format!("{body}\n");
    let length = body.len().to_string();
    let fields = Fields::new();
    let _ = fields.set(&"content-type".to_owned(), &[kind.as_bytes().to_vec()]);
    let _ = fields.set(&"content-length".to_owned(), &[length.into_bytes()]);
    let challenge = [(401, "www-authenticate", "Bearer"), (405, "allow", "POST")];
    for (_, name, value) in challenge.iter().filter(|(of, ..)| *of == status) {
        let _ = fields.set(&(*name).to_owned(), &[value.as_bytes().to_vec()]);
    }
    let response = OutgoingResponse::new(fields);
    let _ = response.set_status_code(status);
    let outgoing = response.body();
    ResponseOutparam::set(out, Ok(response));
    let Ok(outgoing) = outgoing else { return };
    if let Ok(stream) = outgoing.write() {
        // Who asked may have gone.
        let _ = outbound::write(&stream, body.as_bytes()).await;
    }
    let _ = OutgoingBody::finish(outgoing, None);
}
