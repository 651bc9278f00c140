//! Limits in time in which this process ran.
//!
//! A process that was stopped, or whose thread was held up, learns late of an answer that
//! came in time. So a limit is waited for in slices: one that ends late, and in which this
//! process computed little, says that nothing ran meanwhile, and moves the limit by as much.
//! Where it is asked for, the time between two waits moves it as well: nobody else has had it.

mod computed;

pub(crate) use computed::processors;

use computed::Computed;
use std::pin::{Pin, pin};
use std::time::Duration;
use tokio::time::{self, Instant};

/// A limit is waited for in so many slices, within the bounds below.
const SLICES: u32 = 16;
const SHORTEST: Duration = Duration::from_millis(10);
const LONGEST: Duration = Duration::from_millis(250);

/// A slice that ends later than this was not only waited for.
const LATE: Duration = Duration::from_millis(20);

/// A limit beyond it is none: 30 years.
const FOR_EVER: Duration = Duration::from_secs(30 * 365 * 24 * 60 * 60);

/// The limit passed while this process ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the time is up")]
pub struct Elapsed(());

/// A moment by which something is to be done. It moves while the process stands still and
/// somebody waits with it.
#[derive(Clone, Copy, Debug)]
pub struct Deadline {
    moment: Instant,
    /// When somebody last waited with it, if the time in between is not to count.
    waited: Option<Instant>,
}

impl Deadline {
    /// So long from now; one that no clock can tell is years away.
    pub fn after(limit: Duration) -> Self {
        Self::at(Instant::now() + limit.min(FOR_EVER))
    }

    /// This very moment.
    pub fn at(moment: Instant) -> Self {
        Self {
            moment,
            waited: None,
        }
    }

    /// It moves too by what passes while nobody waits with it, from this moment on: this process
    /// stood still then, or was busy. What takes no longer than a late slice does not matter.
    pub(crate) fn waited_with_since(self, moment: Instant) -> Self {
        Self {
            waited: Some(moment),
            ..self
        }
    }

    /// Where it stands by now.
    pub fn moment(self) -> Instant {
        self.moment
    }

    /// Goes on with it; when that is.
    pub(crate) fn go_on(&mut self) -> Instant {
        let now = Instant::now();
        if let Some(waited) = &mut self.waited {
            let unwaited = now.saturating_duration_since(*waited);
            if unwaited > LATE {
                self.moment += unwaited;
            }
            *waited = now;
        }
        now
    }

    fn pause(&mut self) {
        if let Some(waited) = &mut self.waited {
            *waited = Instant::now();
        }
    }

    /// Waits for a future until the deadline.
    ///
    /// # Errors
    /// If the deadline passed first. What had arrived by then is taken all the same.
    pub async fn within<F: IntoFuture>(&mut self, future: F) -> Result<F::Output, Elapsed> {
        let mut future = pin!(future.into_future());
        let began = self.go_on();
        let output = self.waiting(began, future.as_mut()).await;
        self.pause();
        output
    }

    async fn waiting<F: Future>(
        &mut self,
        began: Instant,
        mut future: Pin<&mut F>,
    ) -> Result<F::Output, Elapsed> {
        let left = self.moment.saturating_duration_since(began);
        let slice = (left / SLICES).clamp(SHORTEST, LONGEST);
        let mut due = self.moment.min(began + slice).max(began);
        let (mut computed, mut grace) = (Computed::default(), true);
        loop {
            if let Ok(output) = time::timeout_at(due, future.as_mut()).await {
                return Ok(output);
            }
            let now = self.move_by_lateness(due, slice, &mut computed);
            if now >= self.moment {
                // What came in time may still pass through other tasks, and is not yet seen.
                if !grace || now.saturating_duration_since(due) <= LATE {
                    return Err(Elapsed(()));
                }
                grace = false;
                self.moment = now + slice;
            }
            due = self.moment.min(now + slice);
        }
    }

    /// Waits for a future, however long it takes.
    pub async fn across<F: IntoFuture>(&mut self, future: F) -> F::Output {
        let mut future = pin!(future.into_future());
        let mut due = self.go_on() + LONGEST;
        let mut computed = Computed::default();
        loop {
            if let Ok(output) = time::timeout_at(due, future.as_mut()).await {
                self.pause();
                return output;
            }
            due = self.move_by_lateness(due, Duration::ZERO, &mut computed) + LONGEST;
        }
    }

    /// Moves if a slice ended late, and says when it ended. A grace is left then, since what
    /// came meanwhile may pass through other tasks before it is seen here.
    fn move_by_lateness(
        &mut self,
        due: Instant,
        grace: Duration,
        computed: &mut Computed,
    ) -> Instant {
        let now = Instant::now();
        let late = now.saturating_duration_since(due);
        // Whoever keeps this process busy must not move its limits by that; what it could
        // compute until the slice was over was not computed late.
        let computed = computed.since_the_last_look(now);
        let punctual = computed.looked_before.saturating_sub(late) * processors();
        let stood_still = late.saturating_sub(computed.time.saturating_sub(punctual));
        if stood_still > LATE {
            self.moment = (self.moment + stood_still).max(now + grace);
        }
        now
    }
}

/// Waits for a future until a moment, which moves while this process stands still.
///
/// # Errors
/// If the moment passed first.
pub(crate) async fn timeout_at<F: IntoFuture>(
    moment: Instant,
    future: F,
) -> Result<F::Output, Elapsed> {
    Deadline::at(moment).within(future).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::{pending, ready};
    use std::io::Write;
    use std::net::TcpListener;
    use tokio::io::AsyncReadExt;
    use tokio::net::TcpStream;
    use tokio::time::{advance, sleep};

    fn ms(count: u64) -> Duration {
        Duration::from_millis(count)
    }

    async fn timeout<F: Future>(limit: Duration, future: F) -> Result<F::Output, Elapsed> {
        Deadline::after(limit).within(future).await
    }

    #[tokio::test(start_paused = true)]
    async fn a_limit_ends_when_it_says() {
        for limit in [0, 1, 9, 100, 5_000, 3_600_000].map(ms) {
            let began = Instant::now();
            assert_eq!(timeout(limit, pending::<()>()).await, Err(Elapsed(())));
            let lasted = began.elapsed();
            // Timers are exact to the millisecond.
            assert!(
                lasted >= limit && lasted <= limit + ms(2),
                "{limit:?}: {lasted:?}"
            );
        }
        let late = timeout(ms(1_000), sleep(ms(1_010))).await;
        assert_eq!(late, Err(Elapsed(())));
        assert_eq!(timeout(ms(1_000), sleep(ms(990))).await, Ok(()));
    }

    #[tokio::test(start_paused = true)]
    async fn a_moment_that_is_over_takes_what_is_there() {
        let past = Instant::now();
        advance(ms(500)).await;
        let began = Instant::now();
        assert_eq!(timeout_at(past, ready(7)).await, Ok(7));
        assert_eq!(timeout_at(past, pending::<()>()).await, Err(Elapsed(())));
        assert!(began.elapsed() <= ms(2), "{:?}", began.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn no_limit_is_too_long() {
        assert_eq!(timeout(Duration::MAX, sleep(ms(3_600_000))).await, Ok(()));
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_waited_for_across_a_deadline_leaves_it_where_it_was() {
        let began = Instant::now();
        let mut deadline = Deadline::after(ms(1_000));
        deadline.across(sleep(ms(3_000))).await;
        assert_eq!(deadline.moment(), began + ms(1_000));
        assert_eq!(deadline.within(pending::<()>()).await, Err(Elapsed(())));
    }

    /// The answer passes through a task of its own, as those of an HTTP client do.
    #[tokio::test]
    async fn an_answer_that_came_while_the_thread_was_held_up_counts() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (held, is_held) = std::sync::mpsc::channel();
        let peer = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            is_held.recv().unwrap();
            stream.write_all(b"!").unwrap();
            stream
        });
        let mut stream = TcpStream::connect(address).await.unwrap();
        let answer = tokio::spawn(async move { stream.read_u8().await.unwrap() });
        // As if the process had been stopped.
        tokio::spawn(async move {
            held.send(()).unwrap();
            std::thread::sleep(ms(400));
        });
        let mut deadline = Deadline::after(ms(100));
        let before = deadline.moment();
        assert_eq!(deadline.within(answer).await.unwrap().unwrap(), b'!');
        assert!(deadline.moment() - before >= ms(250), "it moved");
        drop(peer.join().unwrap());
    }

    #[tokio::test(start_paused = true)]
    async fn what_passes_while_nobody_waits_moves_it_where_that_is_asked_for() {
        let mut counts = Deadline::after(ms(1_000));
        let mut moves = counts.waited_with_since(Instant::now());
        let before = moves.moment();
        // As if the process had been stopped just before the request was sent.
        advance(ms(2_000)).await;
        let late = sleep(ms(500));
        assert_eq!(moves.within(late).await, Ok(()));
        assert_eq!(moves.moment(), before + ms(2_000));
        assert_eq!(counts.within(sleep(ms(1))).await, Err(Elapsed(())));
        // A moment is nobody's matter, and what was waited for has counted.
        advance(ms(19)).await;
        assert_eq!(moves.within(pending::<()>()).await, Err(Elapsed(())));
        assert_eq!(moves.moment(), before + ms(2_000));
        // Before the next attempt too.
        advance(ms(300)).await;
        moves.go_on();
        assert_eq!(moves.moment(), before + ms(2_300));
    }

    /// Nobody answers: standing still delays the end, and does not prevent it.
    #[tokio::test]
    async fn a_limit_ends_after_the_thread_was_held_up() {
        tokio::spawn(async { std::thread::sleep(ms(300)) });
        assert!(timeout(ms(100), pending::<()>()).await.is_err());
    }
}
