//! Connections of those who hand in events: how many, for how long, and who has to go
//! when another one comes.

use super::door::{Behind, Door};
use crate::limits;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep, sleep_until};
use tokio_io_timeout::TimeoutStream;

/// Connections at a time, where there are descriptors for so many.
const MOST: usize = 1024;

/// The part of all descriptors that they may have: the others are for webhooks.
const PART: u64 = 4;

/// The part of all connections that may be asking for health.
const HEALTH_PART: usize = 4;

/// Answers to who never brought the token, on one connection.
const ANSWERS: usize = 100;

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

/// Bytes that are read at a time, and of a head.
pub const HEAD_SIZE: usize = 64 << 10;

/// The time until it is tried again to accept one, for example when there are no more
/// file descriptors.
const PAUSE: Duration = Duration::from_millis(50);

/// The connections that are open.
pub struct Connections {
    most: usize,
    table: Arc<Table>,
    ending: watch::Sender<bool>,
}

#[derive(Default)]
struct Table {
    open: Mutex<HashMap<u64, Arc<Connection>>>,
    /// Rung when one has ended, or could be ended.
    freed: Notify,
    /// Those that last asked for health.
    asking: AtomicUsize,
}

/// One of them.
pub struct Connection {
    table: Arc<Table>,
    number: u64,
    /// Requests from those who may, until they are answered.
    working: AtomicUsize,
    /// Whether there has been one.
    proven: AtomicBool,
    asks_health: AtomicBool,
    answered: AtomicUsize,
    last: Mutex<Instant>,
    evicted: Notify,
}

/// A request is worked at.
pub struct Work(Arc<Connection>);

impl Connections {
    /// None yet; as many as the descriptors allow.
    pub fn new() -> Self {
        let part = usize::try_from(limits::descriptors() / PART).unwrap_or(MOST);
        Self {
            most: part.clamp(1, MOST),
            table: Arc::default(),
            ending: watch::Sender::new(false),
        }
    }

    /// Accepts them, until this is dropped.
    pub async fn accept<B: Behind>(&self, socket: TcpListener, door: &Arc<Door<B>>) {
        for number in 0.. {
            let stream = match socket.accept().await {
                Ok((stream, _)) => stream,
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    sleep(PAUSE).await;
                    continue;
                }
            };
            self.table.make_room(self.most).await;
            let connection = self.table.open(number);
            let ending = self.ending.subscribe();
            let health = (self.most / HEALTH_PART).max(1);
            tokio::spawn(serve(stream, connection, Arc::clone(door), ending, health));
        }
    }

    /// Ends those that nothing is done for, and waits for the others.
    pub async fn end(self) {
        self.ending.send_replace(true);
        self.table.until(|open| open.is_empty()).await;
    }
}

async fn serve<B: Behind>(
    stream: TcpStream,
    connection: Arc<Connection>,
    door: Arc<Door<B>>,
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
            Arc::clone(&door).answer(request, Arc::clone(&connection), health)
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

impl Table {
    fn lock(&self) -> MutexGuard<'_, HashMap<u64, Arc<Connection>>> {
        // Nothing panics while it is held; if it did, the table is still whole.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn open(self: &Arc<Self>, number: u64) -> Arc<Connection> {
        let connection = Arc::new(Connection {
            table: Arc::clone(self),
            number,
            working: AtomicUsize::new(0),
            proven: AtomicBool::new(false),
            asks_health: AtomicBool::new(false),
            answered: AtomicUsize::new(0),
            last: Mutex::new(Instant::now()),
            evicted: Notify::new(),
        });
        self.lock().insert(number, Arc::clone(&connection));
        connection
    }

    /// Waits until one more may be open. Of those that nothing is done for the one goes
    /// that has been so for longest; who never brought the token before who has.
    async fn make_room(&self, most: usize) {
        self.until(|open| {
            if open.len() < most {
                return true;
            }
            let idle = open.values().filter(|connection| !connection.is_working());
            match idle.min_by_key(|connection| connection.rank()) {
                Some(idle) => {
                    let number = idle.number;
                    idle.evicted.notify_one();
                    open.remove(&number);
                    true
                }
                None => false,
            }
        })
        .await;
    }

    async fn until(&self, mut is_so: impl FnMut(&mut HashMap<u64, Arc<Connection>>) -> bool) {
        loop {
            let mut freed = std::pin::pin!(self.freed.notified());
            // Before the look, or what happens in between is missed.
            freed.as_mut().enable();
            if is_so(&mut self.lock()) {
                return;
            }
            freed.await;
        }
    }
}

impl Connection {
    fn is_working(&self) -> bool {
        self.working.load(Ordering::Acquire) > 0
    }

    fn rank(&self) -> (bool, Instant) {
        let last = *self.last.lock().unwrap_or_else(PoisonError::into_inner);
        (self.proven.load(Ordering::Acquire), last)
    }

    fn touch(&self) {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    /// It was answered. Whether it had better end: so many others ask for health as well,
    /// or it has had many answers and never brought the token.
    pub fn overstays(&self, is_health: bool, most: usize) -> bool {
        if is_health && !self.asks_health.swap(true, Ordering::AcqRel) {
            self.table.asking.fetch_add(1, Ordering::AcqRel);
        }
        let answered = self.answered.fetch_add(1, Ordering::AcqRel) + 1;
        let is_stranger = !self.proven.load(Ordering::Acquire);
        is_health && self.table.asking.load(Ordering::Acquire) > most
            || is_stranger && answered >= ANSWERS
    }

    /// Somebody who may has a request, which is worked at until this is dropped.
    pub fn work(self: &Arc<Self>) -> Work {
        self.proven.store(true, Ordering::Release);
        self.stop_asking();
        self.working.fetch_add(1, Ordering::AcqRel);
        Work(Arc::clone(self))
    }

    fn stop_asking(&self) {
        if self.asks_health.swap(false, Ordering::AcqRel) {
            self.table.asking.fetch_sub(1, Ordering::AcqRel);
        }
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        self.0.touch();
        self.0.working.fetch_sub(1, Ordering::AcqRel);
        self.0.table.freed.notify_waiters();
    }
}

/// In the table until it is dropped.
struct Open(Arc<Connection>);

impl Drop for Open {
    fn drop(&mut self) {
        let table = &self.0.table;
        self.0.stop_asking();
        table.lock().remove(&self.0.number);
        table.freed.notify_waiters();
    }
}
