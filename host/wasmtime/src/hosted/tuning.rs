//! How wasmtime is set up for services, apart from the engine of the connector: a
//! service waits for the network, and lives as long as its deliveries.

use wasmtime::Config;

/// What decides about generated code.
pub(crate) fn code() -> Config {
    let mut config = Config::new();
    config.wasm_component_model(true);
    // Of the component model's own; waiting for a host does not need it.
    config.concurrency_support(false);
    // A guest that computes gives way at the next tick, or is stopped.
    config.epoch_interruption(true);
    // A service has the connector's memory beside its own.
    config.wasm_multi_memory(true);
    config.max_wasm_stack(512 << 10);
    config.async_stack_size(1 << 20);
    config
}
