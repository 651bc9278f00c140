//! `component`: what the connector is, or the connector itself; and the service.

use super::args::ComponentCommand;
use super::exit::{Exit, Failure};
use super::{json, setup, stdio};
use anyhow::{Context, anyhow, bail};
use serde_json::{Value, json};
use servo_webhooks::Component;
use std::io::{self, Write};
use wit_component::{DecodedWasm, WitPrinter};

/// Runs the command.
pub fn run(command: &ComponentCommand) -> Result<Exit, Failure> {
    let component = if command.service {
        Component::service()
    } else if command.complete {
        Component::complete()
    } else {
        setup::component(&command.component)?
    };
    // Refused before anything is said of it, if it is none of ours.
    if !command.service {
        setup::load(&component)?;
    }
    let info = component.info();
    let mut out = stdio::output();
    if let Some(path) = &command.output {
        std::fs::write(path, component.bytes())
            .with_context(|| path.display().to_string())
            .map_err(Failure::unusable)?;
        // As `sha256sum --check` reads it.
        writeln!(out, "{}  {}", info.digest, path.display())?;
        return Ok(Exit::Done);
    }
    let (world, imports) = world(&component)?;
    if command.json {
        let record = record(&component, &world, &imports);
        writeln!(out, "{}", json::line(&record)?)?;
    } else {
        describe(&mut out, &component, &world, &imports)?;
    }
    Ok(Exit::Done)
}

fn record(component: &Component, world: &str, imports: &[String]) -> Value {
    let (info, metadata) = (component.info(), component.metadata());
    json!({
        "component": info.origin,
        "size": info.size,
        "sha256": info.digest,
        "version": metadata.version,
        "description": metadata.description,
        "licenses": metadata.licenses,
        "source": metadata.source,
        "rustc": metadata.rustc,
        "imports": imports,
        "wit": world,
    })
}

fn describe(
    out: &mut impl Write,
    component: &Component,
    world: &str,
    imports: &[String],
) -> io::Result<()> {
    let (info, metadata) = (component.info(), component.metadata());
    let imports = match imports {
        [] => "none".to_owned(),
        imports => imports.join(", "),
    };
    writeln!(out, "component  {}", info.origin)?;
    for (name, value) in [
        ("version", &metadata.version),
        ("is", &metadata.description),
        ("licences", &metadata.licenses),
        ("source", &metadata.source),
        ("rustc", &metadata.rustc),
    ] {
        if let Some(value) = value {
            writeln!(out, "{name:<10} {value}")?;
        }
    }
    writeln!(out, "size       {} bytes", info.size)?;
    writeln!(out, "sha256     {}", info.digest)?;
    writeln!(out, "imports    {imports}\n\n{world}")
}

/// The WIT of a component, and the names that it imports.
fn world(component: &Component) -> anyhow::Result<(String, Vec<String>)> {
    let decoded = wit_component::decode(component.bytes()).map_err(|error| anyhow!("{error:#}"))?;
    let DecodedWasm::Component(resolve, id) = &decoded else {
        bail!("it is a WIT package, not a component")
    };
    let Some(world) = resolve.worlds.get(*id) else {
        bail!("it has no world")
    };
    let imports = world
        .imports
        .keys()
        .map(|key| resolve.name_world_key(key))
        .collect();
    let mut printer = WitPrinter::default();
    let packages: Vec<_> = resolve
        .packages
        .iter()
        .map(|(id, _)| id)
        .filter(|id| Some(*id) != world.package)
        .collect();
    let package = world
        .package
        .ok_or_else(|| anyhow!("its world has no package"))?;
    printer
        .print(resolve, package, &packages)
        .map_err(|error| anyhow!("{error:#}"))?;
    Ok((printer.output.to_string(), imports))
}
