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

    fn render(shape: String, occasion: wit::Occasion) -> Result<wit::Rendering, wit::RenderError> {
        rules::render::render(&shape, &convert::occasion(occasion))
            .map(convert::rendering)
            .map_err(convert::render_error)
    }

    fn sign(
        scheme: String,
        secrets: Vec<String>,
        stamp: wit::Stamp,
        body: wit::Content,
    ) -> Result<Vec<wit::Header>, wit::SecretError> {
        let stamp = rules::signature::Stamp {
            delivery: stamp.delivery,
            attempt: stamp.attempt,
            now: stamp.now,
        };
        rules::signature::sign(&scheme, &secrets, &stamp, convert::content(body).bytes())
            .map(convert::headers)
            .map_err(|error| wit::SecretError {
                secret: error.secret,
                message: error.message,
            })
    }

    fn judge(policy: String, attempt: wit::Attempt) -> wit::Ruling {
        convert::ruling(rules::answer::judge(&policy, &convert::attempt(attempt)))
    }

    fn schema(shape: String, subject: wit::Subject) -> Result<wit::Description, String> {
        documents::schema::schema(&shape, &convert::subject(&subject)).map(|description| {
            wit::Description {
                content_type: description.content_type,
                schema: description.schema,
            }
        })
    }

    fn sample(subject: wit::Subject, id: String, created: String) -> Result<wit::Event, String> {
        documents::sample::sample(&convert::subject(&subject), &id, &created)
            .map(convert::event_out)
    }
}
