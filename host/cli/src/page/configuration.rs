//! What is wrong in the configuration that is on disk now.

use super::trouble::Trouble;
use crate::args::Config;
use crate::setup;
use crate::source::{Source, source};
use servo_webhooks::{Allow, Connector, LoadMode, Problems};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

/// What a look may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Looks at the configuration, one look at a time.
pub struct Inspector {
    pub connector: Connector,
    pub config: Config,
    pub allow: Allow,
    stored: bool,
    turn: Arc<Semaphore>,
}

/// What a look found.
pub struct Inspected {
    /// Webhooks that are configured; none if the file cannot be used.
    pub webhooks: Option<usize>,
    /// As `check` shows them.
    pub problems: Result<Problems, String>,
}

impl Inspector {
    /// Of the configuration that the arguments name; with a store more is asked of it.
    pub fn new(connector: &Connector, config: &Config, allow: &Allow, stored: bool) -> Self {
        Self {
            connector: connector.clone(),
            config: config.clone(),
            allow: allow.clone(),
            stored,
            turn: Arc::new(Semaphore::new(1)),
        }
    }

    /// Reads it as `check` does.
    pub async fn inspect(&self) -> Result<Inspected, Trouble> {
        let late = || {
            Trouble::unavailable(
                "The configuration is being read",
                "It takes longer than usual. Try again.",
            )
        };
        let turn = timeout(PATIENCE, Arc::clone(&self.turn).acquire_owned()).await;
        let Ok(Ok(turn)) = turn else {
            return Err(late());
        };
        let (connector, config) = (self.connector.clone(), self.config.clone());
        let (allow, stored) = (self.allow.clone(), self.stored);
        let looked = spawn_blocking(move || {
            let _turn = turn;
            look(&connector, &config, &allow, stored)
        });
        match timeout(PATIENCE, looked).await {
            Ok(Ok(inspected)) => Ok(inspected),
            Ok(Err(_)) | Err(_) => Err(late()),
        }
    }
}

fn look(connector: &Connector, config: &Config, allow: &Allow, stored: bool) -> Inspected {
    if let Ok(Source::File(file)) = source(&config.config, "SERVO_WEBHOOKS_CONFIG")
        && std::fs::metadata(file).is_ok_and(|file| !file.is_file())
    {
        let why = "the configuration came over a pipe, which cannot be read again";
        return Inspected {
            webhooks: None,
            problems: Err(why.to_owned()),
        };
    }
    let read = setup::load_options(config, LoadMode::Inspect)
        .and_then(|options| setup::read_quietly(connector, config, &options));
    let configuration = match read {
        Ok(configuration) => configuration,
        Err(failure) => {
            return Inspected {
                webhooks: None,
                problems: failure.into_problems().map_err(|other| other.text()),
            };
        }
    };
    let problems = match stored {
        true => configuration.inspect_with_store(allow),
        false => configuration.inspect(allow),
    };
    Inspected {
        webhooks: Some(configuration.webhooks().len()),
        problems: problems.map_err(|error| error.to_string()),
    }
}
