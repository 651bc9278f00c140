//! Where events are handed in: `POST /events`. Answers, and then delivers.

use crate::clock;
use crate::configuration::Configuration;
use crate::fan_out::fan_out;
use crate::hooks;
use crate::input::Input;
use crate::outbound;
use crate::output;
use crate::problem::{Problem, RETRY_SECONDS};
use crate::publication::publish;
use crate::reactor::within;
use crate::settings::Settings;
use crate::wasi::http::types::{
    Fields, IncomingBody, IncomingRequest, Method, OutgoingBody, OutgoingResponse, ResponseOutparam,
};
use lifecycle::Time;
use rules::outcome::EventDecision;
use rules::record::EventRecord;
use serde::Serialize;
use serde_json::json;
use std::rc::Rc;

/// Nanoseconds for a body to come.
const BODY: u64 = 30_000_000_000;

const JSON: &str = "application/json";

/// What can be asked for.
enum Asked {
    Health,
    Event(Rc<Configuration>, Box<Input>),
}

/// Answers a request, then delivers what it handed in.
pub async fn serve(request: IncomingRequest, out: ResponseOutparam) {
    let head = matches!(request.method(), Method::Head);
    let asked = match ask(request).await {
        Ok(asked) => asked,
        Err(problem) => return refuse(out, &problem, head).await,
    };
    let (configuration, input) = match asked {
        Asked::Health => {
            return answer(out, 200, JSON, None, &json!({"status": "ok"}), head).await;
        }
        Asked::Event(configuration, input) => (configuration, input),
    };
    let began = clock::now();
    let before = input.name.starts_with("before:");
    // The other half is for the answers: of those too who have no expressions.
    let rendered_by = before.then(|| began.saturating_add(configuration.budget / 2));
    let recipients = match fan_out(&configuration, &input, rendered_by) {
        Ok(recipients) => recipients,
        Err(problem) => return refuse(out, &problem, head).await,
    };
    let warnings: Vec<String> = configuration.doubt(&input.name).into_iter().collect();
    if before {
        let deadline = Time::from_nanos(began.saturating_add(configuration.budget));
        let (outcome, publishing) = hooks::ask(&configuration, &input, &recipients, deadline).await;
        let record = EventRecord::new(&outcome, warnings, clock::time());
        output::line(&record);
        answer(out, 200, JSON, None, &record, false).await;
        for (webhook, delivery, unread) in publishing {
            publish(webhook, &delivery, unread).await;
        }
    } else {
        let outcome = hooks::accept(&input, &recipients);
        let record = EventRecord::new(&outcome, warnings, clock::time());
        output::line(&record);
        let (status, header) = match outcome.outcome {
            EventDecision::Rejected => (503, Some(("retry-after", RETRY_SECONDS))),
            _ => (202, None),
        };
        answer(out, status, JSON, header, &record, false).await;
        hooks::tell(&configuration, &input, &recipients).await;
    }
}

async fn refuse(out: ResponseOutparam, problem: &Problem, head: bool) {
    let kind = "application/problem+json";
    answer(
        out,
        problem.status,
        kind,
        problem.header,
        &problem.body(),
        head,
    )
    .await;
}

async fn ask(request: IncomingRequest) -> Result<Asked, Problem> {
    let settings = Settings::read();
    let method = request.method();
    let path = request.path_with_query().unwrap_or_default();
    match (path.split('?').next(), method) {
        (Some("/events"), Method::Post) => take(&settings, request).await,
        (Some("/events"), _) => Err(Problem::method("POST")),
        (Some("/health"), Method::Get | Method::Head) => {
            configuration(&settings).map(|_| Asked::Health)
        }
        (Some("/health"), _) => Err(Problem::method("GET, HEAD")),
        _ => Err(Problem::new(
            404,
            "not found; use POST /events or GET /health",
        )),
    }
}

fn configuration(settings: &Settings) -> Result<Rc<Configuration>, Problem> {
    Configuration::get(settings).map_err(|()| {
        let detail = "the service's configuration cannot be used; its standard error says why";
        Problem::new(503, detail)
    })
}

async fn take(settings: &Settings, request: IncomingRequest) -> Result<Asked, Problem> {
    let (length, [traceparent, tracestate]) = {
        let headers = request.headers();
        // Of several traceparent none counts, and of several tracestate all do.
        let all = |name: &str| {
            let values = headers.get(name).into_iter();
            let values = values.map(|value| String::from_utf8_lossy(&value).into_owned());
            values.collect::<Vec<_>>().join(",")
        };
        let trace = ["traceparent", "tracestate"].map(all);
        let first = |name: &str| headers.get(name).into_iter().next();
        let authorization = first("authorization");
        let page = first("origin").is_some();
        settings.access().check(authorization.as_deref(), page)?;
        let kind = first("content-type").unwrap_or_default();
        let kind = kind.split(|byte| *byte == b';').next().unwrap_or_default();
        // Without it a form of any web page could hand in events.
        if !kind.trim_ascii().eq_ignore_ascii_case(JSON.as_bytes()) {
            let detail = "an event is JSON; send Content-Type: application/json";
            return Err(Problem::new(415, detail));
        }
        let length = first("content-length").unwrap_or_default();
        let length = String::from_utf8(length).ok();
        (length.and_then(|text| text.parse().ok()), trace)
    };
    let configuration = configuration(settings)?;
    // Its envelope has as many again.
    let body = read(request, length, configuration.max_event.saturating_mul(2)).await?;
    let text = String::from_utf8(body).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        Problem::event(format!("the body is not UTF-8 after {valid} bytes"))
    })?;
    let mut input = Input::parse(&text).map_err(Problem::event)?;
    input.in_trace(&traceparent, &tracestate);
    if let Some(warning) = input.trace.warning {
        output::warn(&format!("warning: {}: {warning}", input.name));
    }
    Ok(Asked::Event(configuration, Box::new(input)))
}

async fn read(
    request: IncomingRequest,
    length: Option<usize>,
    longest: usize,
) -> Result<Vec<u8>, Problem> {
    let too_long = || Problem::new(413, format!("the body is longer than {longest} bytes"));
    let cut = || Problem::event("the body ended early");
    if length.is_some_and(|length| length > longest) {
        return Err(too_long());
    }
    let body = request.consume().map_err(|()| cut())?;
    let mut bytes = Vec::new();
    match within(BODY, outbound::read(&body, longest, &mut bytes)).await {
        Some(outbound::End::Whole) => {
            drop(IncomingBody::finish(body));
            Ok(bytes)
        }
        Some(outbound::End::Oversized) => Err(too_long()),
        Some(outbound::End::Broken) => Err(cut()),
        None => Err(Problem::new(408, "the body did not arrive within 30 s")),
    }
}

async fn answer(
    out: ResponseOutparam,
    status: u16,
    kind: &str,
    header: Option<(&str, &str)>,
    body: &impl Serialize,
    head: bool,
) {
    // Records are made of texts and numbers: nothing in them fails.
    let mut body = serde_json::to_string(body).unwrap_or_default();
    body.push('\n');
    let length = body.len().to_string();
    let fields = Fields::new();
    let all = [("content-type", kind), ("content-length", &length)];
    for (name, value) in all.into_iter().chain(header) {
        // An engine that refuses one of these answers without it.
        let _ = fields.set(name, &[value.as_bytes().to_vec()]);
    }
    let response = OutgoingResponse::new(fields);
    let _ = response.set_status_code(status);
    let outgoing = response.body();
    ResponseOutparam::set(out, Ok(response));
    let Ok(outgoing) = outgoing else { return };
    if !head && let Ok(stream) = outgoing.write() {
        // Who asked may have gone.
        let _ = outbound::write(&stream, body.as_bytes()).await;
    }
    let _ = OutgoingBody::finish(outgoing, None);
}
