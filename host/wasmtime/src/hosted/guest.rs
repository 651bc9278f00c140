//! What one instance has of its host.

use super::cpu_time::CpuTime;
use super::guest_stdio::{GuestStdio, Lines};
use super::handle_table::HandleTable;
use super::limits::{FIELDS, RANDOM};
use super::memory::Memory;
use super::memory_account::MemoryAccount;
use super::outgoing::{Egress, Outgoing};
use std::sync::Arc;
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

/// The state of one instance, on the host's side.
pub(super) struct Guest {
    wasi: WasiCtx,
    http: WasiHttpCtx,
    handles: HandleTable,
    outgoing: Outgoing,
    pub memory: Memory,
    pub processor: Arc<CpuTime>,
}

impl Guest {
    /// With these variables, and nothing else of this process.
    pub(super) fn new(
        environment: &[(String, String)],
        lines: &Lines,
        stdio: GuestStdio,
        egress: &Arc<Egress>,
        memory: usize,
        processor: &Arc<CpuTime>,
    ) -> Self {
        let account = MemoryAccount::new(memory);
        // One that does not fit leaves no room for the guest either.
        account.take(
            environment
                .iter()
                .map(|(name, value)| name.len() + value.len())
                .sum(),
        );
        let stdout = stdio.stdout(Arc::clone(lines));
        let wasi = WasiCtx::builder()
            .envs(environment)
            .stdout(stdout.clone())
            .stderr(stdio.stderr())
            .max_random_size(RANDOM)
            .build();
        let mut http = WasiHttpCtx::new();
        http.set_field_size_limit(FIELDS);
        Self {
            wasi,
            http,
            handles: HandleTable::new(stdout, &account),
            outgoing: Outgoing {
                egress: Arc::clone(egress),
                stdio,
                account: Arc::clone(&account),
            },
            memory: Memory(account),
            processor: Arc::clone(processor),
        }
    }
}

impl WasiView for Guest {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: self.handles.table(),
        }
    }
}

impl WasiHttpView for Guest {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView {
            ctx: &mut self.http,
            table: self.handles.table(),
            hooks: &mut self.outgoing,
        }
    }
}
