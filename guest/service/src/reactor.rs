//! Futures over `wasi:io/poll`, on the one thread that there is.

use crate::wasi::clocks::monotonic_clock;
use crate::wasi::io::poll::{self, Pollable};
use futures_util::future::{Either, select};
use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::rc::{Rc, Weak};
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

thread_local! {
    /// Weak, so that a future that is dropped takes its pollable with it: the engine
    /// wants it gone before what it belongs to.
    static WAITING: RefCell<Vec<(Weak<Pollable>, Waker)>> = const { RefCell::new(Vec::new()) };
}

struct Main;

impl Wake for Main {
    fn wake(self: Arc<Self>) {}
}

/// Runs a future to its end.
pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    let waker = Waker::from(Arc::new(Main));
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return value;
        }
        let (held, wakers): (Vec<_>, Vec<_>) = WAITING
            .take()
            .into_iter()
            .filter_map(|(pollable, waker)| Some((pollable.upgrade()?, waker)))
            .unzip();
        if held.is_empty() {
            continue;
        }
        let ready = poll::poll(&held.iter().map(Rc::as_ref).collect::<Vec<_>>());
        for (index, (pollable, waker)) in held.into_iter().zip(wakers).enumerate() {
            if u32::try_from(index).is_ok_and(|index| ready.contains(&index)) {
                waker.wake();
            } else {
                WAITING.with_borrow_mut(|waiting| waiting.push((Rc::downgrade(&pollable), waker)));
            }
        }
    }
}

/// Waits until a pollable is ready.
pub async fn ready(pollable: Pollable) {
    let pollable = Rc::new(pollable);
    poll_fn(|context| {
        if pollable.ready() {
            return Poll::Ready(());
        }
        let weak = Rc::downgrade(&pollable);
        WAITING.with_borrow_mut(|waiting| {
            waiting.retain(|(known, _)| !known.ptr_eq(&weak));
            waiting.push((weak, context.waker().clone()));
        });
        Poll::Pending
    })
    .await;
}

/// Wakes all who wait for it.
#[derive(Default)]
pub struct Bell {
    rung: Cell<u64>,
    waiting: RefCell<Vec<Waker>>,
}

impl Bell {
    pub fn ring(&self) {
        self.rung.set(self.rung.get() + 1);
        self.waiting.take().into_iter().for_each(Waker::wake);
    }

    /// Waits until it is rung.
    pub async fn heard(&self) {
        let before = self.rung.get();
        poll_fn(|context| {
            if self.rung.get() != before {
                return Poll::Ready(());
            }
            self.waiting.borrow_mut().push(context.waker().clone());
            Poll::Pending
        })
        .await;
    }
}

/// Waits for so many nanoseconds.
pub async fn sleep(nanoseconds: u64) {
    ready(monotonic_clock::subscribe_duration(nanoseconds)).await;
}

/// What a future gives, or none after so many nanoseconds.
pub async fn within<T>(nanoseconds: u64, future: impl Future<Output = T>) -> Option<T> {
    match select(pin!(future), pin!(sleep(nanoseconds))).await {
        Either::Left((value, _)) => Some(value),
        Either::Right(_) => None,
    }
}
