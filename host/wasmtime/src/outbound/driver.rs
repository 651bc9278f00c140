//! The task that drives a connection.

use super::byte_meter::ByteMeter;
use super::connection_limit::ConnectionPermit;
use std::error::Error;
use std::sync::Arc;
use tokio::task::AbortHandle;

/// What drives a connection; ended when nobody uses that any more. Else one whose other side
/// reads nothing would wait for it for ever, and keep its descriptor.
#[derive(Debug)]
pub(super) struct Task(AbortHandle);

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Task {
    /// Whether the connection has ended.
    pub(super) fn is_finished(&self) -> bool {
        self.0.is_finished()
    }
}

/// Drives a connection by a task of its own, which holds the permit until it has ended.
pub(super) fn drive(
    connection: impl Future<Output = hyper::Result<()>> + Send + 'static,
    meter: &Arc<ByteMeter>,
    permit: ConnectionPermit,
) -> Task {
    let meter = Arc::clone(meter);
    let driving = tokio::spawn(async move {
        if let Err(error) = connection.await {
            // Whoever waits for an answer on it is told.
            if is_malformed(&error) {
                meter.note_malformed();
            }
            tracing::debug!(%error, "a connection has ended");
        }
        drop(permit);
    });
    Task(driving.abort_handle())
}

/// Whether this side found that the other speaks no HTTP/2.
fn is_malformed(error: &hyper::Error) -> bool {
    let said = error
        .source()
        .and_then(<dyn Error>::downcast_ref::<h2::Error>);
    said.is_some_and(|said| !said.is_remote() && !said.is_io())
}
