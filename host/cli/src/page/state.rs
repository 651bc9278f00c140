//! What the page stands on.

use super::configuration::Inspector;
use super::form_key::FormKey;
use super::history::History;
use super::samples::Samples;
use super::sign_in::SignIns;
use crate::serve::reloadable_access::ReloadableAccess;
use servo_webhooks::Webhooks;
use std::sync::Arc;

/// What the page stands on, shared by all requests.
pub struct State {
    pub webhooks: Webhooks,
    pub history: History,
    pub samples: Samples,
    pub inspector: Inspector,
    pub access: Arc<ReloadableAccess>,
    pub key: FormKey,
    pub sign_ins: SignIns,
    /// Whether the last reload was refused.
    pub is_stale: Box<dyn Fn() -> bool + Send + Sync>,
}
