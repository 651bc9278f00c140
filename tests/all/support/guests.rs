//! Services that are not ours: core modules in the text format, made components.

use super::root;
use std::path::Path;
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

/// A page of text for its host, and the functions that write it to a stream.
const WORLD: &str = "package tests:guest;
world guest {
  import wasi:cli/environment@0.2.12;
  import wasi:cli/stderr@0.2.12;
  import wasi:cli/stdout@0.2.12;
  import wasi:http/types@0.2.12;
  import wasi:io/streams@0.2.12;
  export wasi:http/incoming-handler@0.2.12;
}";

const HANDLE: &str = "(export \"wasi:http/incoming-handler@0.2.12#handle\") (param i32 i32)";

/// What a guest does with a request.
pub enum Does {
    /// Computes for ever.
    Loops,
    /// Takes memory until it gets no more, and traps.
    Grows,
    /// Writes all its variables to standard error.
    TellsVariables,
    /// Writes this to standard output, so many times.
    Writes(&'static str, u32),
    /// Makes requests for as long as it can, and has its host keep this with each.
    Keeps(Hoard),
}

/// What a host keeps with a request.
#[derive(Clone, Copy, Debug)]
pub enum Hoard {
    /// So many bytes as its method.
    Method(u32),
    /// As many as an authority can have.
    Authority,
    /// As many as a path can have.
    Path,
    /// Headers, as many as there can be.
    Headers,
    /// A piece of its body.
    Body,
}

/// A component of the world that `serve` holds. It never answers.
pub fn guest(does: &Does) -> Vec<u8> {
    let text = match does {
        Does::Loops => format!("(module (memory (export \"memory\") 1) (func {HANDLE} (loop $on (br $on))))"),
        Does::Grows => format!(
            "(module (memory (export \"memory\") 1) (func {HANDLE}
               (loop $on (br_if $on (i32.ne (memory.grow (i32.const 16)) (i32.const -1)))) unreachable))"
        ),
        Does::TellsVariables => tells(),
        Does::Writes(text, times) => writes(text, *times),
        Does::Keeps(kept) => keeps(*kept),
    };
    component(&text)
}

/// A component that wants an interface of this name, and exports nothing.
pub fn wants(interface: &str) -> Vec<u8> {
    wat::parse_str(format!("(component (import \"{interface}\" (instance)))")).unwrap()
}

fn component(text: &str) -> Vec<u8> {
    let mut module = wat::parse_str(text).expect(text);
    let mut resolve = Resolve::default();
    for name in [
        "io",
        "clocks",
        "random",
        "filesystem",
        "sockets",
        "cli",
        "http",
    ] {
        let file = root()
            .join("wit/service/deps")
            .join(name)
            .with_extension("wit");
        if file.exists() {
            resolve.push_path(&file).unwrap();
        }
    }
    let package = resolve.push_str(Path::new("guest.wit"), WORLD).unwrap();
    let world = resolve.select_world(&[package], None).unwrap();
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).unwrap();
    let encoder = ComponentEncoder::default().validate(true);
    encoder.module(&module).unwrap().encode().unwrap()
}

/// Imports, memory, and room that is given out once.
const PRELUDE: &str = "
  (import \"wasi:cli/environment@0.2.12\" \"get-environment\" (func $environment (param i32)))
  (import \"wasi:cli/stderr@0.2.12\" \"get-stderr\" (func $stderr (result i32)))
  (import \"wasi:cli/stdout@0.2.12\" \"get-stdout\" (func $stdout (result i32)))
  (import \"wasi:io/streams@0.2.12\" \"[method]output-stream.blocking-write-and-flush\"
    (func $write (param i32 i32 i32 i32)))
  (memory (export \"memory\") 4)
  (global $free (mut i32) (i32.const 4096))
  (func (export \"cabi_realloc\") (param i32 i32 i32 i32) (result i32)
    (global.set $free (i32.and (i32.add (global.get $free) (i32.const 7)) (i32.const -8)))
    (global.get $free)
    (global.set $free (i32.add (global.get $free) (local.get 3))))";

fn tells() -> String {
    format!(
        "(module {PRELUDE} (data (i32.const 16) \"=;\")
  (func {HANDLE} (local $at i32) (local $left i32) (local $to i32)
    (local.set $to (call $stderr))
    (call $environment (i32.const 0))
    (local.set $at (i32.load (i32.const 0)))
    (local.set $left (i32.load (i32.const 4)))
    (block $done (loop $next
      (br_if $done (i32.eqz (local.get $left)))
      (call $write (local.get $to) (i32.load (local.get $at)) (i32.load offset=4 (local.get $at)) (i32.const 32))
      (call $write (local.get $to) (i32.const 16) (i32.const 1) (i32.const 32))
      (call $write (local.get $to) (i32.load offset=8 (local.get $at)) (i32.load offset=12 (local.get $at)) (i32.const 32))
      (call $write (local.get $to) (i32.const 17) (i32.const 1) (i32.const 32))
      (local.set $at (i32.add (local.get $at) (i32.const 16)))
      (local.set $left (i32.sub (local.get $left) (i32.const 1)))
      (br $next)))))"
    )
}

fn writes(text: &str, times: u32) -> String {
    let bytes: String = text.bytes().map(|byte| format!("\\{byte:02x}")).collect();
    format!(
        "(module {PRELUDE} (data (i32.const 64) \"{bytes}\")
  (func {HANDLE} (local $left i32) (local $to i32)
    (local.set $to (call $stdout))
    (local.set $left (i32.const {times}))
    (loop $next
      (call $write (local.get $to) (i32.const 64) (i32.const {}) (i32.const 32))
      (br_if $next (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))))",
        text.len()
    )
}

/// Letters from 65,536 on, of which any text is made; what is returned lies at 1,024.
fn keeps(kept: Hoard) -> String {
    let text = |length: u32| format!("(i32.const 65536) (i32.const {length})");
    let (import, keep) = match kept {
        Hoard::Method(length) => (
            "\"[method]outgoing-request.set-method\" (func $keep (param i32 i32 i32 i32) (result i32))",
            format!("(drop (call $keep (local.get $request) (i32.const 9) {}))", text(length)),
        ),
        Hoard::Authority => (
            "\"[method]outgoing-request.set-authority\" (func $keep (param i32 i32 i32 i32) (result i32))",
            format!("(drop (call $keep (local.get $request) (i32.const 1) {}))", text(60_000)),
        ),
        Hoard::Path => (
            "\"[method]outgoing-request.set-path-with-query\" (func $keep (param i32 i32 i32 i32) (result i32))",
            format!("(drop (call $keep (local.get $request) (i32.const 1) {}))", text(60_000)),
        ),
        Hoard::Headers => (
            "\"[method]fields.append\" (func $keep (param i32 i32 i32 i32 i32 i32))",
            // Of its own length each, so that none takes the place of another.
            "(local.set $left (i32.const 150))
             (loop $more
               (call $keep (local.get $fields) (i32.const 65536) (local.get $left) (i32.const 65536) (i32.const 1) (i32.const 1024))
               (br_if $more (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))"
                .to_owned(),
        ),
        Hoard::Body => (
            "\"[method]outgoing-request.body\" (func $keep (param i32 i32))",
            "(call $keep (local.get $request) (i32.const 1024))
             (call $stream (i32.load offset=4 (i32.const 1024)) (i32.const 1024))
             (call $write (i32.load offset=4 (i32.const 1024)) (i32.const 65536) (i32.const 16384) (i32.const 1024))"
                .to_owned(),
        ),
    };
    let start = match kept {
        Hoard::Path => "(i32.store8 (i32.const 65536) (i32.const 47))",
        _ => "",
    };
    let (before, after) = match kept {
        Hoard::Headers => (&*keep, ""),
        _ => ("", &*keep),
    };
    format!(
        "(module
  (import \"wasi:http/types@0.2.12\" \"[constructor]fields\" (func $fields (result i32)))
  (import \"wasi:http/types@0.2.12\" \"[constructor]outgoing-request\" (func $request (param i32) (result i32)))
  (import \"wasi:http/types@0.2.12\" \"[method]outgoing-body.write\" (func $stream (param i32 i32)))
  (import \"wasi:io/streams@0.2.12\" \"[method]output-stream.write\" (func $write (param i32 i32 i32 i32)))
  (import \"wasi:http/types@0.2.12\" {import})
  (memory (export \"memory\") 8)
  (func (export \"cabi_realloc\") (param i32 i32 i32 i32) (result i32) (i32.const 2048))
  (func {HANDLE} (local $fields i32) (local $request i32) (local $left i32)
    (memory.fill (i32.const 65536) (i32.const 97) (i32.const 400000))
    {start}
    (loop $next
      (local.set $fields (call $fields))
      {before}
      (local.set $request (call $request (local.get $fields)))
      {after}
      (br $next))))"
    )
}
