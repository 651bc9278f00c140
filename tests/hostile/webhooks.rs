//! Webhooks, of a configuration that is in no file.

use servo_webhooks::{Allow, Configuration, Connector, Error, LoadOptions, Options};
use std::path::Path;

/// Reads a configuration.
pub fn read(connector: &Connector, yaml: &str) -> Result<Configuration, Error> {
    Configuration::read(
        connector,
        "hostile.yaml",
        Path::new(""),
        yaml.as_bytes(),
        &LoadOptions::default(),
    )
}

/// Options with which loopback may be reached.
pub fn loopback() -> Options {
    let mut options = Options::default();
    options.allow = Allow::parse(["loopback"]).unwrap();
    options
}
