//! An event whole: asked before, done, told after.

use super::Webhooks;
use crate::error::Error;
use crate::event::decided::{Asked, Decision, Told};
use crate::event::event::{Event, Results};

/// What [`Webhooks::dispatch`] came to.
#[derive(Debug)]
pub enum Dispatched<T> {
    /// The event happened.
    Done {
        /// What the work returned.
        value: T,
        /// What the webhooks said before it.
        before: Asked,
        /// What became of the webhooks after it; or why they could not be told.
        after: Result<Told, Error>,
    },
    /// A webhook cancelled it; the work was not begun.
    Cancelled {
        /// For people.
        reason: String,
        /// What the webhooks said before it.
        before: Asked,
    },
}

/// What [`Webhooks::try_dispatch`] came to.
#[derive(Debug)]
pub enum Tried<T, E> {
    /// The event happened.
    Done {
        /// What the work returned.
        value: T,
        /// What the webhooks said before it.
        before: Asked,
        /// What became of the webhooks after it; or why they could not be told.
        after: Result<Told, Error>,
    },
    /// The work failed.
    Failed {
        /// What it failed with.
        error: E,
        /// What the webhooks said before it.
        before: Asked,
        /// What became of the webhooks after it; or why they could not be told. None: they
        /// were not to be told.
        after: Option<Result<Told, Error>>,
    },
    /// A webhook cancelled it; the work was not begun.
    Cancelled {
        /// For people.
        reason: String,
        /// What the webhooks said before it.
        before: Asked,
    },
}

impl Webhooks {
    /// Wraps an event whole: before, the work, after. The work is not begun, and
    /// nobody told after it, when a webhook cancels. It returns its own value and
    /// what the connectors of the servo made of the event.
    ///
    /// # Errors
    /// If it is no event; the work is not begun then.
    ///
    /// # Examples
    /// ```
    /// # use servo_webhooks::{Configuration, Connector, Dispatched, Event, LoadOptions, Options, Results, Webhooks};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let connector = Connector::built_in()?;
    /// # let configuration = Configuration::read(&connector, "none", "".as_ref(), b"[]", &LoadOptions::default())?;
    /// # let webhooks = Webhooks::start(configuration, Options::default(), ())?;
    /// let event = Event::new("adjust")?;
    /// let dispatched = webhooks.dispatch(&event, async || (4, Results::new())).await?;
    /// assert!(matches!(dispatched, Dispatched::Done { value: 4, .. }));
    /// # Ok(())
    /// # }
    /// ```
    pub async fn dispatch<T, W>(&self, event: &Event, work: W) -> Result<Dispatched<T>, Error>
    where
        W: AsyncFnOnce() -> (T, Results),
    {
        let before = self.before(event).await?;
        if let Decision::Cancelled { reason } = &before.decision {
            let reason = reason.clone();
            return Ok(Dispatched::Cancelled { reason, before });
        }
        let (value, results) = work().await;
        Ok(Dispatched::Done {
            value,
            before,
            after: self.tell(event, &results).await,
        })
    }

    /// The same for work that may fail. `failed` says with which results the webhooks after
    /// the event are told of a failure; none, and they are not told.
    ///
    /// # Errors
    /// If it is no event; the work is not begun then.
    ///
    /// # Examples
    /// ```
    /// # use servo_webhooks::{Configuration, Connector, Event, LoadOptions, Options, Results, Tried, Webhooks};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let connector = Connector::built_in()?;
    /// # let configuration = Configuration::read(&connector, "none", "".as_ref(), b"[]", &LoadOptions::default())?;
    /// # let webhooks = Webhooks::start(configuration, Options::default(), ())?;
    /// let event = Event::new("adjust")?;
    /// let work = async || Err::<((), Results), _>("the replica set is locked");
    /// let told = |error: &&str| Results::new().with("kubernetes", &serde_json::json!({"error": "Locked", "message": error})).ok();
    /// match webhooks.try_dispatch(&event, work, told).await? {
    ///     Tried::Failed { error, after, .. } => {
    ///         assert_eq!(error, "the replica set is locked");
    ///         assert!(after.is_some());
    ///     }
    ///     other => panic!("{other:?}"),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn try_dispatch<T, E, W, F>(
        &self,
        event: &Event,
        work: W,
        failed: F,
    ) -> Result<Tried<T, E>, Error>
    where
        W: AsyncFnOnce() -> Result<(T, Results), E>,
        F: FnOnce(&E) -> Option<Results>,
    {
        let before = self.before(event).await?;
        if let Decision::Cancelled { reason } = &before.decision {
            let reason = reason.clone();
            return Ok(Tried::Cancelled { reason, before });
        }
        Ok(match work().await {
            Ok((value, results)) => Tried::Done {
                value,
                before,
                after: self.tell(event, &results).await,
            },
            Err(error) => Tried::Failed {
                after: match failed(&error) {
                    Some(results) => Some(self.tell(event, &results).await),
                    None => None,
                },
                error,
                before,
            },
        })
    }

    /// Tells of what has happened: nothing of it may be lost because nobody can be told.
    async fn tell(&self, event: &Event, results: &Results) -> Result<Told, Error> {
        let told = self.after(event, results).await;
        if let Err(error) = &told {
            tracing::error!(
                event = event.name,
                %error,
                "the event happened, but its after webhooks could not be told"
            );
        }
        told
    }
}
