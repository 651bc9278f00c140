//! What `GET /health` tells of a program that takes events.
//!
//! Its status says that alone, so that a probe restarts nothing for an endpoint that is
//! away. What else is wrong stands in the body: in numbers for everybody, and by the names of
//! webhooks for those who may hand in events.

use serde_json::{Map, Value, json};
use servo_webhooks::{BreakerState, StoreHealth, Webhooks};

/// The state of webhooks.
pub fn of(webhooks: &Webhooks, may_know: bool) -> Map<String, Value> {
    let configuration = webhooks.configuration();
    let enabled = || {
        configuration
            .webhooks()
            .iter()
            .filter(|webhook| webhook.enabled)
    };
    let breakers: Vec<_> = enabled()
        .filter_map(|webhook| match webhook.breaker() {
            BreakerState::Closed => None,
            state => Some(json!({
                "webhook": webhook.name,
                "index": webhook.index,
                "state": state,
            })),
        })
        .collect();
    let switched_off: Vec<_> = enabled()
        .filter(|webhook| webhook.switched_off().is_some())
        .map(|webhook| json!({"webhook": webhook.name, "index": webhook.index}))
        .collect();
    let mut state = Map::new();
    state.insert("breakers_open".to_owned(), breakers.len().into());
    state.insert("switched_off".to_owned(), switched_off.len().into());
    if let Some(store) = webhooks.store_health() {
        state.insert("store".to_owned(), of_store(&store, may_know));
    }
    if may_know {
        state.insert("breakers".to_owned(), breakers.into());
        state.insert("webhooks_switched_off".to_owned(), switched_off.into());
    }
    state
}

/// The state of a store. Where a damaged database went is for those who may know.
fn of_store(store: &StoreHealth, may_know: bool) -> Value {
    let salvaged = store.salvaged.as_ref().map(|salvaged| {
        let mut record = json!({
            "waiting": salvaged.waiting,
            "dead_letters": salvaged.dead_letters,
            "history": salvaged.history,
            "without_body": salvaged.without_body,
            "gaps": salvaged.gaps,
        });
        if may_know {
            record["moved_to"] = json!(salvaged.moved_to.display().to_string());
            record["error"] = json!(salvaged.error);
        }
        record
    });
    json!({
        "accepting": store.is_accepting(),
        "why": store.trouble,
        "waiting": store.waiting,
        "dead_letters": store.dead_letters,
        "bytes": store.bytes,
        "salvaged": salvaged,
    })
}

/// Why no events are accepted, if the store accepts none.
pub fn refusal(webhooks: &Webhooks) -> Option<String> {
    let trouble = webhooks.store_health()?.trouble?;
    Some(format!("no events are taken while {trouble}"))
}
