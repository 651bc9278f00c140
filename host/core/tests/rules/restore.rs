//! What was written down goes on: attempts and time, waits, gentle starts and pauses.

use crate::host::{Host, LIMITS, SECOND};
use lifecycle::{
    AttemptResult, BreakerLimits, Cause, Delivery, DeliveryProgress, Health, Limits, Settled, Step,
    Time, Verdict, Wait, WebhookState,
};
use std::time::Duration;

fn progress(attempts: u32, seconds: u32) -> DeliveryProgress {
    let spent = SECOND * seconds;
    DeliveryProgress { attempts, spent }
}

fn wait(due: u32, longest: u32) -> Option<Wait> {
    Some(Wait {
        due: Time::default() + SECOND * due,
        longest: SECOND * longest,
    })
}

/// Moves on until the restored delivery is sent; after how many seconds that was.
fn sent_after(host: &mut Host) -> u32 {
    (0..=100)
        .find(|seconds| {
            let before = *seconds > 0;
            host.after(SECOND * u32::from(before));
            !host.out.is_empty() || !host.settled.is_empty()
        })
        .unwrap()
}

#[test]
fn attempts_and_time_go_on_where_they_were() {
    let mut host = Host::new(6);
    host.restore(progress(1, 40), None);
    assert_eq!(host.out[0].1, 2, "the second attempt");
    host.now = host.now + SECOND * 15;
    let left = host.deliveries.iter().next().unwrap();
    assert_eq!(left.state.progress(host.now), progress(2, 55));
    let result = AttemptResult {
        verdict: Verdict::Retry(SECOND * 5),
        health: Some(Health::Down),
    };
    let finished = host
        .deliveries
        .finished(host.out[0].0, result, host.now, |_| {});
    let (finished, _) = finished.unwrap();
    assert_eq!(finished.progress, progress(2, 55));
    assert_eq!(finished.waits, Some(host.now + SECOND * 5));
}

#[test]
fn what_was_held_and_never_sent_goes_on_with_the_time_that_it_has_used() {
    let limits = Limits {
        breaker: BreakerLimits {
            after: Duration::ZERO,
            hold: SECOND * 10,
        },
        ..LIMITS
    };
    let (mut webhook, now) = (WebhookState::default(), Time::default());
    for _ in 0..5 {
        let down = Some(Health::Down);
        webhook.breaker.note(limits.breaker, now, down, None, true);
    }
    let mut delivery = Delivery::default();
    let held = delivery.next(&mut webhook, &limits, now);
    assert_eq!(held, Step::Wait(now + SECOND * 10));
    // Its process dies in the same moment.
    let mut restored = Delivery::restored(delivery.progress(now), now);
    let late = now + LIMITS.patience;
    let end = restored.next(&mut WebhookState::default(), &limits, late);
    assert_eq!(end, Step::Settle(Settled::Failed(Cause::Late)));
}

#[test]
fn what_was_never_sent_begins_its_time_when_it_could_be() {
    let mut host = Host::new(6);
    host.restore(progress(0, 0), wait(30, 30));
    host.after(SECOND * 29);
    assert!(host.out.is_empty());
    host.after(SECOND);
    let sent = host.deliveries.iter().next().unwrap();
    assert_eq!(sent.state.progress(host.now), progress(1, 0));
}

#[test]
fn time_that_is_used_up_is_used_up() {
    let mut host = Host::new(6);
    host.restore(progress(1, 61), None);
    assert_eq!(host.settled, [Settled::Failed(Cause::Late)]);
}

#[test]
fn the_last_attempt_is_not_made_twice() {
    let mut host = Host::new(6);
    host.restore(progress(3, 1), None);
    assert_eq!(host.settled, [Settled::Failed(Cause::Attempt)]);
    host.restore(progress(2, 1), None);
    assert_eq!(host.out.len(), 1);
}

/// With a clock of the wall that is right, one that was set back, and one that was set ahead;
/// the last has less patience left than it is to wait.
#[test]
fn nothing_waits_for_longer_than_it_was_to() {
    for (used, due, longest, expected) in [
        (10, 7, 20, 7),
        (10, 90, 20, 20),
        (10, 0, 20, 0),
        (50, 15, 20, 5),
    ] {
        let mut host = Host::new(6);
        host.restore(progress(1, used), wait(due, longest));
        assert_eq!(sent_after(&mut host), expected, "{used} {due} {longest}");
        assert_eq!(host.out.len(), 1);
    }
}

/// Each time that it is restored it has waited for two of eight seconds.
#[test]
fn a_wait_is_not_given_twice() {
    let mut host = Host::new(6);
    host.restore(progress(1, 40), wait(6, 8));
    let waiting = |host: &Host| {
        let (due, one) = host.deliveries.waiting().next().unwrap();
        (due, one.state.progress(host.now))
    };
    assert_eq!(waiting(&host), (host.now + SECOND * 6, progress(1, 42)));
    let mut host = Host::new(6);
    host.restore(progress(1, 42), wait(4, 6));
    assert_eq!(waiting(&host), (host.now + SECOND * 4, progress(1, 44)));
    host.after(SECOND * 4);
    let sent = host.deliveries.iter().next().unwrap();
    assert_eq!(sent.state.progress(host.now), progress(2, 48));
}

#[test]
fn an_endpoint_is_met_gently_until_it_has_its_bound() {
    let mut host = Host::new(6);
    for _ in 0..40 {
        host.restore(progress(0, 0), None);
    }
    let mut bounds = vec![host.out.len()];
    host.delivered();
    bounds.push(host.out.len());
    host.delivered();
    bounds.push(host.out.len());
    host.failed();
    // Those that are out are let go first.
    while host.out.len() > 1 {
        bounds.push(host.out.len());
        host.finish(Verdict::Failed, None);
    }
    bounds.push(host.out.len());
    for _ in 0..3 {
        host.delivered();
        bounds.push(host.out.len());
    }
    assert_eq!(bounds, [1, 2, 4, 3, 2, 1, 2, 4, 6]);
    // It had its bound, so that a failure is nothing special any more, nor is another page.
    host.failed();
    host.restore(progress(0, 0), None);
    assert_eq!(host.out.len(), 6);
}

#[test]
fn an_endpoint_that_nothing_was_restored_to_is_not_met_gently() {
    let mut host = Host::new(6);
    host.accept(8);
    assert_eq!(host.out.len(), 6);
    host.failed();
    assert_eq!(host.out.len(), 6);
}

#[test]
fn nothing_is_restored_after_the_end() {
    let mut host = Host::new(6);
    host.deliveries.close();
    let queued = host.queued(progress(1, 1));
    assert!(host.deliveries.restore([(queued, None)], host.now).is_err());
}

#[test]
fn a_pause_costs_no_time() {
    let mut host = Host::new(6);
    // One is ready, one waits, and one has not begun.
    host.webhook.borrow_mut().pause(host.now);
    host.restore(progress(1, 40), None);
    host.restore(progress(1, 40), wait(10, 10));
    host.restore(progress(0, 0), None);
    host.after(SECOND * 30);
    assert_eq!((host.out.len(), host.settled.len()), (0, 0));
    let paused = host.deliveries.paused();
    let mut used: Vec<_> = paused.map(|one| one.state.progress(host.now)).collect();
    used.sort_by_key(|one| one.spent);
    assert_eq!(used, [progress(0, 0), progress(1, 40), progress(1, 40)]);
    // Nobody has said so.
    let signals = host.deliveries.resume(host.now);
    assert_eq!(signals.workers, []);
    assert_eq!(host.webhook.borrow().paused(), Some(Time::default()));
    host.webhook.borrow_mut().resume();
    let signals = host.deliveries.resume(host.now);
    host.heed(signals);
    let all = host.deliveries.iter();
    let mut used: Vec<_> = all.map(|one| one.state.progress(host.now).spent).collect();
    used.sort_unstable();
    assert_eq!(used, [Duration::ZERO, SECOND * 40, SECOND * 40]);
    for _ in 0..3 {
        host.delivered();
    }
    assert_eq!(host.settled, [Settled::Delivered; 3]);
}

#[test]
fn a_pause_gives_no_time_back_from_before_the_restart() {
    let mut host = Host::new(6);
    host.webhook.borrow_mut().pause(host.now);
    host.after(SECOND * 30);
    host.restore(progress(1, 40), None);
    host.after(SECOND * 30);
    let paused = host.deliveries.paused().next().unwrap();
    assert_eq!(paused.state.progress(host.now), progress(1, 40));
}

#[test]
fn moments_before_the_start_are_moments() {
    let start = Time::default();
    let before = start - SECOND;
    assert!(before < start);
    assert_eq!((start + SECOND).since(before), SECOND * 2);
    assert_eq!(before.since(start), Duration::ZERO);
    assert_eq!(
        (before.as_nanos(), (start + SECOND).as_nanos()),
        (0, 1_000_000_000)
    );
    // A moment that is too far away is the last.
    let last = Time::from_nanos(u64::MAX);
    assert_eq!(last, Time::from(Duration::MAX));
    assert_eq!(last + SECOND, last);
    assert_eq!(last.as_nanos(), (1 << 63) - 1);
    assert_eq!(Time::from_nanos((1 << 63) - 2).as_nanos(), (1 << 63) - 2);
}
