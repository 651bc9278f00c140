//! Connections that are kept alive and shared, one set for each origin and version of HTTP.
//!
//! Every connection was vetted when it was opened. It is kept no
//! longer than its server says, and none is kept while somebody waits for a descriptor.

use super::capacity::{Capacity, Permit, Urgency};
use super::client::Version;
use super::connect::Connector;
use super::connection::{Active, Connection, Http1, Http2};
use super::error::{ConnectError, SendError};
use super::meter::Mark;
use super::scarcity::{Pauses, Scarcity, Want};
use super::target::Target;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep, timeout};

/// How often expired connections are looked for.
const SWEEP: Duration = Duration::from_secs(1);

/// How long a connection that may come to be shared is waited for before another is opened.
const SHARING: Duration = Duration::from_millis(250);

/// How long a connection may take to be ready again once its answer has been read. One whose
/// responder answered before it read the request may never be.
const READY: Duration = Duration::from_millis(25);

/// Requests on one shared connection at a time: servers commonly take 100 or 128 streams, and
/// what is above that would wait for the others.
const STREAMS: usize = 100;

/// A shared connection on which nothing came for so long is suspect.
const SILENT: Duration = Duration::from_secs(1);

/// All connections.
pub(super) struct Pool {
    connector: Connector,
    capacity: Capacity,
    /// What connections are opened and driven on, whoever asks for them.
    runtime: Handle,
    /// By version.
    origins: [Mutex<HashMap<Box<str>, Arc<Origin>>>; 3],
    sweeping: AtomicBool,
}

/// The connections of one origin that speak one version.
#[derive(Default)]
pub(super) struct Origin {
    kept: Mutex<Kept>,
    /// Held by whoever opens a connection that others may share.
    opening: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Kept {
    idle: Vec<Http1>,
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

/// The right to give a connection back when its answer has been read.
pub(super) enum Lease {
    /// To be kept.
    Http1(Http1, Arc<Origin>, Arc<Pool>),
    /// It is shared anyway.
    Http2(#[expect(dead_code, reason = "its drop says that the request is over")] Active),
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing panics while one is held; if it did, the connections are still whole.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Origin {
    fn lock(&self) -> MutexGuard<'_, Kept> {
        lock(&self.kept)
    }

    /// A connection that is there.
    fn take(self: &Arc<Self>, urgency: Urgency) -> Option<Ready> {
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
    fn may_share(&self, target: &Target, version: Version) -> bool {
        match version {
            Version::Http2 => true,
            Version::Http1 => false,
            Version::Auto => target.is_https() && self.lock().speaks != Some(Spoken::Http1),
        }
    }

    /// Takes up a new connection, for a request and for those that come.
    fn open(self: &Arc<Self>, connection: Connection, urgency: Urgency) -> Ready {
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
    /// Drops what was kept long enough; whether anything is left.
    fn sweep(&mut self, now: Instant) -> bool {
        self.idle.retain(|http1| http1.is_usable(now));
        for place in &mut self.shared {
            if let Some((shared, used)) = place {
                let old = shared.active() == 0 && now - *used > super::connection::IDLE;
                if old || !shared.is_usable() {
                    *place = None;
                }
            }
        }
        !self.idle.is_empty() || self.shared.iter().any(Option::is_some)
    }
}

impl Pool {
    /// With the runtime that this is called in.
    pub(super) fn new(connector: Connector, capacity: Capacity) -> Arc<Self> {
        Arc::new(Self {
            connector,
            capacity,
            runtime: Handle::current(),
            origins: Default::default(),
            sweeping: AtomicBool::new(false),
        })
    }

    pub(super) fn connector(&self) -> &Connector {
        &self.connector
    }

    fn origin(&self, target: &Target, version: Version) -> Arc<Origin> {
        let mut origins = lock(&self.origins[version as usize]);
        if let Some(origin) = origins.get(target.origin()) {
            return Arc::clone(origin);
        }
        Arc::clone(origins.entry(target.origin().into()).or_default())
    }

    /// A connection for a request: one that is kept, unless it must be new, or a new one.
    /// What this machine lacks is waited for.
    ///
    /// # Errors
    /// If the target is not allowed, or cannot be connected to.
    pub(super) async fn acquire(
        self: &Arc<Self>,
        target: &Target,
        version: Version,
        urgency: Urgency,
        new: bool,
        want: &Want,
    ) -> Result<Ready, SendError> {
        let origin = self.origin(target, version);
        if !new && let Some(ready) = origin.take(urgency) {
            return Ok(ready);
        }
        let _opening = if origin.may_share(target, version) {
            let opening = timeout(SHARING, origin.opening.lock()).await.ok();
            if !new && let Some(ready) = origin.take(urgency) {
                return Ok(ready);
            }
            opening
        } else {
            None
        };
        let mut pauses = Pauses::for_the_machine();
        loop {
            let permit = self.permit(urgency, want).await;
            self.watch();
            let error = match self.open(target, version, urgency, permit).await {
                Ok(connection) => {
                    want.set(None);
                    return Ok(origin.open(connection, urgency));
                }
                Err(error) => error,
            };
            self.wait_for_the_machine(error, want, &mut pauses).await?;
        }
    }

    /// Waits for a while if an error says that this machine lacks something.
    ///
    /// # Errors
    /// The error itself, if it does not.
    pub(super) async fn wait_for_the_machine(
        &self,
        error: ConnectError,
        want: &Want,
        pauses: &mut Pauses,
    ) -> Result<(), SendError> {
        let Some(scarcity) = error.scarcity() else {
            return Err(error.into());
        };
        tracing::debug!(%scarcity, "a connection is waited for");
        want.set(Some(scarcity));
        self.evict();
        pauses.next().await;
        Ok(())
    }

    /// Opens a connection on the runtime of the pool: it must be driven on for as long as it is
    /// kept, and whoever asks may have a runtime that stands still meanwhile.
    async fn open(
        self: &Arc<Self>,
        target: &Target,
        version: Version,
        urgency: Urgency,
        permit: Permit,
    ) -> Result<Connection, ConnectError> {
        let (pool, target) = (Arc::clone(self), target.clone());
        let opening = self.runtime.spawn(async move {
            let opened = pool.connector.open(&target, version, urgency, permit);
            opened.await
        });
        // Ended with whoever waits for it.
        let _ending = Opening(opening.abort_handle());
        opening.await.unwrap_or(Err(ConnectError::Late))
    }

    async fn permit(&self, urgency: Urgency, want: &Want) -> Permit {
        if let Some(permit) = self.capacity.try_acquire(urgency) {
            return permit;
        }
        want.set(Some(Scarcity::Descriptors));
        // What is kept unused is closed before anybody waits long.
        self.evict();
        let permit = self.capacity.acquire(urgency).await;
        want.set(None);
        permit
    }

    /// Closes one connection that is kept unused, if there is any.
    fn evict(&self) {
        let all = self.origins.iter();
        let all: Vec<_> = all
            .flat_map(|map| lock(map).values().map(Arc::clone).collect::<Vec<_>>())
            .collect();
        for origin in all {
            let mut kept = origin.lock();
            if !kept.idle.is_empty() {
                kept.idle.remove(0);
                return;
            }
            for place in &mut kept.shared {
                if place
                    .as_ref()
                    .is_some_and(|(shared, _)| shared.active() == 0)
                {
                    *place = None;
                    return;
                }
            }
        }
    }

    /// Closes everything that is not in use, and shares nothing that is open.
    pub(super) fn forget(&self) {
        for origins in &self.origins {
            lock(origins).clear();
        }
    }

    /// Closes in time what nobody uses, by a task that ends with the last of it.
    fn watch(self: &Arc<Self>) {
        if self.sweeping.swap(true, Ordering::AcqRel) {
            return;
        }
        self.runtime.spawn(sweep(Sweeping(Arc::downgrade(self))));
    }
}

/// A connection that is being opened; given up when it is dropped.
struct Opening(AbortHandle);

impl Drop for Opening {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Resets the mark of the task that sweeps, on every way out.
struct Sweeping(Weak<Pool>);

impl Drop for Sweeping {
    fn drop(&mut self) {
        if let Some(pool) = self.0.upgrade() {
            pool.sweeping.store(false, Ordering::Release);
        }
    }
}

async fn sweep(sweeping: Sweeping) {
    loop {
        sleep(SWEEP).await;
        let Some(pool) = sweeping.0.upgrade() else {
            return;
        };
        let now = Instant::now();
        let mut kept = false;
        for origins in &pool.origins {
            lock(origins).retain(|_, origin| {
                let left = origin.lock().sweep(now);
                kept |= left;
                left || Arc::strong_count(origin) > 1
            });
        }
        if !kept {
            return;
        }
    }
}

impl Lease {
    /// Keeps the connection for the next request, when it is ready for that.
    pub(super) async fn give_back(self) {
        let Self::Http1(mut http1, origin, pool) = self else {
            return;
        };
        let ready = timeout(READY, http1.is_ready()).await == Ok(true);
        let usable = http1.may_be_kept() && http1.is_usable(Instant::now());
        if !ready || !usable || pool.capacity.is_wanted() {
            return;
        }
        origin.lock().idle.push(http1);
        pool.watch();
    }
}

impl From<ConnectError> for SendError {
    fn from(error: ConnectError) -> Self {
        match error {
            ConnectError::Refused(refused) => Self::Refused(refused),
            other => Self::NoAnswer(other.into()),
        }
    }
}
