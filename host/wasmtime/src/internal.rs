//! What the program, the tests and the benches of this repository use beside the public API.
//! It may change with every commit.
#![allow(missing_docs)]

pub mod file {
    pub use crate::file::*;
}

pub mod config {
    pub use crate::config::{Document, Written, without_strings};
    use crate::{Configuration, Connector};

    /// The configuration as another connector decides about it: no host can do that, but for
    /// a test a connector may fail where it is asked, and not when the configuration is read.
    #[must_use]
    pub fn decided_by(connector: &Connector, configuration: Configuration) -> Configuration {
        configuration.decided_by(connector)
    }

    /// A webhook's fields as they are written; none unless it was read for
    /// [`LoadMode::Inspect`](crate::LoadMode::Inspect).
    #[must_use]
    pub fn written(configuration: &Configuration, index: usize) -> Option<&Written> {
        configuration.written.get(index)
    }
}

pub mod connector {
    pub use crate::connector::{REFUSED, Rendered, Sandbox, Shape, Signatures, bindings as wit};
    use crate::{Connector, connector::CallError};

    /// The functions of the contract; see the WIT.
    pub trait Contract {
        fn parse_config(
            &self,
            document: &str,
            events: &[String],
            source: &str,
        ) -> Result<wit::Configuration, CallError>;
        fn select(&self, listeners: &[Vec<String>], event: &str) -> Result<Vec<u32>, CallError>;
        fn render(
            &self,
            shape: &Shape,
            notification: wit::Notification<'_>,
            size: usize,
        ) -> Result<Rendered, CallError>;
        fn render_to_sign(
            &self,
            shape: &Shape,
            notification: wit::Notification<'_>,
            size: usize,
        ) -> Result<(Rendered, Option<Sandbox>), CallError>;
        fn sign(
            &self,
            scheme: &str,
            secrets: &[&str],
            context: wit::SigningContext<'_>,
            body: wit::Content<'_>,
        ) -> Result<Signatures, CallError>;
        fn sign_in(
            &self,
            sandbox: Option<&mut Sandbox>,
            scheme: &str,
            secrets: &[&str],
            context: wit::SigningContext<'_>,
            body: wit::Content<'_>,
        ) -> Result<Signatures, CallError>;
        fn judge(&self, policy: &str, attempt: wit::Attempt<'_>) -> Result<wit::Ruling, CallError>;
        fn schema(
            &self,
            shape: &Shape,
            event_type: wit::EventType<'_>,
        ) -> Result<Result<wit::Description, String>, CallError>;
        fn sample(
            &self,
            event_type: wit::EventType<'_>,
            id: &str,
            created: &str,
        ) -> Result<Result<wit::EventResult, String>, CallError>;
    }

    impl Contract for Connector {
        fn parse_config(
            &self,
            document: &str,
            events: &[String],
            source: &str,
        ) -> Result<wit::Configuration, CallError> {
            Connector::parse_config(self, document, events, source)
        }
        fn select(&self, listeners: &[Vec<String>], event: &str) -> Result<Vec<u32>, CallError> {
            Connector::select(self, listeners, event)
        }
        fn render(
            &self,
            shape: &Shape,
            notification: wit::Notification<'_>,
            size: usize,
        ) -> Result<Rendered, CallError> {
            Connector::render(self, shape, notification, size)
        }
        fn render_to_sign(
            &self,
            shape: &Shape,
            notification: wit::Notification<'_>,
            size: usize,
        ) -> Result<(Rendered, Option<Sandbox>), CallError> {
            Connector::render_to_sign(self, shape, notification, size)
        }
        fn sign(
            &self,
            scheme: &str,
            secrets: &[&str],
            context: wit::SigningContext<'_>,
            body: wit::Content<'_>,
        ) -> Result<Signatures, CallError> {
            Connector::sign(self, scheme, secrets, context, body)
        }
        fn sign_in(
            &self,
            sandbox: Option<&mut Sandbox>,
            scheme: &str,
            secrets: &[&str],
            context: wit::SigningContext<'_>,
            body: wit::Content<'_>,
        ) -> Result<Signatures, CallError> {
            Connector::sign_in(self, sandbox, scheme, secrets, context, body)
        }
        fn judge(&self, policy: &str, attempt: wit::Attempt<'_>) -> Result<wit::Ruling, CallError> {
            Connector::judge(self, policy, attempt)
        }
        fn schema(
            &self,
            shape: &Shape,
            event_type: wit::EventType<'_>,
        ) -> Result<Result<wit::Description, String>, CallError> {
            Connector::schema(self, shape, event_type)
        }
        fn sample(
            &self,
            event_type: wit::EventType<'_>,
            id: &str,
            created: &str,
        ) -> Result<Result<wit::EventResult, String>, CallError> {
            Connector::sample(self, event_type, id, created)
        }
    }
}

pub mod outbound {
    pub use crate::outbound::{Client, Ending, Options, Outgoing, Target, Urgency, Version};
}
