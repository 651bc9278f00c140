//! Conditions and payloads in jq, in the sandbox: what the real jq says, what hostile ones
//! may cost, and what the guide offers.

mod failures;
mod jq;
mod webhooks;
