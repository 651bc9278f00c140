//! What went over a connection, seen from below HTTP: whether a request can have been
//! processed is decided by bytes, not by words of an error.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// Counts the bytes of one connection.
#[derive(Debug, Default)]
pub(super) struct ByteMeter {
    written: AtomicU64,
    read: AtomicU64,
    broken: AtomicBool,
    malformed: AtomicBool,
}

/// A moment in the life of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    written: u64,
    read: u64,
}

impl ByteMeter {
    /// What has gone over the connection by now.
    pub(super) fn mark(&self) -> Mark {
        Mark {
            written: self.written.load(Ordering::Acquire),
            read: self.read.load(Ordering::Acquire),
        }
    }

    /// Whether the system has taken no byte for the other side since.
    pub(super) fn wrote_nothing_since(&self, mark: Mark) -> bool {
        self.written.load(Ordering::Acquire) == mark.written
    }

    /// Whether no byte of an answer has come since; what TLS says for itself is none.
    pub(super) fn read_nothing_since(&self, mark: Mark) -> bool {
        self.read.load(Ordering::Acquire) == mark.read
    }

    /// What came was no HTTP.
    pub(super) fn note_malformed(&self) {
        self.malformed.store(true, Ordering::Release);
    }

    /// Whether what came was no HTTP.
    pub(super) fn is_malformed(&self) -> bool {
        self.malformed.load(Ordering::Acquire)
    }

    /// Whether the other side no longer takes anything.
    pub(super) fn is_broken(&self) -> bool {
        self.broken.load(Ordering::Acquire)
    }
}

/// A TCP connection whose errors of writing are not told: a responder may answer before it
/// has read the request, and close. What has come is still there to be read, and reading
/// says how the connection ended.
pub(super) struct Wire {
    tcp: TcpStream,
    meter: Arc<ByteMeter>,
}

impl Wire {
    pub(super) fn new(tcp: TcpStream) -> (Self, Arc<ByteMeter>) {
        let meter = Arc::<ByteMeter>::default();
        let wire = Self {
            tcp,
            meter: Arc::clone(&meter),
        };
        (wire, meter)
    }

    /// Pretends that `length` bytes were written where they cannot be.
    fn note(&self, written: io::Result<usize>, length: usize) -> usize {
        match written {
            Ok(count) => {
                let count_wide = u64::try_from(count).unwrap_or(u64::MAX);
                self.meter.written.fetch_add(count_wide, Ordering::AcqRel);
                count
            }
            Err(error) => {
                tracing::debug!(%error, "a request can be written no further; its answer is read");
                self.meter.broken.store(true, Ordering::Release);
                length
            }
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_read(context, buffer)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.meter.is_broken() {
            return Poll::Ready(Ok(bytes.len()));
        }
        let written = ready!(Pin::new(&mut self.tcp).poll_write(context, bytes));
        Poll::Ready(Ok(self.note(written, bytes.len())))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let length = || buffers.iter().map(|buffer| buffer.len()).sum();
        if self.meter.is_broken() {
            return Poll::Ready(Ok(length()));
        }
        let written = ready!(Pin::new(&mut self.tcp).poll_write_vectored(context, buffers));
        Poll::Ready(Ok(self.note(written, length())))
    }

    fn is_write_vectored(&self) -> bool {
        self.tcp.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        // A TCP stream holds nothing back.
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let _ = ready!(Pin::new(&mut self.tcp).poll_shutdown(context));
        Poll::Ready(Ok(()))
    }
}

/// Counts what is read, above TLS.
pub(super) struct Counted<S> {
    stream: S,
    meter: Arc<ByteMeter>,
}

impl<S> Counted<S> {
    pub(super) fn new(stream: S, meter: Arc<ByteMeter>) -> Self {
        Self { stream, meter }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Counted<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        let read = u64::try_from(buffer.filled().len() - before).unwrap_or(u64::MAX);
        self.meter.read.fetch_add(read, Ordering::AcqRel);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Counted<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, buffers)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
