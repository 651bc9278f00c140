//! What this process keeps for an instance: all that it has handles of.
//!
//! The library behind `wasi:http` keeps whatever a guest hands over, each piece within what
//! may cross the boundary in one call. Here it is counted before the guest can hand over
//! more than there is room for.

use super::guest_stdio::Stream;
use super::limits::{CHUNK, ENTRY, FIELD, FIELDS, GROWTH, RESOURCES};
use super::memory_account::MemoryAccount;
use http::HeaderMap;
use std::any::Any;
use std::sync::Arc;
use wasmtime_wasi::ResourceTable;
use wasmtime_wasi_http::FieldMap;
use wasmtime_wasi_http::p2::bindings::http::types::{Method, Scheme};
use wasmtime_wasi_http::p2::types::{
    HostIncomingResponse, HostOutgoingRequest, HostOutgoingResponse,
};

/// The handles of an instance, charged to its account.
pub(super) struct HandleTable {
    table: ResourceTable,
    /// In its place once there is too much: whatever is asked for is not there, and the guest
    /// traps.
    nothing: ResourceTable,
    stdout: Stream,
    account: Arc<MemoryAccount>,
    /// Calls of the host that cannot bring it over its limit.
    calls: usize,
    /// What it held when that was reckoned.
    held: usize,
    over: bool,
}

impl HandleTable {
    /// Nothing yet.
    pub(super) fn new(stdout: Stream, account: &Arc<MemoryAccount>) -> Self {
        let mut table = ResourceTable::new();
        table.set_max_capacity(RESOURCES);
        let mut nothing = ResourceTable::new();
        nothing.set_max_capacity(0);
        Self {
            table,
            nothing,
            stdout,
            account: Arc::clone(account),
            calls: 0,
            held: 0,
            over: false,
        }
    }

    /// The table for one call of the host.
    pub(super) fn table(&mut self) -> &mut ResourceTable {
        if self.is_over() {
            &mut self.nothing
        } else {
            &mut self.table
        }
    }

    fn is_over(&mut self) -> bool {
        if self.over {
            return true;
        }
        let held = self.account.held();
        if self.calls > 0 && held <= self.held {
            self.calls -= 1;
            return false;
        }
        let kept: usize = self.table.iter_mut().map(|entry| size(entry)).sum();
        self.over = !self.account.keep(kept.saturating_add(self.stdout.held()));
        self.calls = self.account.left() / GROWTH;
        self.held = held;
        self.over
    }
}

/// Bytes of an entry, about; rather too many than too few.
fn size(entry: &(dyn Any + Send)) -> usize {
    let more = if let Some(request) = entry.downcast_ref::<HostOutgoingRequest>() {
        let method = match &request.method {
            Method::Other(text) => text.capacity(),
            _ => 0,
        };
        let scheme = match &request.scheme {
            Some(Scheme::Other(text)) => text.capacity(),
            _ => 0,
        };
        let texts = [&request.authority, &request.path_with_query];
        let texts: usize = texts.into_iter().flatten().map(String::capacity).sum();
        let body = request.body.as_ref().map_or(0, |_| BODY);
        method + scheme + texts + body + fields(&request.headers)
    } else if let Some(response) = entry.downcast_ref::<HostOutgoingResponse>() {
        fields(&response.headers) + response.body.as_ref().map_or(0, |_| BODY)
    } else if let Some(response) = entry.downcast_ref::<HostIncomingResponse>() {
        fields(&response.headers)
    } else if let Some(map) = entry.downcast_ref::<FieldMap>() {
        fields(map)
    } else {
        0
    };
    ENTRY + more
}

/// Of a body that is written and not yet taken: a chunk, and one more.
const BODY: usize = 2 * CHUNK;

/// Headers that are looked at one by one; of more it is enough to know how long they may be
/// together, since counting must not cost more than keeping.
const FEW: usize = 16;

/// Bytes of headers, about.
pub(super) fn fields(map: &HeaderMap) -> usize {
    let bytes = match map.len() {
        0..=FEW => map
            .iter()
            .map(|(name, value)| name.as_str().len() + value.len())
            .sum(),
        _ => FIELDS,
    };
    FIELD * map.capacity() + bytes
}
