//! When the host is to come again, and when more would keep an endpoint busy.

use crate::host::{Host, SECOND};
use lifecycle::{Health, STALLED_AFTER, Verdict};
use std::time::Duration;

fn is_well_filled(host: &Host) -> bool {
    host.deliveries.is_well_filled([&()], host.now)
}

/// Enough are 256.
#[test]
fn a_queue_that_moves_is_well_filled_until_it_is_short() {
    let mut host = Host::new(1);
    assert!(!is_well_filled(&host), "nothing is there");
    host.accept(300);
    assert_eq!(host.deliveries.ready(&()), 299);
    for ready in (256..299).rev() {
        host.delivered();
        assert_eq!(host.deliveries.ready(&()), ready);
        assert!(is_well_filled(&host), "{ready}");
    }
    host.delivered();
    assert!(!is_well_filled(&host), "one too few");
    assert_eq!(host.short, []);
    for _ in 0..255 {
        host.delivered();
    }
    assert_eq!(host.deliveries.ready(&()), 0);
    assert_eq!(host.short, [128], "half of what is enough");
}

#[test]
fn a_queue_that_does_not_move_is_not_waited_for() {
    let mut host = Host::new(1);
    host.accept(300);
    host.now = host.now + STALLED_AFTER - Duration::from_nanos(1);
    assert!(is_well_filled(&host));
    host.now = host.now + Duration::from_nanos(1);
    assert!(!is_well_filled(&host));
    host.delivered();
    assert!(is_well_filled(&host), "it moves again");
}

/// One that is sent moves it, also if that leaves one too few until the next is accepted.
#[test]
fn a_queue_that_is_just_long_enough_moves() {
    let mut host = Host::new(1);
    host.accept(257);
    host.now = host.now + STALLED_AFTER;
    host.delivered();
    assert_eq!(host.deliveries.ready(&()), 255);
    host.accept(1);
    assert!(is_well_filled(&host));
}

/// Nobody has to look again because of something that comes later.
#[test]
fn the_host_comes_again_when_something_is_due_before_all_else() {
    for (second, earlier) in [(4, true), (5, false), (6, false)] {
        let mut host = Host::new(2);
        host.accept(2);
        let retry = |seconds| Verdict::Retry(SECOND * seconds);
        let signals = host.result(retry(5), Some(Health::Down));
        assert!(signals.rearm, "the first");
        assert_eq!(host.deliveries.next_due(), Some(host.now + SECOND * 5));
        let signals = host.result(retry(second), Some(Health::Down));
        assert_eq!(signals.rearm, earlier, "{second}");
    }
}

/// Two keep this machine busy. What takes long waits for its endpoint, and does not count.
#[test]
fn more_attempts_begin_when_those_before_take_long() {
    let mut host = Host::with_enough(5, 2);
    host.accept(10);
    assert_eq!(host.out.len(), 2);
    assert_eq!(host.deliveries.next_due(), Some(host.now + STALLED_AFTER));
    host.after(STALLED_AFTER - Duration::from_nanos(1));
    assert_eq!(host.out.len(), 2);
    host.after(Duration::from_nanos(1));
    assert_eq!(host.out.len(), 4);
    // One that took long is over, and its worker is one of those that keep it busy again.
    host.delivered();
    assert_eq!(host.out.len(), 4);
    host.after(STALLED_AFTER);
    assert_eq!(host.out.len(), 5, "the bound of the endpoint");
    assert_eq!(
        host.deliveries.next_due(),
        None,
        "nobody waits for a worker"
    );
}
