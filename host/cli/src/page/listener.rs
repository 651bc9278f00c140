//! From the option to the last request.

use super::configuration::Inspector;
use super::form_key::FormKey;
use super::history::History;
use super::observer::Watched;
use super::recent::Recent;
use super::samples::{self, Samples};
use super::sign_in::SignIns;
use super::snapshots::Snapshots;
use super::state::State;
use super::stored::Stored;
use crate::args::ServeCommand;
use crate::exit::Failure;
use crate::notice;
use crate::observe::Readiness;
use crate::recorder::Recorder;
use crate::serve::connections::Connections;
use crate::serve::reloadable_access::ReloadableAccess;
use anyhow::Context;
use servo_webhooks::{Connector, Options, Webhooks};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::time::{MissedTickBehavior, interval};

/// Connections at a time: the others are for events.
const CONNECTIONS: usize = 64;

/// The page of `serve --page`, if there is to be one.
pub struct Page {
    address: Option<SocketAddr>,
    listener: Option<TcpListener>,
    store: Option<PathBuf>,
    recent: Arc<Recent>,
    inspector: Inspector,
}

impl Page {
    /// As the arguments say.
    pub fn new(command: &ServeCommand, connector: &Connector, options: &Options) -> Self {
        let store = options.store.as_ref().map(|store| store.directory.clone());
        let config = &command.delivering.config;
        Self {
            inspector: Inspector::new(connector, config, &options.allow, store.is_some()),
            address: command.page,
            listener: None,
            store,
            recent: Arc::default(),
        }
    }

    /// What is told of deliveries, where the page has to keep the last of them.
    pub fn observer(&self, recorder: Recorder) -> Watched {
        let keeps = self.address.is_some() && self.store.is_none();
        let recent = keeps.then(|| Arc::clone(&self.recent));
        Watched { recorder, recent }
    }

    /// Listens, and says where. Nothing is answered before [`Page::open`].
    ///
    /// # Errors
    /// If the address cannot be listened on.
    pub async fn bind(&mut self) -> Result<(), Failure> {
        let Some(address) = self.address else {
            return Ok(());
        };
        let listener = TcpListener::bind(address)
            .await
            .with_context(|| format!("cannot listen on {address}"))
            .map_err(|error| {
                Failure::unusable(error).with_hint("--page names another address or port")
            })?;
        let bound = listener
            .local_addr()
            .context("a socket without an address")?;
        notice::page(bound);
        self.listener = Some(listener);
        Ok(())
    }

    /// Answers until this is dropped.
    ///
    /// # Errors
    /// If the system has no random bytes for a key.
    pub fn open(
        self,
        webhooks: &Webhooks,
        access: &Arc<ReloadableAccess>,
        readiness: &Arc<Readiness>,
    ) -> Result<impl Future<Output = Infallible> + use<>, Failure> {
        let state = Arc::new(State {
            snapshots: Snapshots::new(webhooks),
            webhooks: webhooks.clone(),
            history: match self.store {
                Some(directory) => History::Store(Stored::new(directory)),
                None => History::Memory(self.recent),
            },
            samples: Samples::default(),
            inspector: self.inspector,
            access: Arc::clone(access),
            key: FormKey::new()?,
            sign_ins: SignIns::new(),
            readiness: Arc::clone(readiness),
        });
        Ok(answer(self.listener, state))
    }
}

async fn answer(listener: Option<TcpListener>, state: Arc<State>) -> Infallible {
    if let Some(listener) = listener {
        let connections = Connections::at_most(CONNECTIONS);
        tokio::select! {
            () = connections.accept(listener, &state) => {}
            () = sample(&state) => {}
        }
    }
    std::future::pending().await
}

async fn sample(state: &State) {
    let mut ticks = interval(samples::EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Ok(all) = state.snapshots.now().await {
            state.samples.take(&all);
        }
    }
}
