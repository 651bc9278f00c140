use super::*;
use crate::delivery::outcome::BreakerState;
use std::sync::mpsc;

fn record(index: usize) -> BreakerRecord {
    BreakerRecord {
        webhook: None,
        index,
        state: BreakerState::Open,
        failures: None,
        hold_ms: None,
        error: None,
    }
}

struct Moody(mpsc::Sender<usize>);

impl Observer for Moody {
    fn breaker(&self, record: BreakerRecord) {
        let _ = self.0.send(record.index);
        assert!(record.index.is_multiple_of(2), "an odd one");
    }
}

#[tokio::test]
async fn order_is_kept_and_panics_end_nothing() {
    let (sender, receiver) = mpsc::channel();
    let reports = Reports::start(Moody(sender), None, Handle::current()).unwrap();
    for index in 0..100 {
        reports.breaker(record(index));
    }
    reports.all_told().await;
    assert!(receiver.try_iter().eq(0..100));
}

struct Stuck(Mutex<mpsc::Receiver<()>>);

impl Observer for Stuck {
    fn breaker(&self, _: BreakerRecord) {
        let _ = self.0.lock().unwrap().recv();
    }
}

#[tokio::test]
async fn an_observer_that_hangs_holds_up_no_end() {
    let (release, stuck) = mpsc::channel();
    let reports = Reports::start(Stuck(Mutex::new(stuck)), None, Handle::current()).unwrap();
    for index in 0..2 * NOTES {
        reports.breaker(record(index));
    }
    assert!(reports.lock().records.len() <= NOTES, "bounded");
    reports.told_if_taken(&Capacity::new(1, 1, 1)).await;
    reports.until_told();
    drop(release);
    reports.all_told().await;
}
