//! How wasmtime is set up, for the build script, which compiles the connector,
//! and for the host, which runs it: the two must agree.

use wasmtime::{Config, Enabled, InstanceAllocationStrategy, PoolingAllocationConfig};

/// The most memory that any call may be given, in bytes.
pub(super) const MEMORY_CEILING: usize = 256 << 20;

/// What a slot of the pool keeps between instances, where the kernel can tell
/// which pages were touched (Linux 6.7), and where it cannot.
const KEEP: usize = 2 << 20;
const KEEP_WITHOUT_SCAN: usize = 128 << 10;

/// Instances that may live at once. A call holds one for microseconds and never
/// across I/O, so threads bound it, not deliveries.
const INSTANCES: u32 = 64;

/// What decides about generated code.
pub(super) fn code() -> Config {
    let mut config = Config::new();
    config.wasm_component_model(true);
    // On by default, and a cost for each call; nothing here is async.
    config.concurrency_support(false);
    // A guest that runs over its time is stopped at the next tick.
    config.epoch_interruption(true);
    config.max_wasm_stack(1 << 20);
    // For backtraces, which nobody is shown: a tenth of the compiled code.
    config.generate_address_map(false);
    config
}

/// The same, with a pool of instances: a fresh one then costs microseconds.
#[allow(dead_code, reason = "the build script only compiles")]
pub(super) fn pooled() -> Config {
    let mut pool = PoolingAllocationConfig::default();
    pool.total_component_instances(INSTANCES);
    pool.total_core_instances(INSTANCES);
    pool.total_memories(INSTANCES);
    pool.total_tables(INSTANCES);
    pool.max_memories_per_component(1);
    // The guest's table is small: to write it anew costs less than to ask the kernel.
    pool.table_keep_resident(64 << 10);
    pool.max_memory_size(MEMORY_CEILING);
    pool.pagemap_scan(Enabled::Auto);
    pool.linear_memory_keep_resident(if PoolingAllocationConfig::is_pagemap_scan_available() {
        KEEP
    } else {
        KEEP_WITHOUT_SCAN
    });
    let mut config = code();
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    config
}
