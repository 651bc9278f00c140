//! What the crate embeds of the components: a source file, and the compressed files it includes.

use anyhow::{Context, Result, ensure};
use miniz_oxide::deflate::compress_to_vec_zlib;
use miniz_oxide::inflate::decompress_to_vec_zlib;
use sha2::{Digest, Sha256};
use std::fs;
use std::path::Path;

/// Of 10: the best is twice as slow for a hundredth.
const LEVEL: u8 = 9;

/// Writes them. The lean connector is embedded as it is. The complete one is a part of the
/// service, and embedded as that.
///
/// # Errors
/// If the files cannot be written.
pub fn write(out: &Path, lean: &[u8], complete: &[u8], service: &[u8]) -> Result<()> {
    let file = deflate(out, "service", service)?;
    let mut source = format!("static SERVICE_FILE: Deflated = {file};\n");
    let start = service
        .windows(complete.len())
        .position(|part| part == complete);
    let (name, start) = match start {
        Some(start) => ("SERVICE_FILE", start),
        // A ready service may have any connector inside.
        None => {
            let file = deflate(out, "complete", complete)?;
            source += &format!("static COMPLETE_FILE: Deflated = {file};\n");
            ("COMPLETE_FILE", 0)
        }
    };
    let end = start + complete.len();
    for (artifact, about, component, bytes) in [
        (
            "LEAN",
            "The connector without expressions.",
            lean,
            "Bytes::Plain(include_bytes!(\"connector.wasm\"))".to_owned(),
        ),
        (
            "COMPLETE",
            "The connector with everything.",
            complete,
            format!("Bytes::Within(&{name}, {start}..{end})"),
        ),
        (
            "SERVICE",
            "The service, with the complete connector inside.",
            service,
            format!("Bytes::Within(&SERVICE_FILE, 0..{})", service.len()),
        ),
    ] {
        let digest = format!("{:x}", Sha256::digest(component));
        source += &format!(
            "/// {about}\npub static {artifact}: Artifact = Artifact {{\n    \
             digest: \"{digest}\",\n    bytes: {bytes},\n}};\n"
        );
    }
    fs::write(out.join("statics.rs"), source)?;
    Ok(())
}

/// Writes a compressed file, and says how the source includes it.
fn deflate(out: &Path, name: &str, bytes: &[u8]) -> Result<String> {
    let deflated = compress_to_vec_zlib(bytes, LEVEL);
    let read = decompress_to_vec_zlib(&deflated).ok();
    ensure!(
        read.as_deref() == Some(bytes),
        "the compressed {name} cannot be read back"
    );
    let file = format!("{name}.zz");
    fs::write(out.join(&file), deflated).with_context(|| file.clone())?;
    Ok(format!("Deflated::new(include_bytes!(\"{file}\"))"))
}
