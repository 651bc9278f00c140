//! Connections of those who hand in events: how many, for how long, and who has to go
//! when another one comes.

use super::body::AnswerBody;
use super::connection::{Connection, HEAD_SIZE, Open, Table};
use crate::limits;
use crate::small_server::accepted;
use http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};
use tokio_io_timeout::TimeoutStream;

/// Connections at a time, where there are descriptors for so many.
const MOST: usize = 1024;

/// The part of all descriptors that they may have: the others are for webhooks.
const PART: u64 = 4;

/// The part of all connections that may be asking for health.
const HEALTH_PART: usize = 4;

/// The time for the head of a request, and for a connection to do nothing.
const HEAD: Duration = Duration::from_secs(30);

/// The time in which a client takes nothing of what it is answered.
const WRITE: Duration = Duration::from_secs(10);

/// The age from which on a connection takes no more requests.
const LIFE: Duration = Duration::from_secs(600);

/// What is left to it then, if nothing is asked.
const REST: Duration = Duration::from_secs(60);

/// The same at the end of all.
const LAST_REST: Duration = Duration::from_millis(200);

/// What answers the requests of connections.
pub trait Answers: Send + Sync + 'static {
    /// Answers a request. More connections than `health` that ask for health end with their
    /// answers.
    fn respond(
        self: Arc<Self>,
        request: Request<Incoming>,
        connection: Arc<Connection>,
        health: usize,
    ) -> impl Future<Output = Result<Response<AnswerBody>, Infallible>> + Send;
}

/// The connections that are open.
pub struct Connections {
    most: usize,
    table: Arc<Table>,
    ending: watch::Sender<bool>,
}

impl Connections {
    /// None yet; as many as the descriptors allow.
    pub fn new() -> Self {
        Self::at_most(MOST)
    }

    /// The same with a lower bound.
    pub fn at_most(most: usize) -> Self {
        let part = usize::try_from(limits::descriptors() / PART).unwrap_or(most);
        Self {
            most: part.clamp(1, most),
            table: Arc::default(),
            ending: watch::Sender::new(false),
        }
    }

    /// Accepts them, until this is dropped.
    pub async fn accept(&self, socket: TcpListener, answers: &Arc<impl Answers>) {
        for number in 0.. {
            let stream = accepted(&socket).await;
            self.table.make_room(self.most).await;
            let connection = self.table.open(number);
            let ending = self.ending.subscribe();
            let health = (self.most / HEALTH_PART).max(1);
            tokio::spawn(serve(
                stream,
                connection,
                Arc::clone(answers),
                ending,
                health,
            ));
        }
    }

    /// Ends those that nothing is done for, and waits for the others.
    pub async fn end(self) {
        self.ending.send_replace(true);
        self.table.until(|open| open.is_empty()).await;
    }
}

async fn serve(
    stream: TcpStream,
    connection: Arc<Connection>,
    answers: Arc<impl Answers>,
    mut ending: watch::Receiver<bool>,
    health: usize,
) {
    let _open = Open(Arc::clone(&connection));
    // Answers are small, and somebody waits for them.
    let _ = stream.set_nodelay(true);
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(WRITE));
    let service = {
        let connection = Arc::clone(&connection);
        service_fn(move |request| {
            Arc::clone(&answers).respond(request, Arc::clone(&connection), health)
        })
    };
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        // A client that has said all it has to say may still want the answer.
        .half_close(true)
        .header_read_timeout(HEAD)
        .max_buf_size(HEAD_SIZE)
        .serve_connection(TokioIo::new(Box::pin(stream)), service);
    tokio::pin!(served);
    let mut rest = None;
    let mut deadline = Instant::now() + LIFE;
    loop {
        tokio::select! {
            // A client that breaks off is its own affair.
            _ = &mut served => return,
            () = connection.evicted.notified() => return,
            _ = ending.wait_for(|ending| *ending), if rest != Some(LAST_REST) => {
                served.as_mut().graceful_shutdown();
                rest = Some(LAST_REST);
                deadline = Instant::now() + LAST_REST;
            }
            () = sleep_until(deadline) => {
                if rest.is_some() && !connection.is_working() {
                    return;
                }
                served.as_mut().graceful_shutdown();
                deadline = Instant::now() + *rest.get_or_insert(REST);
            }
        }
    }
}
