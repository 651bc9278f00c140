//! What the page stands on.

use super::configuration::Inspector;
use super::form_key::FormKey;
use super::history::History;
use super::samples::Samples;
use super::sign_in::SignIns;
use super::snapshots::Snapshots;
use crate::observe::Readiness;
use crate::serve::reloadable_access::ReloadableAccess;
use servo_webhooks::Webhooks;
use std::sync::Arc;

/// What the page stands on, shared by all requests.
pub struct State {
    pub webhooks: Webhooks,
    pub snapshots: Snapshots,
    pub history: History,
    pub samples: Samples,
    pub inspector: Inspector,
    pub access: Arc<ReloadableAccess>,
    pub key: FormKey,
    pub sign_ins: SignIns,
    /// What is refused, and why.
    pub readiness: Arc<Readiness>,
}
