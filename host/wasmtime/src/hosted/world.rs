//! The world of a service: what it may import, and what it must export.

use super::guest::Guest;
use crate::connector::ComponentError;
use wasmtime::Engine;
use wasmtime::component::{Component, HasData, Linker, ResourceTable};
use wasmtime_wasi::WasiView;
use wasmtime_wasi::cli::{WasiCli, WasiCliView};
use wasmtime_wasi::clocks::{WasiClocks, WasiClocksView};
use wasmtime_wasi::p2::bindings::{cli, clocks, io, random};
use wasmtime_wasi::random::WasiRandom;
use wasmtime_wasi_http::p2::add_only_http_to_linker_async;
use wasmtime_wasi_http::p2::bindings::ProxyPre;

/// What a service is given. No files, no sockets, no arguments, no standard input.
const ALLOWED: [&str; 11] = [
    "wasi:cli/environment",
    "wasi:cli/stderr",
    "wasi:cli/stdout",
    "wasi:clocks/monotonic-clock",
    "wasi:clocks/wall-clock",
    "wasi:http/outgoing-handler",
    "wasi:http/types",
    "wasi:io/error",
    "wasi:io/poll",
    "wasi:io/streams",
    "wasi:random/random",
];

/// The second version of WASI: what is new in a later 0.2 is beside what was there.
const VERSION: &str = "0.2.";

const EXPORT: &str = "wasi:http/incoming-handler";

/// Checks imports and exports, and prepares instances.
pub(super) fn link(
    engine: &Engine,
    component: &Component,
    origin: &str,
) -> Result<ProxyPre<Guest>, ComponentError> {
    let world = component.component_type();
    let unknown: Vec<&str> = world
        .imports(engine)
        .map(|(name, _)| name)
        .filter(|name| !ALLOWED.iter().any(|allowed| is(name, allowed)))
        .collect();
    if !unknown.is_empty() {
        return Err(ComponentError::Wants {
            origin: origin.to_owned(),
            imports: unknown.join(", "),
            allowed: ALLOWED.join(", "),
        });
    }
    let none = |detail: String| ComponentError::NoService {
        origin: origin.to_owned(),
        detail,
    };
    let exports: Vec<&str> = world.exports(engine).map(|(name, _)| name).collect();
    if !exports.iter().any(|name| is(name, EXPORT)) {
        return Err(none(match &*exports {
            [] => "it exports nothing".to_owned(),
            exports => format!("it exports {}", exports.join(", ")),
        }));
    }
    linker(engine)
        .and_then(|linker| ProxyPre::new(linker.instantiate_pre(component)?))
        .map_err(|error| none(format!("{error:#}")))
}

/// Where streams and pollables lie.
struct Table;

impl HasData for Table {
    type Data<'a> = &'a mut ResourceTable;
}

/// One by one: what is not needed is not there, whatever was checked before.
fn linker(engine: &Engine) -> wasmtime::Result<Linker<Guest>> {
    let mut linker = Linker::<Guest>::new(engine);
    let it = &mut linker;
    cli::environment::add_to_linker::<_, WasiCli>(it, Guest::cli)?;
    cli::stderr::add_to_linker::<_, WasiCli>(it, Guest::cli)?;
    cli::stdout::add_to_linker::<_, WasiCli>(it, Guest::cli)?;
    clocks::monotonic_clock::add_to_linker::<_, WasiClocks>(it, Guest::clocks)?;
    clocks::wall_clock::add_to_linker::<_, WasiClocks>(it, Guest::clocks)?;
    io::error::add_to_linker::<_, Table>(it, |guest| guest.ctx().table)?;
    io::poll::add_to_linker::<_, Table>(it, |guest| guest.ctx().table)?;
    io::streams::add_to_linker::<_, Table>(it, |guest| guest.ctx().table)?;
    random::random::add_to_linker::<_, WasiRandom>(it, |guest| guest.ctx().ctx.random())?;
    add_only_http_to_linker_async(it)?;
    Ok(linker)
}

fn is(name: &str, interface: &str) -> bool {
    let version = name
        .strip_prefix(interface)
        .and_then(|rest| rest.strip_prefix('@'));
    version.is_some_and(|version| version.starts_with(VERSION))
}
