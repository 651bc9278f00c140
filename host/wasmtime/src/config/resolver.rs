//! What a host resolves references with, such as a vault.

use crate::config::Secret;
use std::fmt;
use std::sync::Arc;

/// A reference of a configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reference<'a> {
    /// `{env: NAME}`.
    Env(&'a str),
    /// `{file: PATH}`, as it is written.
    File(&'a str),
}

/// Resolves references to what a configuration keeps elsewhere, such as its secrets in a
/// vault. Cloning shares it.
///
/// # Examples
/// ```
/// use servo_webhooks::{Configuration, Connector, LoadOptions, Reference, Resolver};
///
/// let vault = Resolver::new(|reference| match reference {
///     Reference::File("vault/webhooks") => Some(Ok("a key of the vault".to_owned())),
///     // As it would be without.
///     _ => None,
/// });
/// let options = LoadOptions::default().with_resolver(vault);
/// let text = br#"[{"events": "after:measure", "url": "https://example.com/", "secret": {"file": "vault/webhooks"}}]"#;
/// let connector = Connector::built_in()?;
/// let configuration = Configuration::read(&connector, "servo", "".as_ref(), text, &options)?;
/// assert_eq!(configuration.webhooks().len(), 1);
/// # Ok::<(), servo_webhooks::Error>(())
/// ```
#[derive(Clone)]
pub struct Resolver(Arc<Resolve>);

type Resolve = dyn Fn(Reference<'_>) -> Option<Result<String, String>> + Send + Sync;

impl Resolver {
    /// Resolves by a function, which is asked once for each reference at each load: what the
    /// reference stands for, or why it cannot be resolved, without the value. None: it is
    /// resolved as it would be without this, from the environment or a file. It may block, as
    /// [`Configuration::load`](crate::Configuration::load) does.
    pub fn new(
        resolve: impl Fn(Reference<'_>) -> Option<Result<String, String>> + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(resolve))
    }

    /// What a reference stands for, or why there is nothing; none: it is for others.
    pub(super) fn resolve(&self, reference: Reference<'_>) -> Option<Result<Secret, String>> {
        let what = match reference {
            Reference::Env(name) => format!("the reference to the variable `{name}`"),
            Reference::File(path) => format!("the reference to the file `{path}`"),
        };
        Some(match (self.0)(reference)? {
            Ok(text) if text.is_empty() => Err(format!("{what} was resolved to nothing")),
            Ok(text) => Ok(Secret::new(text)),
            Err(why) => Err(format!("{what} cannot be resolved: {why}")),
        })
    }
}

impl fmt::Debug for Resolver {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Resolver")
    }
}
