//! Compiles the built-in connector for this target, so that a host starts in milliseconds.
//! Where the components are, the build script of the crate `artifact` says.

#[cfg(feature = "builtin")]
#[path = "src/connector/tuning.rs"]
mod tuning;

#[cfg(feature = "builtin")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    use std::path::PathBuf;

    println!("cargo::rerun-if-changed=src/connector/tuning.rs");
    let components = PathBuf::from(variable("DEP_SERVO_WEBHOOKS_ARTIFACT_FOLDER")?);
    let out = PathBuf::from(variable("OUT_DIR")?);
    let target = variable("TARGET")?;
    let mut config = tuning::code();
    // Naming the target leaves out what only this machine's processor can do.
    let engine = config
        .target(&target)
        .and_then(|config| wasmtime::Engine::new(config))?;
    // How hard the compressor tries, of 10; none where the code is embedded as it is.
    for (name, level) in [("connector", None), ("complete", Some(9))] {
        let component = components.join(name).with_extension("wasm");
        println!("cargo::rerun-if-changed={}", component.display());
        let code = engine
            .precompile_component(&std::fs::read(&component)?)
            .map_err(|error| format!("the connector cannot be compiled for {target}: {error:#}"))?;
        let file = out.join(name);
        match level {
            None => std::fs::write(file.with_extension("cwasm"), code)?,
            Some(level) => std::fs::write(
                file.with_extension("cwasm.zz"),
                miniz_oxide::deflate::compress_to_vec_zlib(&code, level),
            )?,
        }
    }
    Ok(())
}

#[cfg(feature = "builtin")]
fn variable(name: &str) -> Result<String, String> {
    std::env::var(name).map_err(|error| format!("{name}: {error}"))
}

#[cfg(not(feature = "builtin"))]
fn main() {}
