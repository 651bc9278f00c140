//! How the service and a connector become one component.

use anyhow::{Context, Result, ensure};
use wasm_compose::graph::{Component, CompositionGraph, EncodeOptions, InstanceId};
use wasmparser::Validator;

/// What the service imports and a connector exports.
const INTERFACE: &str = "servo:webhooks/connector@0.1.0";

/// The service with a connector inside, both byte for byte: what is left to import is
/// WASI's.
///
/// # Errors
/// If the two do not fit.
pub fn compose(service: &[u8], connector: &[u8]) -> Result<Vec<u8>> {
    let mut graph = CompositionGraph::new();
    // One for both: it knows which of their types are the same.
    let mut validator = Validator::new();
    let inner = add(&mut graph, &mut validator, "connector", connector)?;
    let outer = add(&mut graph, &mut validator, "service", service)?;
    let (_, connector) = graph.get_component_of_instance(inner).context(INTERFACE)?;
    let (export, ..) = connector
        .export_by_name(INTERFACE)
        .with_context(|| format!("the connector does not export {INTERFACE}"))?;
    let (_, service) = graph.get_component_of_instance(outer).context(INTERFACE)?;
    let (import, _) = service
        .import_by_name(INTERFACE)
        .with_context(|| format!("the service does not import {INTERFACE}"))?;
    let foreign: Vec<_> = service
        .imports()
        .map(|(_, name, _)| name)
        .filter(|name| *name != INTERFACE && !name.starts_with("wasi:"))
        .collect();
    ensure!(
        foreign.is_empty(),
        "the service imports {}",
        foreign.join(", ")
    );
    graph.connect(inner, Some(export), outer, import)?;
    graph.encode(EncodeOptions {
        define_components: true,
        export: Some(outer),
        validate: true,
    })
}

fn add<'a>(
    graph: &mut CompositionGraph<'a>,
    validator: &mut Validator,
    name: &str,
    bytes: &'a [u8],
) -> Result<InstanceId> {
    let component = Component::from_bytes(validator, name, bytes)?;
    let id = graph.add_component(component)?;
    graph.instantiate(id)
}
