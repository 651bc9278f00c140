//! Whether events are taken, for those who send or restart by it.

use crate::output::Output;
use http::StatusCode;
use serde_json::json;
use servo_webhooks::Webhooks;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Where it is asked whether the process lives.
pub const LIVEZ: &str = "/livez";

/// Where it is asked whether it takes events.
pub const READYZ: &str = "/readyz";

/// What a process answers that lives.
pub const LIVE: &str = "{\"status\":\"live\"}\n";

/// Whether events are taken. An endpoint that is away is no reason against it: restarting this
/// program would not bring it back.
pub struct Readiness {
    webhooks: Option<Webhooks>,
    output: Arc<Output>,
    draining: AtomicBool,
    /// The last configuration could not be used: the previous one stays in force.
    configuration_refused: AtomicBool,
    /// The last token could not be read: the previous one stays in force.
    token_refused: AtomicBool,
}

/// Why events are not taken.
struct Reason {
    reason: &'static str,
    detail: String,
}

impl Readiness {
    /// Of a program that takes events for webhooks, or for a handler.
    pub fn new(webhooks: Option<Webhooks>, output: Arc<Output>) -> Self {
        Self {
            webhooks,
            output,
            draining: AtomicBool::new(false),
            configuration_refused: AtomicBool::new(false),
            token_refused: AtomicBool::new(false),
        }
    }

    /// No more events are taken.
    pub fn drain(&self) {
        self.draining.store(true, Ordering::Release);
    }

    /// Whether no more events are taken.
    pub fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Acquire)
    }

    /// Whether the configuration that was read anew is in force.
    pub fn note_configuration(&self, done: bool) {
        self.configuration_refused.store(!done, Ordering::Release);
    }

    /// Whether the token that was read anew is in force.
    pub fn note_token(&self, done: bool) {
        self.token_refused.store(!done, Ordering::Release);
        if let Some(webhooks) = self.webhooks.as_ref().filter(|_| !done) {
            webhooks.note_refused_reload();
        }
    }

    /// Whether anything was refused at the last reload.
    pub fn is_reload_refused(&self) -> bool {
        self.is_configuration_refused() || self.is_token_refused()
    }

    /// Whether the last configuration was refused.
    pub fn is_configuration_refused(&self) -> bool {
        self.configuration_refused.load(Ordering::Acquire)
    }

    /// Whether the last token was refused.
    pub fn is_token_refused(&self) -> bool {
        self.token_refused.load(Ordering::Acquire)
    }

    fn reasons(&self) -> Vec<Reason> {
        let mut reasons = Vec::new();
        if self.is_draining() {
            reasons.push(Reason {
                reason: "draining",
                detail: "shutting down; no more events are taken".to_owned(),
            });
        }
        if let Some(why) = self
            .webhooks
            .as_ref()
            .and_then(|webhooks| webhooks.store_health()?.trouble)
        {
            reasons.push(Reason {
                reason: "store",
                detail: format!("no events are taken while {why}"),
            });
        }
        if let Some(why) = self.output.refusal() {
            reasons.push(Reason {
                reason: "output",
                detail: format!("no events are taken while {why}"),
            });
        }
        reasons
    }

    /// What is answered to whoever asks.
    pub fn answer(&self) -> (StatusCode, String) {
        let reasons = self.reasons();
        let (status, word) = match reasons.is_empty() {
            true => (StatusCode::OK, "ready"),
            false => (StatusCode::SERVICE_UNAVAILABLE, "not_ready"),
        };
        let reasons: Vec<_> = reasons
            .iter()
            .map(|one| json!({"reason": one.reason, "detail": one.detail}))
            .collect();
        let body = json!({
            "status": word,
            "reasons": reasons,
            "reload_refused": self.is_reload_refused(),
        });
        (status, format!("{body}\n"))
    }
}
