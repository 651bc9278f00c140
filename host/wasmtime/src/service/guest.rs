//! What one instance has of its host.

use super::journal::{Journal, Lines};
use super::limits::{FIELDS, RANDOM, RESOURCES};
use super::memory::Memory;
use super::outgoing::{Outgoing, Way};
use super::processor::Processor;
use std::sync::Arc;
use wasmtime_wasi::{ResourceTable, WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

/// The state of one instance, on the host's side.
pub struct Guest {
    wasi: WasiCtx,
    http: WasiHttpCtx,
    table: ResourceTable,
    outgoing: Outgoing,
    pub memory: Memory,
    pub processor: Arc<Processor>,
}

impl Guest {
    /// With these variables, and nothing else of this process.
    pub fn new(
        environment: &[(String, String)],
        lines: &Lines,
        journal: Journal,
        way: &Arc<Way>,
        memory: usize,
        processor: &Arc<Processor>,
    ) -> Self {
        let wasi = WasiCtx::builder()
            .envs(environment)
            .stdout(journal.stdout(Arc::clone(lines)))
            .stderr(journal.stderr())
            .max_random_size(RANDOM)
            .build();
        let mut http = WasiHttpCtx::new();
        http.set_field_size_limit(FIELDS);
        let mut table = ResourceTable::new();
        table.set_max_capacity(RESOURCES);
        Self {
            wasi,
            http,
            table,
            outgoing: Outgoing {
                way: Arc::clone(way),
                journal,
            },
            memory: Memory::new(memory),
            processor: Arc::clone(processor),
        }
    }
}

impl WasiView for Guest {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}

impl WasiHttpView for Guest {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView {
            ctx: &mut self.http,
            table: &mut self.table,
            hooks: &mut self.outgoing,
        }
    }
}
