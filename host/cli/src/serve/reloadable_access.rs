//! The rule about who may hand in events, which changes with the file of the token.

use super::access::Access;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};

/// The rule in force.
pub struct ReloadableAccess {
    named: Option<PathBuf>,
    address: IpAddr,
    access: RwLock<Arc<Access>>,
}

impl ReloadableAccess {
    /// By a token from a file or the environment; without one only on loopback.
    pub fn new(named: Option<PathBuf>, address: IpAddr) -> anyhow::Result<Self> {
        let access = Access::new(named.as_deref(), address)?;
        Ok(Self {
            named,
            address,
            access: RwLock::new(Arc::new(access)),
        })
    }

    /// As it is now: a request meets one rule from its beginning to its end.
    pub fn current(&self) -> Arc<Access> {
        Arc::clone(&self.access.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads the file of the token again, if there is one; what cannot be used leaves the
    /// token as it was. Says which it is; false: the old one stays in force.
    pub fn reload(&self) -> bool {
        let Some(named) = &self.named else {
            return true;
        };
        // A pipe was read, and has nothing more.
        if std::fs::metadata(named).is_ok_and(|file| !file.is_file()) {
            return true;
        }
        match Access::new(Some(named), self.address) {
            Ok(access) => {
                let mut rule = self.access.write().unwrap_or_else(PoisonError::into_inner);
                *rule = Arc::new(access);
                tracing::warn!("SIGHUP: token reloaded");
                true
            }
            Err(error) => {
                tracing::error!("SIGHUP: {error:#}; the previous token stays in force");
                false
            }
        }
    }
}
