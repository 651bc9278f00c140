//! A connector's component file: where it comes from, and whether it is one.

use super::builtin::Build;
use super::compiler::Compiler;
use super::error::ComponentError;
use super::functions::Functions;
use super::metadata::Metadata;
use super::precompiled;
use crate::error::Error;
use crate::file;
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::path::Path;
use wasmtime::Engine;
use wasmtime::component::Linker;
use wasmtime::component::types::ComponentItem;

const INTERFACE: &str = "servo:webhooks/connector@0.1.";

/// The bytes of a component.
#[derive(Clone)]
pub struct Component {
    origin: String,
    bytes: Cow<'static, [u8]>,
    build: Option<Build>,
}

/// What is known of a component without running it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ComponentInfo {
    /// `built-in`, or the file as it was given.
    pub origin: String,
    /// In bytes.
    pub size: usize,
    /// SHA-256 in lower-case hex.
    pub digest: String,
    built_in: bool,
}

impl ComponentInfo {
    /// Whether its bytes are those that this crate was built with.
    #[must_use]
    pub fn is_built_in(&self) -> bool {
        self.built_in
    }
}

impl std::fmt::Debug for Component {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.info().fmt(out)
    }
}

impl Component {
    /// The one that this crate was built with. A connector made of it uses the complete
    /// one for webhooks with expressions.
    #[cfg(feature = "builtin")]
    #[must_use]
    pub fn built_in() -> Self {
        Self {
            origin: "built-in".to_owned(),
            bytes: Cow::Borrowed(artifact::LEAN.bytes()),
            build: Some(Build::Lean),
        }
    }

    /// The one that this crate was built with, with expressions: for hosts that load one
    /// component for everything.
    #[cfg(feature = "builtin")]
    #[must_use]
    pub fn complete() -> Self {
        Self {
            origin: "built-in, complete".to_owned(),
            bytes: Cow::Borrowed(artifact::COMPLETE.bytes()),
            build: Some(Build::Complete),
        }
    }

    /// The service that this crate was built with, with the complete connector inside: for
    /// engines of WASI. It is no connector, since it imports the world.
    #[cfg(feature = "builtin")]
    #[must_use]
    pub fn service() -> Self {
        Self {
            origin: "built-in, service".to_owned(),
            bytes: Cow::Borrowed(artifact::SERVICE.bytes()),
            build: Some(Build::Service),
        }
    }

    /// One from memory; `origin` says where it came from, for messages.
    #[must_use]
    pub fn from_bytes(origin: &str, bytes: Vec<u8>) -> Self {
        Self {
            origin: origin.to_owned(),
            build: Build::of(&bytes),
            bytes: Cow::Owned(bytes),
        }
    }

    /// One from a file.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn from_file(path: &Path) -> Result<Self, Error> {
        let origin = path.display().to_string();
        match file::read(path, file::COMPONENT, file::Kind::FileOrPipe) {
            Ok(bytes) => Ok(Self::from_bytes(&origin, bytes)),
            Err(error) => Err(ComponentError::Unreadable {
                file: origin,
                error,
            }
            .into()),
        }
    }

    /// Refuses it unless its SHA-256 is `digest`, 64 hexadecimal digits.
    ///
    /// # Errors
    /// If it is another one, or `digest` is none.
    pub fn pinned(self, digest: &str) -> Result<Self, Error> {
        let expected = digest
            .strip_prefix("sha256:")
            .unwrap_or(digest)
            .to_ascii_lowercase();
        if expected.len() != 64 || !expected.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(ComponentError::BadPin.into());
        }
        let found = self.digest();
        if found == expected {
            Ok(self)
        } else {
            Err(ComponentError::Digest {
                origin: self.origin,
                expected,
                found,
            }
            .into())
        }
    }

    /// The file's bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What is known of it without running it.
    #[must_use]
    pub fn info(&self) -> ComponentInfo {
        ComponentInfo {
            origin: self.origin.clone(),
            size: self.bytes.len(),
            digest: self.digest(),
            built_in: self.build.is_some(),
        }
    }

    /// What it says of itself.
    #[must_use]
    pub fn metadata(&self) -> Metadata {
        Metadata::read(&self.bytes)
    }

    /// Whether the complete one serves it with expressions.
    pub(super) fn is_lean(&self) -> bool {
        self.build.is_some_and(Build::is_lean)
    }

    fn digest(&self) -> String {
        match self.build {
            Some(build) => build.digest().to_owned(),
            None => format!("{:x}", Sha256::digest(&self.bytes)),
        }
    }

    pub(super) fn compile(
        &self,
        engine: &Engine,
        compiler: Option<&Compiler>,
    ) -> Result<wasmtime::component::Component, ComponentError> {
        if self.build.is_some_and(|build| !build.is_connector()) {
            let what = "it is the service, which has a connector inside";
            return Err(ComponentError::WrongWorld(what.to_owned()));
        }
        if let Some(build) = self.build
            && let Some(component) = precompiled::load(engine, build)
        {
            return Ok(component);
        }
        self.compile_anew(engine, compiler)
    }

    /// Compiles its bytes, whatever they are: in a process of its own, or without a
    /// compiler in this one.
    pub(crate) fn compile_anew(
        &self,
        engine: &Engine,
        compiler: Option<&Compiler>,
    ) -> Result<wasmtime::component::Component, ComponentError> {
        let origin = self.origin.clone();
        match self.bytes.get(..8) {
            Some([0, b'a', b's', b'm', _, _, 1, 0]) => {}
            Some([0, b'a', b's', b'm', _, _, 0, 0]) => {
                return Err(ComponentError::CoreModule(origin));
            }
            None if b"\0asm".starts_with(self.bytes.get(..4).unwrap_or(&self.bytes)) => {
                let detail = format!("it ends after {} bytes", self.bytes.len());
                return Err(ComponentError::Truncated { origin, detail });
            }
            _ => return Err(ComponentError::NotWasm(origin)),
        }
        let invalid = |error: &wasmtime::Error| {
            ComponentError::invalid(&origin, &error.root_cause().to_string())
        };
        match compiler {
            #[cfg(feature = "compile")]
            None => wasmtime::component::Component::new(engine, &self.bytes)
                .map_err(|error| invalid(&error)),
            #[cfg(not(feature = "compile"))]
            None => Err(ComponentError::NoCompiler(origin)),
            Some(compiler) => {
                let code = compiler.compile(&origin, &self.bytes)?;
                precompiled::adopt(engine, &code).map_err(|error| invalid(&error))
            }
        }
    }
}

/// The complete one that is built in, ready to be called.
///
/// # Errors
/// If the machine refuses the memory for it.
#[cfg(feature = "builtin")]
pub(super) fn complete(engine: &Engine) -> Result<Functions, String> {
    let compiled = Component::complete().compile(engine, None);
    compiled
        .and_then(|compiled| link(engine, &compiled))
        .map_err(|error| error.to_string())
}

/// There is none.
///
/// # Errors
/// Always.
#[cfg(not(feature = "builtin"))]
pub(super) fn complete(_: &Engine) -> Result<Functions, String> {
    Err("no connector is built in".to_owned())
}

/// Checks imports and exports, and prepares instances.
pub(super) fn link(
    engine: &Engine,
    component: &wasmtime::component::Component,
) -> Result<Functions, ComponentError> {
    let world = component.component_type();
    let imports: Vec<String> = world
        .imports(engine)
        .map(|(name, _)| name.to_owned())
        .collect();
    if !imports.is_empty() {
        return Err(ComponentError::Imports(imports.join(", ")));
    }
    let exported = world.exports(engine).find(|(name, item)| {
        name.starts_with(INTERFACE) && matches!(item.ty, ComponentItem::ComponentInstance(_))
    });
    if exported.is_none() {
        let exports: Vec<String> = world
            .exports(engine)
            .map(|(name, _)| name.to_owned())
            .collect();
        let exports = if exports.is_empty() {
            "nothing".to_owned()
        } else {
            exports.join(", ")
        };
        return Err(ComponentError::WrongWorld(format!("it exports {exports}")));
    }
    let pre = Linker::new(engine)
        .instantiate_pre(component)
        .map_err(|error| ComponentError::WrongWorld(format!("{error:#}")))?;
    Functions::find(component, pre)
}
