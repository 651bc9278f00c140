//! What this process may have open.

use rlimit::Resource;

/// Raises the soft limit of descriptors to the hard one: each endpoint that answers late
/// holds some, and questions must not lack them.
pub fn raise() {
    let limits = Resource::NOFILE.get();
    let raised = limits.and_then(|(soft, hard)| {
        if soft < hard {
            Resource::NOFILE.set(hard, hard)?;
        }
        Ok((soft, hard))
    });
    match raised {
        Ok((soft, hard)) => tracing::debug!(from = soft, to = hard, "descriptors"),
        Err(error) => tracing::warn!(
            %error,
            "the limit on open files cannot be raised; it stays at {}",
            descriptors()
        ),
    }
}

/// How many descriptors there may be.
pub fn descriptors() -> u64 {
    Resource::NOFILE.get_soft().unwrap_or(256)
}
