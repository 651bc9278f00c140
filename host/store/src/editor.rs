//! Changes what is settled, from any process: replays and forgets.

pub struct Editor {}

impl Editor {
    pub fn open(directory: &Path) -> Result<Self, OpenError>;
    pub fn replay(&mut self, filter: &DeliveryFilter, replay: &Replay, watch: Watch<'_>) -> Result<Replayed, StoreError>;
    pub fn forget(&mut self, filter: &DeliveryFilter, dry_run: bool, watch: Watch<'_>) -> Result<Forgotten, StoreError>;
    pub fn compact(&mut self, watch: Watch<'_>) -> Result<Compacted, StoreError>;
    /// Puts what can be read of a file into the store.
    pub fn salvage(&mut self, file: &Path, watch: Watch<'_>) -> Result<Salvaged, StoreError>;
}
