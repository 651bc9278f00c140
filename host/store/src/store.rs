//! The store, as the process has it that delivers.

/// What was found when a store was opened.
pub struct Opened {
    /// The database was corrupt.
    pub salvaged: Option<Salvaged>,
    /// Deliveries that wait.
    pub waiting: u64,
    /// Dead letters.
    pub failed: u64,
    /// The salt with which targets of webhooks that are gone are hashed: made once for a store.
    pub salt: [u8; 16],
    /// What is gone.
    pub gone: Vec<(String, Vec<u8>)>,
}

/// What waits of a webhook.
pub struct Waiting {
    /// The webhook's name.
    pub webhook: String,
    /// The place in the queue of its first.
    pub first: i64,
}

/// A store, open for writing. Clones are the same store. No method but those that say so waits
/// for anything: what is handed in is written by a thread, in order.
#[derive(Clone)]
pub struct Store {}

impl Store {
    /// Opens a store, and makes it if there is none.
    pub fn open(directory: &Path, options: StoreOptions) -> Result<(Self, Opened), OpenError>;
    /// Accepts the deliveries of one event, all or none of them.
    /// Their places in the queue are consecutive; the ticket has the first. What settles before
    /// its commit begins never writes its body.
    ///
    /// # Errors
    /// At once while nothing can be accepted.
    pub fn accept(&self, deliveries: Vec<NewDelivery>) -> Result<Ticket, Refused>;
    /// Attempt `attempt` of a delivery begins: its count is on disk with the ticket's commit.
    pub fn began(&self, id: Uuid, attempt: u32) -> Ticket;
    /// An attempt ended, and the delivery was not settled by it, or there is more to keep than
    /// its settlement says.
    pub fn attempted(&self, id: Uuid, attempt: AttemptEnd);
    /// It waits.
    pub fn waits(&self, id: Uuid, wait: Wait);
    /// It is settled. A waiting one keeps nothing but history; a failed one keeps its body.
    pub fn settled(&self, id: Uuid, settlement: Settlement) -> Ticket;
    /// A decision was made before an event.
    pub fn decided(&self, decision: Decision) -> Ticket;
    /// The webhook's target answered 410; `target` is a hash of it.
    pub fn gone(&self, webhook: &str, target: &[u8], at: i64) -> Ticket;
    /// It is to be tried again.
    pub fn ungone(&self, webhook: &str) -> Ticket;
    /// All that waits of a webhook becomes dead letters, in steps: `Notice::Buried` follows.
    /// Only what is on disk: for a webhook that this process does not deliver to.
    pub fn bury(&self, webhook: &str, why: &str, at: i64);
    /// Reads what waits of a webhook behind a place in the queue, oldest first. Blocks.
    pub fn page(&self, webhook: &str, after: i64, limit: usize) -> Result<Vec<Stored>, StoreError>;
    /// The webhooks that something waits for on disk. Blocks, for an index seek each.
    pub fn waiting_webhooks(&self) -> Result<Vec<Waiting>, StoreError>;
    /// The number of the last commit that is over, whatever came of it.
    pub fn committed(&self) -> u64;
    /// Is called on the writer's thread after each commit, with its number; must not block.
    pub fn on_commit(&self, call: impl Fn(u64) + Send + Sync + 'static);
    /// How it is.
    pub fn health(&self) -> StoreHealth;
    /// Waits until everything that was handed in is on disk, or for `limit`. Blocks.
    pub fn flush(&self, limit: Duration) -> Result<(), StoreError>;
    /// Writes everything, gives up the lock and ends the thread. Blocks. What is handed in
    /// afterwards is refused.
    ///
    /// # Errors
    /// What is not on disk when the time is over.
    pub fn close(&self, limit: Duration) -> Result<(), StoreError>;
}
