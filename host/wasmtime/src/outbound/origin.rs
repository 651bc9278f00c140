//! The connections of one origin: those that are kept, and those that are shared.

use super::byte_meter::Mark;
use super::connection::Connection;
use super::connection_limit::Urgency;
use super::http1::Http1;
use super::http2::Http2;
use super::keep_alive::IDLE;
use super::target::Target;
use super::version::Version;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// Requests on one shared connection at a time: servers commonly take 100 or 128 streams, and
/// what is above that would wait for the others.
const STREAMS: usize = 100;

/// A shared connection on which nothing came for so long is suspect.
const SILENT: Duration = Duration::from_secs(1);

/// The connections of one origin that speak one version.
#[derive(Default)]
pub(super) struct Origin {
    kept: Mutex<Kept>,
    /// Held by whoever opens a connection that others may share.
    pub(super) opening: tokio::sync::Mutex<()>,
}

/// Connections that are not closed.
#[derive(Default)]
pub(super) struct Kept {
    pub(super) idle: Vec<Http1>,
    /// Apart for questions and deliveries, since streams of a connection are few.
    shared: [Option<(Http2, Instant)>; 2],
    /// What TLS agreed on.
    speaks: Option<Spoken>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Spoken {
    Http1,
    Http2,
}

/// A connection for one request.
pub(super) enum Ready {
    Http1(Http1, Arc<Origin>),
    Http2(Http2, Arc<Origin>),
}

impl Origin {
    pub(super) fn lock(&self) -> MutexGuard<'_, Kept> {
        // Nothing panics while it is held; if it did, the connections are still whole.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A connection that is there.
    pub(super) fn take(self: &Arc<Self>, urgency: Urgency) -> Option<Ready> {
        let (mut kept, now) = (self.lock(), Instant::now());
        if let Some((shared, used)) = &mut kept.shared[urgency as usize] {
            if !shared.is_usable() {
                kept.shared[urgency as usize] = None;
            } else if shared.active() < STREAMS {
                *used = now;
                return Some(Ready::Http2(shared.clone(), Arc::clone(self)));
            }
        }
        while let Some(http1) = kept.idle.pop() {
            if http1.is_usable(now) {
                return Some(Ready::Http1(http1, Arc::clone(self)));
            }
        }
        None
    }

    /// Whether a connection that is opened now may serve others too.
    pub(super) fn may_share(&self, target: &Target, version: Version) -> bool {
        match version {
            Version::Http2 => true,
            Version::Http1 => false,
            Version::Auto => target.is_https() && self.lock().speaks != Some(Spoken::Http1),
        }
    }

    /// Takes up a new connection, for a request and for those that come.
    pub(super) fn open(self: &Arc<Self>, connection: Connection, urgency: Urgency) -> Ready {
        let mut kept = self.lock();
        match connection {
            Connection::Http1(http1) => {
                kept.speaks = Some(Spoken::Http1);
                Ready::Http1(http1, Arc::clone(self))
            }
            Connection::Http2(http2) => {
                kept.speaks = Some(Spoken::Http2);
                kept.shared[urgency as usize] = Some((http2.clone(), Instant::now()));
                Ready::Http2(http2, Arc::clone(self))
            }
        }
    }

    /// Watches a request on a shared connection.
    pub(super) fn suspect(self: Arc<Self>, http2: &Http2) -> Suspect {
        Suspect {
            origin: self,
            http2: http2.clone(),
            mark: http2.mark(),
            began: Instant::now(),
        }
    }

    /// Shares a connection no longer.
    pub(super) fn retire(&self, http2: &Http2) {
        for place in &mut self.lock().shared {
            if place.as_ref().is_some_and(|(shared, _)| shared.is(http2)) {
                *place = None;
            }
        }
    }
}

/// A request on a shared connection. If it is given up after nothing at all came for a
/// while, the connection may be dead, and the next request must not meet it.
pub(super) struct Suspect {
    origin: Arc<Origin>,
    http2: Http2,
    mark: Mark,
    began: Instant,
}

impl Drop for Suspect {
    fn drop(&mut self) {
        if self.began.elapsed() >= SILENT && self.http2.was_silent_since(self.mark) {
            self.origin.retire(&self.http2);
        }
    }
}

impl Kept {
    /// Closes one connection that is kept unused; whether there was any.
    pub(super) fn evict(&mut self) -> bool {
        if !self.idle.is_empty() {
            self.idle.remove(0);
            return true;
        }
        for place in &mut self.shared {
            if place
                .as_ref()
                .is_some_and(|(shared, _)| shared.active() == 0)
            {
                *place = None;
                return true;
            }
        }
        false
    }

    /// Drops what was kept long enough; whether anything is left.
    pub(super) fn sweep(&mut self, now: Instant) -> bool {
        self.idle.retain(|http1| http1.is_usable(now));
        for place in &mut self.shared {
            if let Some((shared, used)) = place {
                let old = shared.active() == 0 && now - *used > IDLE;
                if old || !shared.is_usable() {
                    *place = None;
                }
            }
        }
        !self.idle.is_empty() || self.shared.iter().any(Option::is_some)
    }
}
