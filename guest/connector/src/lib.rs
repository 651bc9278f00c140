//! The rules of servo webhooks as a WebAssembly component of the world
//! `webhook-connector`: it imports nothing, so it can do nothing but compute.
//!
//! Only conversions live here; every decision is made in the crates `documents` and `rules`.
#![cfg(target_family = "wasm")]

mod arena;
mod convert;

/// Generated from the WIT; its unsafe code is that of the canonical ABI.
#[allow(
    missing_docs,
    unsafe_code,
    unsafe_op_in_unsafe_fn,
    clippy::all,
    clippy::pedantic
)]
mod bindings {
    wit_bindgen::generate!({ path: "../../wit", world: "webhook-connector" });
    use super::Component;
    export!(Component);
}

use bindings::exports::servo::webhooks::connector as wit;

struct Component;

impl wit::Guest for Component {
    fn parse_config(document: String, events: Vec<String>, source: String) -> wit::Configuration {
        convert::configuration(documents::config::parse(&document, &events, &source))
    }

    fn select(listeners: Vec<Vec<String>>, event: String) -> Vec<u32> {
        rules::selector::select(&listeners, &event)
    }

    fn render(
        shape: String,
        notification: wit::Notification,
    ) -> Result<wit::Rendering, wit::RenderError> {
        rules::render::render(&shape, &convert::notification(notification))
            .map(convert::rendering)
            .map_err(convert::render_error)
    }

    fn sign(
        scheme: String,
        secrets: Vec<String>,
        context: wit::SigningContext,
        body: wit::Content,
    ) -> Result<Vec<wit::Header>, wit::SecretError> {
        let context = rules::signature::SigningContext {
            delivery: context.delivery,
            attempt: context.attempt,
            now: context.now,
        };
        rules::signature::sign(&scheme, &secrets, &context, convert::content(body).bytes())
            .map(convert::headers)
            .map_err(|error| wit::SecretError {
                secret: error.secret,
                message: error.message,
            })
    }

    fn judge(policy: String, attempt: wit::Attempt) -> wit::Ruling {
        convert::ruling(rules::answer::judge(&policy, &convert::attempt(attempt)))
    }

    fn schema(shape: String, event_type: wit::EventType) -> Result<wit::Description, String> {
        documents::schema::schema(&shape, &convert::event_type(&event_type)).map(|description| {
            wit::Description {
                content_type: description.content_type,
                schema: description.schema,
            }
        })
    }

    fn sample(
        event_type: wit::EventType,
        id: String,
        created: String,
    ) -> Result<wit::Event, String> {
        documents::sample::sample(&convert::event_type(&event_type), &id, &created)
            .map(convert::event_out)
    }
}
