//! A connection on loan to a request.

use super::http1::Http1;
use super::http2::Active;
use super::origin::Origin;
use super::pool::Pool;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout};

/// How long a connection may take to be ready again once its answer has been read. One whose
/// responder answered before it read the request may never be.
const READY: Duration = Duration::from_millis(25);

/// The right to give a connection back when its answer has been read.
pub(super) enum Lease {
    /// To be kept.
    Http1(Http1, Arc<Origin>, Arc<Pool>),
    /// It is shared anyway.
    Http2(#[expect(dead_code, reason = "its drop says that the request is over")] Active),
}

impl Lease {
    /// Keeps the connection for the next request, when it is ready for that.
    pub(super) async fn give_back(self) {
        let Self::Http1(mut http1, origin, pool) = self else {
            return;
        };
        let ready = timeout(READY, http1.is_ready()).await == Ok(true);
        let usable = http1.may_be_kept() && http1.is_usable(Instant::now());
        if !ready || !usable || pool.is_short() {
            return;
        }
        origin.lock().idle.push(http1);
        pool.watch();
    }
}
