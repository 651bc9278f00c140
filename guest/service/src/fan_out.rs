//! From an event to the webhooks that it concerns, each with what it is sent.

use crate::clock;
use crate::configuration::Configuration;
use crate::connector::{self, Content, Notification, RenderError, Rendering, Request};
use crate::headers;
use crate::input::Input;
use crate::output;
use crate::problem::Problem;
use crate::webhook::ResolvedWebhook;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use rules::addressee::Addressee;
use std::rc::Rc;

/// How this servo gets its name.
const NAMED: &str = "set SERVO_WEBHOOKS_SOURCE to";

/// What a shape makes of a notification; shared by its webhooks and all their attempts.
pub struct RenderedRequest {
    /// Content type, event name, schema version, what the format adds, and the trace.
    pub headers: HeaderMap,
    pub body: Content,
}

/// Why nothing is sent.
pub enum Unsent {
    /// A condition does not hold.
    Skipped(String),
    /// The webhook has failed.
    Failed(String),
}

/// What a shape makes of a notification, or why nothing is sent.
type Rendered = Result<Rc<RenderedRequest>, Rc<Unsent>>;

/// A webhook with what its shape made of the notification.
pub struct Recipient<'a> {
    pub webhook: &'a ResolvedWebhook,
    pub request: Rendered,
    /// `X-Servo-Delivery`.
    pub delivery: String,
}

/// The webhooks that a notification concerns, each with its request: one rendering for each
/// shape. Expressions that come to an end after `deadline` have failed.
///
/// # Errors
/// If it is no event, or too large, or not for this servo and its webhooks.
pub fn fan_out<'a>(
    configuration: &'a Configuration,
    input: &Input,
    deadline: Option<u64>,
) -> Result<Vec<Recipient<'a>>, Problem> {
    let (size, limit) = (input.size, configuration.max_event);
    if size > limit {
        let detail = format!("it has {size} bytes, and {limit} are the most that are taken");
        return Err(Problem::new(413, detail));
    }
    let mut rendered: Vec<(&str, Rendered)> = Vec::new();
    let mut recipients = Vec::new();
    let selected = select(configuration, input)?;
    for webhook in narrow(configuration, selected, &input.addressee, &input.name)? {
        let shape = webhook.read.shape.as_str();
        let known = rendered.iter().find(|(known, _)| *known == shape);
        let request = match known {
            Some((_, request)) => request.clone(),
            None => {
                let mut request = render(webhook, input).map_err(Problem::event)?;
                if webhook.read.warm && deadline.is_some_and(|deadline| clock::now() > deadline) {
                    let late = "its expressions took more than half of the event's budget";
                    request = Err(Unsent::Failed(late.to_owned()));
                }
                let request = request.map(Rc::new).map_err(Rc::new);
                rendered.push((shape, request.clone()));
                request
            }
        };
        recipients.push(Recipient {
            webhook,
            request,
            delivery: clock::id(),
        });
    }
    Ok(recipients)
}

/// The enabled webhooks that listen, in document order.
fn select<'a>(
    configuration: &'a Configuration,
    input: &Input,
) -> Result<Vec<&'a ResolvedWebhook>, Problem> {
    let webhooks = &configuration.webhooks;
    if let Notification::Message(message) = &input.notification {
        let listens = |webhook: &&ResolvedWebhook| {
            webhook.read.enabled && webhook.read.channels.contains(&message.channel)
        };
        return Ok(webhooks.iter().filter(listens).collect());
    }
    let listeners: Vec<_> = webhooks
        .iter()
        .map(|webhook| match webhook.read.enabled {
            true => webhook.read.events.clone(),
            false => Vec::new(),
        })
        .collect();
    let indices = connector::select(&listeners, &input.name);
    let known = |index: &u32| webhooks.get(usize::try_from(*index).ok()?);
    let selected: Option<Vec<_>> = indices.iter().map(known).collect();
    selected
        .filter(|_| indices.is_sorted_by(|a, b| a < b))
        .ok_or_else(|| Problem::new(500, "the connector selected webhooks that are not there"))
}

/// Those of the selected that an input is for.
fn narrow<'a>(
    configuration: &'a Configuration,
    mut selected: Vec<&'a ResolvedWebhook>,
    addressee: &Addressee,
    name: &str,
) -> Result<Vec<&'a ResolvedWebhook>, Problem> {
    addressee
        .check_source(&configuration.source, NAMED)
        .map_err(Problem::event)?;
    let Some(wanted) = &addressee.webhook else {
        return Ok(selected);
    };
    let is_it = |webhook: &&ResolvedWebhook| wanted.is(webhook.index, webhook.read.name.as_deref());
    selected.retain(is_it);
    if selected.is_empty() {
        let found = configuration.webhooks.iter().find(is_it);
        let enabled = found.map(|webhook| webhook.read.enabled);
        return Err(Problem::event(wanted.unreached(enabled, name)));
    }
    Ok(selected)
}

/// What the shape of a webhook makes of a notification; an error is the notification's.
fn render(
    webhook: &ResolvedWebhook,
    input: &Input,
) -> Result<Result<RenderedRequest, Unsent>, String> {
    match connector::render(&webhook.read.shape, &input.notification) {
        Err(RenderError::Notification(why)) => Err(why),
        Err(RenderError::Expression(why) | RenderError::Other(why)) => Ok(Err(Unsent::Failed(why))),
        Ok(Rendering::Skip(why)) => Ok(Err(Unsent::Skipped(why))),
        Ok(Rendering::Send(request)) => {
            if let Some(warning) = &request.warning {
                let (label, name, id) = (webhook.label(), &input.name, &input.id);
                output::warn(&format!("warning: {label}: {name} ({id}): {warning}"));
            }
            Ok(rendered_request(request, input).map_err(Unsent::Failed))
        }
    }
}

fn rendered_request(request: Request, input: &Input) -> Result<RenderedRequest, String> {
    let mut map = HeaderMap::new();
    headers::rendered(&request.headers, &mut map)?;
    let content_type = headers::text(&request.content_type)
        .ok_or("the connector's render returned a content type that cannot be sent")?;
    map.insert(header::CONTENT_TYPE, content_type);
    let name = HeaderValue::from_str(&input.name).map_err(|error| error.to_string())?;
    map.insert(HeaderName::from_static("x-servo-event"), name);
    if let Some(version) = request.schema_version {
        map.insert(HeaderName::from_static("x-servo-schema"), version.into());
    }
    if let Some(trace) = &input.trace.context {
        headers::set_trace(trace, &mut map);
    }
    let body = match (request.body, &input.notification) {
        (Some(text), _) => Content::Text(text),
        (None, Notification::Message(message)) => message.content.clone(),
        (None, Notification::Event(_)) => {
            return Err("the connector's render returned an event without a body".to_owned());
        }
    };
    Ok(RenderedRequest { headers: map, body })
}
