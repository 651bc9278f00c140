//! Connections that are kept alive and shared, one set for each origin and version of HTTP.
//!
//! Every connection was vetted when it was opened. It is kept no
//! longer than its server says, and none is kept while somebody waits for a descriptor.

use super::connect::Connector;
use super::connect_error::ConnectError;
use super::connection::Connection;
use super::connection_limit::{ConnectionLimit, ConnectionPermit, Urgency};
use super::error::SendError;
use super::origin::{Origin, Ready};
use super::scarcity::{Pauses, Scarcity};
use super::target::Target;
use super::version::Version;
use super::wait_reason::WaitReason;
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

/// All connections.
pub(super) struct Pool {
    connector: Connector,
    connection_limit: ConnectionLimit,
    /// What connections are opened and driven on, whoever asks for them.
    runtime: Handle,
    /// By version.
    origins: [Mutex<HashMap<Box<str>, Arc<Origin>>>; 3],
    sweeping: AtomicBool,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing panics while one is held; if it did, the connections are still whole.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Pool {
    /// With the runtime that this is called in.
    pub(super) fn new(connector: Connector, connection_limit: ConnectionLimit) -> Arc<Self> {
        Arc::new(Self {
            connector,
            connection_limit,
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
        reason: &WaitReason,
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
            let permit = self.permit(urgency, reason).await;
            self.watch();
            let error = match self.open(target, version, urgency, permit).await {
                Ok(connection) => {
                    reason.set(None);
                    return Ok(origin.open(connection, urgency));
                }
                Err(error) => error,
            };
            self.wait_for_the_machine(error, reason, &mut pauses)
                .await?;
        }
    }

    /// Waits for a while if an error says that this machine lacks something.
    ///
    /// # Errors
    /// The error itself, if it does not.
    pub(super) async fn wait_for_the_machine(
        &self,
        error: ConnectError,
        reason: &WaitReason,
        pauses: &mut Pauses,
    ) -> Result<(), SendError> {
        let Some(scarcity) = error.scarcity() else {
            return Err(error.into());
        };
        tracing::debug!(%scarcity, "a connection is waited for");
        reason.set(Some(scarcity));
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
        permit: ConnectionPermit,
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

    async fn permit(&self, urgency: Urgency, reason: &WaitReason) -> ConnectionPermit {
        if let Some(permit) = self.connection_limit.try_acquire(urgency) {
            return permit;
        }
        reason.set(Some(Scarcity::Descriptors));
        // What is kept unused is closed before anybody waits long.
        self.evict();
        let permit = self.connection_limit.acquire(urgency).await;
        reason.set(None);
        permit
    }

    /// Whether somebody waits for a descriptor.
    pub(super) fn is_short(&self) -> bool {
        self.connection_limit.is_wanted()
    }

    /// Closes one connection that is kept unused, if there is any.
    fn evict(&self) {
        let all = self.origins.iter();
        let all: Vec<_> = all
            .flat_map(|map| lock(map).values().map(Arc::clone).collect::<Vec<_>>())
            .collect();
        for origin in all {
            if origin.lock().evict() {
                return;
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
    pub(super) fn watch(self: &Arc<Self>) {
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
