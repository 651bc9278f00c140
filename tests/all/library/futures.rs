//! What an embedder may do with the types: compiled, which is the test.

use servo_webhooks::{
    Configuration, Error, Event, Input, Message, Observer, Results, Webhook, Webhooks,
};
use std::sync::Arc;
use std::time::Duration;

fn is_send<T: Send>(_: T) {}

/// Whoever serves events spawns them, on whatever thread.
#[test]
fn futures_can_be_spawned() {
    fn all(
        webhooks: &Webhooks,
        webhook: &Webhook,
        event: &Event,
        input: &Input,
        message: &Message,
    ) {
        let results = Results::new();
        is_send(webhooks.before(event));
        is_send(webhooks.after(event, &results));
        is_send(webhooks.message(message));
        is_send(webhooks.handle(input));
        is_send(webhooks.ready(input));
        is_send(webhooks.dry_run(input));
        is_send(webhooks.prepare(webhook, input));
        is_send(webhooks.trigger(webhook, input));
        is_send(webhooks.idle());
        is_send(webhooks.shutdown(Duration::ZERO));
        is_send(webhooks.dispatch(event, async || (1, Results::new())));
        let work = async || Err::<((), Results), _>("no");
        is_send(webhooks.try_dispatch(event, work, |_| None));
    }
    let _ = all;
}

#[test]
fn what_is_shared_can_be_shared() {
    fn shared<T: Send + Sync + 'static>() {}
    shared::<Webhooks>();
    shared::<Configuration>();
    shared::<Error>();
    shared::<Input>();
    fn observes<T: Observer>() {}
    observes::<Arc<dyn Observer>>();
}
