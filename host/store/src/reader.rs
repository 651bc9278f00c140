//! Asks a store, while another process runs or not.

pub struct Reader {}

impl Reader {
    pub fn open(directory: &Path) -> Result<Self, OpenError>;
    /// Newest first.
    pub fn deliveries(&self, filter: &DeliveryFilter, limit: usize) -> Result<Vec<DeliveryRecord>, StoreError>;
    pub fn each_delivery(&self, filter, watch, each: &mut dyn FnMut(DeliveryRecord) -> ControlFlow<()>) -> Result<(), StoreError>;
    pub fn decisions(&self, filter: &DecisionFilter, limit: usize) -> Result<Vec<DecisionRecord>, StoreError>;
    /// The delivery with its attempts.
    pub fn delivery(&self, id: Uuid) -> Result<Option<Details>, StoreError>;
    pub fn stats(&self, watch: Watch<'_>) -> Result<Stats, StoreError>;
    pub fn check(&self, watch: Watch<'_>) -> Result<CheckReport, StoreError>;
    pub fn export(&self, bodies: bool, out: &mut dyn Write, watch: Watch<'_>) -> Result<u64, StoreError>;
    pub fn follow(&self, filter: DeliveryFilter) -> Result<Follow, StoreError>;
}

/// `changes()`: what is new or changed since the last call, oldest first.
pub struct Follow {}
