//! What a program calls what its users set, for errors that say what to change.

use std::sync::OnceLock;

static INSTALLED: OnceLock<OptionNames> = OnceLock::new();

/// How a program names what its users set: errors of this library end with what to change, and
/// the library knows its own words alone. A program installs its own once, at its start.
///
/// # Examples
/// ```
/// use servo_webhooks::OptionNames;
///
/// let mut names = OptionNames::default();
/// names.allow = "allow it with --allow {}";
/// names.install().expect("nothing else has installed any");
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct OptionNames {
    /// How an address is allowed; `{}` stands for the item of [`Allow`](crate::Allow).
    pub allow: &'static str,
    /// The same of a name that this machine cannot look up.
    pub allow_name: &'static str,
    /// Where further CA certificates are named.
    pub ca_file: &'static str,
    /// How a servo is named, before its name.
    pub source: &'static str,
    /// Where there is a configuration to start from.
    pub configuration: &'static str,
}

impl Default for OptionNames {
    fn default() -> Self {
        Self {
            allow: "allow it as \"{}\"",
            allow_name: "allow \"{}\"",
            ca_file: "`ca_file`",
            source: "set `source` to",
            configuration: "the documentation of servo-webhooks has one to start from",
        }
    }
}

impl OptionNames {
    /// Has them used from now on in this process, once.
    ///
    /// # Errors
    /// These, if others are installed already.
    pub fn install(self) -> Result<(), Self> {
        INSTALLED.set(self)
    }

    pub(crate) fn get() -> &'static Self {
        static OWN: OnceLock<OptionNames> = OnceLock::new();
        let installed = INSTALLED.get();
        installed.unwrap_or_else(|| OWN.get_or_init(Self::default))
    }

    pub(crate) fn allow(&self, item: &str) -> String {
        self.allow.replace("{}", item)
    }

    pub(crate) fn allow_name(&self, name: &str) -> String {
        self.allow_name.replace("{}", name)
    }
}
