//! From an event to the webhooks that it concerns, each with what it is sent.

use crate::clock;
use crate::configuration::Configuration;
use crate::connector::{self, Content, Occasion, RenderError, Rendering, Request};
use crate::event::Stated;
use crate::headers;
use crate::output;
use crate::problem::Problem;
use crate::webhook::Prepared;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use rules::terms::Terms;
use std::rc::Rc;

/// How this servo gets its name.
const NAMED: &str = "set SERVO_WEBHOOKS_SOURCE to";

/// What a shape makes of an occasion; shared by its webhooks and all their attempts.
pub struct Parcel {
    /// Content type, event name, schema version and what the format adds.
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

/// What a shape makes of an occasion, or why nothing is sent.
type Rendered = Result<Rc<Parcel>, Rc<Unsent>>;

/// A webhook with what its shape made of the occasion.
pub struct Addressed<'a> {
    pub webhook: &'a Prepared,
    pub parcel: Rendered,
    /// `X-Servo-Delivery`.
    pub delivery: String,
}

/// The webhooks that an occasion concerns, each with its parcel: one rendering for each
/// shape. Expressions that come to an end after `deadline` have failed.
///
/// # Errors
/// If it is no event, or too large, or not for this servo and its webhooks.
pub fn address<'a>(
    configuration: &'a Configuration,
    stated: &Stated,
    deadline: Option<u64>,
) -> Result<Vec<Addressed<'a>>, Problem> {
    let (size, limit) = (stated.size, configuration.max_event);
    if size > limit {
        let detail = format!("it has {size} bytes, and {limit} are the most that are taken");
        return Err(Problem::new(413, detail));
    }
    let mut rendered: Vec<(&str, Rendered)> = Vec::new();
    let mut addressed = Vec::new();
    let selected = select(configuration, stated)?;
    for webhook in narrow(configuration, selected, &stated.terms, &stated.name)? {
        let shape = webhook.read.shape.as_str();
        let known = rendered.iter().find(|(known, _)| *known == shape);
        let parcel = match known {
            Some((_, parcel)) => parcel.clone(),
            None => {
                let mut parcel = render(webhook, stated).map_err(Problem::event)?;
                if webhook.read.warm && deadline.is_some_and(|deadline| clock::now() > deadline) {
                    let late = "its expressions took more than half of the event's budget";
                    parcel = Err(Unsent::Failed(late.to_owned()));
                }
                let parcel = parcel.map(Rc::new).map_err(Rc::new);
                rendered.push((shape, parcel.clone()));
                parcel
            }
        };
        addressed.push(Addressed {
            webhook,
            parcel,
            delivery: clock::id(),
        });
    }
    Ok(addressed)
}

/// The enabled webhooks that listen, in document order.
fn select<'a>(
    configuration: &'a Configuration,
    stated: &Stated,
) -> Result<Vec<&'a Prepared>, Problem> {
    let webhooks = &configuration.webhooks;
    if let Occasion::Message(message) = &stated.occasion {
        let listens = |webhook: &&Prepared| {
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
    let indices = connector::select(&listeners, &stated.name);
    let known = |index: &u32| webhooks.get(usize::try_from(*index).ok()?);
    let selected: Option<Vec<_>> = indices.iter().map(known).collect();
    selected
        .filter(|_| indices.is_sorted_by(|a, b| a < b))
        .ok_or_else(|| Problem::new(500, "the connector selected webhooks that are not there"))
}

/// Those of the selected that a statement is for.
fn narrow<'a>(
    configuration: &'a Configuration,
    mut selected: Vec<&'a Prepared>,
    terms: &Terms,
    name: &str,
) -> Result<Vec<&'a Prepared>, Problem> {
    terms
        .check_source(&configuration.source, NAMED)
        .map_err(Problem::event)?;
    let Some(recipient) = &terms.recipient else {
        return Ok(selected);
    };
    let is_it = |webhook: &&Prepared| recipient.is(webhook.index, webhook.read.name.as_deref());
    selected.retain(is_it);
    if selected.is_empty() {
        let found = configuration.webhooks.iter().find(is_it);
        let enabled = found.map(|webhook| webhook.read.enabled);
        return Err(Problem::event(recipient.unreached(enabled, name)));
    }
    Ok(selected)
}

/// What the shape of a webhook makes of an occasion; an error is the occasion's.
fn render(webhook: &Prepared, stated: &Stated) -> Result<Result<Parcel, Unsent>, String> {
    match connector::render(&webhook.read.shape, &stated.occasion) {
        Err(RenderError::Occasion(why)) => Err(why),
        Err(RenderError::Expression(why) | RenderError::Other(why)) => Ok(Err(Unsent::Failed(why))),
        Ok(Rendering::Skip(why)) => Ok(Err(Unsent::Skipped(why))),
        Ok(Rendering::Send(request)) => {
            if let Some(warning) = &request.warning {
                let (label, name, id) = (webhook.label(), &stated.name, &stated.id);
                output::warn(&format!("warning: {label}: {name} ({id}): {warning}"));
            }
            Ok(parcel(request, stated).map_err(Unsent::Failed))
        }
    }
}

fn parcel(request: Request, stated: &Stated) -> Result<Parcel, String> {
    let mut map = HeaderMap::new();
    headers::rendered(&request.headers, &mut map)?;
    let content_type = headers::text(&request.content_type)
        .ok_or("the connector's render returned a content type that cannot be sent")?;
    map.insert(header::CONTENT_TYPE, content_type);
    let name = HeaderValue::from_str(&stated.name).map_err(|error| error.to_string())?;
    map.insert(HeaderName::from_static("x-servo-event"), name);
    if let Some(version) = request.schema_version {
        map.insert(HeaderName::from_static("x-servo-schema"), version.into());
    }
    let body = match (request.body, &stated.occasion) {
        (Some(text), _) => Content::Text(text),
        (None, Occasion::Message(message)) => message.content.clone(),
        (None, Occasion::Event(_)) => {
            return Err("the connector's render returned an event without a body".to_owned());
        }
    };
    Ok(Parcel { headers: map, body })
}
