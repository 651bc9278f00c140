//! A hosted service: a component of WASI that takes requests and sends its own, such as
//! `servo-webhooks component --service` writes, but whoever made it.
//!
//! It is not trusted. Each request is answered by a fresh instance, which ends when its
//! work is done, after its answer or not; what it may use is bounded, it sends through
//! our own client alone, and of this process it sees what it was explicitly given.

mod answer;
mod body;
mod cpu_time;
mod error;
mod guest;
mod guest_stdio;
mod handle_table;
mod instance;
mod limits;
mod memory;
mod memory_account;
mod outgoing;
mod outgoing_error;
mod shared;
pub(crate) mod tuning;
mod world;

pub use body::{Body, Broken};
pub use error::Unanswered;
pub use guest_stdio::Lines;
pub use limits::Limits;

use crate::Options;
use crate::connector::engine::Engine;
use crate::connector::{Compiler, Component};
use crate::error::Error;
use crate::log_limit::{Kind, limited, log_rest};
use crate::outbound::Client;
use bytes::Bytes;
use guest::Guest;
use http::{Request, Response};
use instance::Instance;
use limits::{BODIES, MOST_INSTANCES, REQUESTS};
use outgoing::Egress;
use shared::Inner;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::{Semaphore, oneshot, watch};
use wasmtime_wasi_http::p2::bindings::ProxyPre;

/// A component of the world, checked and compiled. Cloning shares it.
#[derive(Clone)]
pub struct Checked {
    engine: Arc<Engine>,
    pre: ProxyPre<Guest>,
}

/// A service that takes requests. Cloning shares it.
#[derive(Clone)]
pub struct Service {
    inner: Arc<Inner>,
}

impl std::fmt::Debug for Checked {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Checked").finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Service {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Service")
            .field("limits", &self.inner.limits)
            .finish_non_exhaustive()
    }
}

impl Checked {
    /// Compiles a component in a process of its own, with [`Compiler::serve_service`] at
    /// its other end, and checks that it imports nothing but what a service is given.
    ///
    /// # Errors
    /// Says what is wrong with it, or what became of its compiler.
    pub fn new(component: &Component, compiler: &Compiler) -> Result<Self, Error> {
        let engine = Engine::new("service-clock", [tuning::code()])?;
        let compiled = component.compile_anew(engine.wasmtime(), Some(compiler))?;
        let pre = world::link(engine.wasmtime(), &compiled, &component.info().origin)?;
        Ok(Self {
            engine: Arc::new(engine),
            pre,
        })
    }
}

impl Service {
    /// Starts a service, in a tokio runtime. Of the environment it sees these variables;
    /// of the options those about where requests may go hold for it. Its lines of
    /// standard output are given to `lines`, its standard error is logged.
    ///
    /// # Errors
    /// If the CA file or a proxy of the environment cannot be used.
    pub fn start(
        checked: Checked,
        environment: Vec<(String, String)>,
        options: &Options,
        mut limits: Limits,
        lines: Lines,
    ) -> Result<Self, Error> {
        limits.instances = limits.instances.clamp(1, MOST_INSTANCES);
        let egress = Egress {
            client: Client::new(options.client())?,
            permits: Arc::new(Semaphore::new(REQUESTS)),
            bodies: Arc::new(Semaphore::new(BODIES)),
            longest: limits.body,
        };
        Ok(Self {
            inner: Arc::new(Inner {
                engine: checked.engine,
                pre: checked.pre,
                environment,
                permits: Arc::new(Semaphore::new(limits.instances)),
                limits,
                egress: Arc::new(egress),
                lines,
                log: Arc::default(),
                ended: watch::channel(false).0,
                begun: AtomicU64::new(0),
                failed: AtomicU64::new(0),
            }),
        })
    }

    /// Has a request answered by a fresh instance. Whoever drops this before there is an
    /// answer withdraws the request, and the instance is ended.
    ///
    /// # Errors
    /// Why there is no answer.
    pub async fn answer(&self, request: Request<Bytes>) -> Result<Response<Body>, Unanswered> {
        let inner = &self.inner;
        let permit = Arc::clone(&inner.permits).try_acquire_owned();
        let permit = permit.map_err(|_| Unanswered::Full)?;
        let number = inner.begun.fetch_add(1, Ordering::Relaxed) + 1;
        let (sender, answer) = oneshot::channel();
        let instance = Instance::new(Arc::clone(inner), number);
        let prepared = instance.prepare(request, sender)?;
        let (asking, asked) = oneshot::channel();
        tokio::spawn(async move {
            instance.run(prepared, asked).await;
            drop(permit);
        });
        let answer = answer.await;
        // Gone already if it had no answer to give.
        let _ = asking.send(());
        match answer {
            Ok(Ok(response)) => Ok(response.map(Body)),
            Ok(Err(code)) => {
                let code = error::shown(&code.to_string(), error::SHOWN);
                limited(Kind::Service, &[&code], |repeated| {
                    tracing::warn!(
                        instance = number,
                        repeated,
                        "the component refused to answer: {code}"
                    );
                });
                Err(Unanswered::Failed)
            }
            Err(_) => Err(Unanswered::Failed),
        }
    }

    /// Instances that are at work.
    #[must_use]
    pub fn live(&self) -> usize {
        self.inner.limits.instances - self.inner.permits.available_permits()
    }

    /// Instances that failed, or were ended before their work was done.
    #[must_use]
    pub fn failed(&self) -> u64 {
        self.inner.failed.load(Ordering::Relaxed)
    }

    /// Waits until no instance is at work.
    pub async fn idle(&self) {
        let all = u32::try_from(self.inner.limits.instances).unwrap_or(u32::MAX);
        // Never closed.
        let _ = self.inner.permits.acquire_many(all).await;
    }

    /// Ends all instances, and waits until they have ended.
    pub async fn end(&self) {
        self.inner.ended.send_replace(true);
        self.idle().await;
        log_rest();
    }
}
