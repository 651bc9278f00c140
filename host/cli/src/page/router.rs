//! From a request to a view or an action.

use super::fields::Fields;
use super::layout::View;
use super::page_request::PageRequest;
use super::state::State;
use super::trouble::Trouble;
use super::visitor::{self, Stranger, Visitor};
use super::{actions, answer, layout, views};
use crate::serve::body::{AnswerBody, until_answered};
use crate::serve::connection::Connection;
use crate::serve::connections::Answers;
use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_TYPE};
use http::request::Parts;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Incoming;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// Bytes of a form: as much as an event of 1 MiB is with all that is escaped in it.
const FORM: usize = 4 << 20;

/// The time for a form to come.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a path answers.
#[derive(Clone, Copy)]
enum Target {
    Icon,
    /// A view.
    View(Place),
    /// A form that changes something.
    Action(actions::Action),
    /// A form that is filled in and asks something.
    Explain,
}

/// A view.
#[derive(Clone, Copy)]
enum Place {
    Overview,
    Webhook,
    Deliveries,
    DeadLetters,
    Delivery,
    Decisions,
    Decision,
    Replay,
    Forget,
    Explain,
    Configuration,
}

/// What a path and a method mean; the methods of the path, if this one is none of them.
fn target(path: &str, method: &Method) -> Result<Target, Trouble> {
    use actions::Action;
    let view = match path {
        "/" => Some(Place::Overview),
        "/webhook" => Some(Place::Webhook),
        "/deliveries" => Some(Place::Deliveries),
        "/dead-letters" => Some(Place::DeadLetters),
        "/delivery" => Some(Place::Delivery),
        "/decisions" => Some(Place::Decisions),
        "/decision" => Some(Place::Decision),
        "/replay" => Some(Place::Replay),
        "/forget" => Some(Place::Forget),
        "/explain" => Some(Place::Explain),
        "/configuration" => Some(Place::Configuration),
        _ => None,
    };
    let form = match path {
        "/pause" => Some(Target::Action(Action::Pause)),
        "/resume" => Some(Target::Action(Action::Resume)),
        "/replay" => Some(Target::Action(Action::Replay)),
        "/forget" => Some(Target::Action(Action::Forget)),
        "/explain" => Some(Target::Explain),
        _ => None,
    };
    let reads = *method == Method::GET || *method == Method::HEAD;
    match (view, form) {
        _ if path == "/icon.svg" && reads => Ok(Target::Icon),
        (Some(view), _) if reads => Ok(Target::View(view)),
        (_, Some(form)) if *method == Method::POST => Ok(form),
        (Some(_), Some(_)) => Err(Trouble::method("GET, HEAD, POST")),
        (None, Some(_)) => Err(Trouble::method("POST")),
        (None, None) if path != "/icon.svg" => Err(Trouble::missing(
            "There is no such page",
            "The address may be misspelt, or from another version.",
        )),
        _ => Err(Trouble::method("GET, HEAD")),
    }
}

impl Answers for State {
    async fn respond(
        self: Arc<Self>,
        request: Request<Incoming>,
        connection: Arc<Connection>,
        _: usize,
    ) -> Result<Response<AnswerBody>, Infallible> {
        let (parts, body) = request.into_parts();
        let mut work = None;
        let answered = match self.admit(&parts).await {
            Ok(visitor) => {
                work = Some(connection.work());
                self.answer(parts, body, visitor).await
            }
            Err(trouble) => Err(trouble),
        };
        let mut response = answered.unwrap_or_else(|trouble| {
            let mut response = answer::page(trouble.status, layout::trouble(&trouble), None);
            if let Some((name, value)) = trouble.header() {
                response.headers_mut().insert(name, value);
            }
            response
        });
        if connection.overstays(false, usize::MAX) {
            let close = HeaderValue::from_static("close");
            response.headers_mut().insert(CONNECTION, close);
        }
        Ok(match work {
            Some(work) => until_answered(response, work),
            None => response,
        })
    }
}

impl State {
    /// Who may look.
    async fn admit(&self, parts: &Parts) -> Result<Visitor, Trouble> {
        visitor::has_host(parts)?;
        let stranger = match Visitor::of(&self.access.current(), parts) {
            Ok(visitor) => return Ok(visitor),
            Err(stranger) => stranger,
        };
        if let Stranger::Wrong(who) = &stranger {
            self.sign_ins.refuse(who).await;
        }
        Err(visitor::refused(&stranger))
    }

    async fn answer(
        &self,
        parts: Parts,
        body: Incoming,
        visitor: Visitor,
    ) -> Result<Response<AnswerBody>, Trouble> {
        let path = parts.uri.path();
        let target = target(path, &parts.method)?;
        let query = parts.uri.query().unwrap_or_default();
        let ask = |fields| PageRequest::new(path, fields, visitor, &self.key);
        match target {
            Target::Icon => Ok(answer::icon()),
            Target::View(place) => {
                let ask = ask(Fields::parse(query.as_bytes()));
                Ok(shown(&ask, &self.view(place, &ask).await?))
            }
            Target::Explain => {
                let ask = ask(form(&parts, body).await?);
                is_signed(&ask)?;
                Ok(shown(&ask, &views::explain::answered(self, &ask).await?))
            }
            Target::Action(action) => {
                let ask = ask(form(&parts, body).await?);
                is_signed(&ask)?;
                Ok(answer::see(&actions::act(self, &ask, action).await?))
            }
        }
    }

    async fn view(&self, place: Place, ask: &PageRequest<'_>) -> Result<View, Trouble> {
        match place {
            Place::Overview => views::overview::show(self, ask).await,
            Place::Webhook => views::webhook::show(self, ask).await,
            Place::Deliveries => views::deliveries::show(self, ask, false).await,
            Place::DeadLetters => views::deliveries::show(self, ask, true).await,
            Place::Delivery => views::delivery::show(self, ask).await,
            Place::Decisions => views::decisions::show(self, ask).await,
            Place::Decision => views::decision::show(self, ask).await,
            Place::Replay => views::confirm::show(self, ask, actions::Action::Replay).await,
            Place::Forget => views::confirm::show(self, ask, actions::Action::Forget).await,
            Place::Explain => views::explain::show(self, ask).await,
            Place::Configuration => views::configuration::show(self, ask).await,
        }
    }
}

fn shown(ask: &PageRequest<'_>, view: &View) -> Response<AnswerBody> {
    let updates = view.updates.is_some_and(|by_itself| ask.updates(by_itself));
    let again = updates.then(|| ask.again());
    answer::page(StatusCode::OK, layout::page(ask, view), again.as_deref())
}

/// The fields of a form that this page sent.
async fn form(parts: &Parts, body: Incoming) -> Result<Fields, Trouble> {
    visitor::is_own_form(parts)?;
    let kind = parts.headers.get(CONTENT_TYPE).map(HeaderValue::as_bytes);
    let kind = kind.unwrap_or_default().split(|byte| *byte == b';').next();
    let kind = kind.unwrap_or_default().trim_ascii();
    if !kind.eq_ignore_ascii_case(b"application/x-www-form-urlencoded") {
        return Err(Trouble::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "That is no form",
            "A form has the Content-Type application/x-www-form-urlencoded.",
        ));
    }
    Ok(Fields::parse(&read(body).await?))
}

async fn read(body: Incoming) -> Result<Bytes, Trouble> {
    match timeout(PATIENCE, Limited::new(body, FORM).collect()).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(Trouble::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "That is too much",
            format!(
                "A form has at most {} MiB. Use `servo-webhooks explain` for larger events.",
                FORM >> 20
            ),
        )),
        Ok(Err(_)) => Err(Trouble::unfit("The form ended early.")),
        Err(_) => Err(Trouble::new(
            StatusCode::REQUEST_TIMEOUT,
            "The form did not arrive in time",
            format!("It had {} s.", PATIENCE.as_secs()),
        )),
    }
}

fn is_signed(ask: &PageRequest<'_>) -> Result<(), Trouble> {
    if ask.is_signed() {
        return Ok(());
    }
    Err(Trouble::forbidden(
        "This form was not shown to you by this process. After a restart, go back, load the page again and repeat what you did.",
    ))
}
