//! The program behind HTTP (`serve`), as a process that can be limited and stopped.

use std::io::{BufRead, BufReader, ErrorKind, Read};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

/// Nothing takes as long.
const PATIENCE: Duration = Duration::from_secs(60);

/// Ends when it is dropped.
pub struct Served {
    child: Child,
    pub address: SocketAddr,
    log: Arc<Mutex<String>>,
    _folder: TempDir,
}

impl Drop for Served {
    fn drop(&mut self) {
        // One that is stopped is ended by this as well.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Served {
    /// With this configuration, and as many descriptors as this, soft and hard.
    pub async fn start(yaml: &str, descriptors: Option<u32>) -> Result<Self, String> {
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        std::fs::write(folder.path().join("servo.yaml"), yaml).unwrap();
        let limit = match descriptors {
            Some(descriptors) => format!("ulimit -n {descriptors}; "),
            None => String::new(),
        };
        let mut child = Command::new("sh")
            .args(["-c", &format!("{limit}exec \"$0\" \"$@\"")])
            .arg(env!("CARGO_BIN_EXE_servo-webhooks"))
            .args(["serve", "--bind", "127.0.0.1:0", "--allow", "loopback"])
            .args(["--config", "servo.yaml"])
            .current_dir(folder.path())
            .env_clear()
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| error.to_string())?;
        let log = Arc::<Mutex<String>>::default();
        keep(child.stderr.take().unwrap(), Some(Arc::clone(&log)));
        keep(child.stdout.take().unwrap(), None);
        let deadline = Instant::now() + PATIENCE;
        let address = loop {
            if let Some(address) = address(&log.lock().unwrap()) {
                break address;
            }
            let ended = child.try_wait().unwrap().is_some();
            if ended || Instant::now() > deadline {
                let _ = child.kill();
                return Err(format!("it does not listen: {}", log.lock().unwrap()));
            }
            sleep(Duration::from_millis(5)).await;
        };
        Ok(Self {
            child,
            address,
            log,
            _folder: folder,
        })
    }

    /// `STOP` and the like, by the shell's own `kill`.
    pub fn signal(&self, name: &str) {
        let script = format!("kill -{name} {}", self.child.id());
        let status = Command::new("sh").args(["-c", &script]).status().unwrap();
        assert!(status.success(), "{script}");
    }

    /// The last that it said.
    pub fn said(&self) -> String {
        let log = self.log.lock().unwrap();
        let lines: Vec<&str> = log.lines().rev().take(5).collect();
        lines.into_iter().rev().collect::<Vec<_>>().join("\n")
    }
}

/// Reads to the end, so that nobody waits for a reader.
fn keep(from: impl Read + Send + 'static, log: Option<Arc<Mutex<String>>>) {
    std::thread::spawn(move || {
        for line in BufReader::new(from).split(b'\n').map_while(Result::ok) {
            if let Some(log) = &log {
                *log.lock().unwrap() += &format!("{}\n", String::from_utf8_lossy(&line));
            }
        }
    });
}

fn address(log: &str) -> Option<SocketAddr> {
    let (_, rest) = log.split_once("listening on http://")?;
    rest.split(' ').next()?.parse().ok()
}

/// Somebody who hands in events, over one connection as long as it lasts.
pub struct Client {
    address: SocketAddr,
    stream: Option<TcpStream>,
}

impl Client {
    pub fn new(address: SocketAddr) -> Self {
        Self {
            address,
            stream: None,
        }
    }

    /// Hands in an event; the answer's body. The other side may have ended a connection that
    /// was kept: then over another one.
    pub async fn post(&mut self, event: &str) -> std::io::Result<String> {
        let kept = self.stream.take();
        let was_kept = kept.is_some();
        match self.post_over(kept, event).await {
            Err(error) if was_kept && error.kind() != ErrorKind::TimedOut => {
                self.post_over(None, event).await
            }
            posted => posted,
        }
    }

    async fn post_over(&mut self, kept: Option<TcpStream>, event: &str) -> std::io::Result<String> {
        let posting = async {
            let mut stream = match kept {
                Some(stream) => stream,
                None => TcpStream::connect(self.address).await?,
            };
            let head = format!(
                "POST /events HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
                self.address,
                event.len()
            );
            stream.write_all((head + event).as_bytes()).await?;
            let body = answer(&mut stream).await?;
            self.stream = Some(stream);
            Ok(body)
        };
        timeout(PATIENCE, posting).await?
    }

    /// Whether its last event had no answer.
    pub fn is_cut_off(&self) -> bool {
        self.stream.is_none()
    }

    /// Asks before an event; why it is not cancelled, if it is not.
    pub async fn ask(&mut self, id: &str) -> Option<String> {
        let event = format!("{{\"event\":\"before:adjust\",\"id\":\"{id}\"}}");
        match self.post(&event).await {
            Ok(body) if body.contains("\"outcome\":\"cancelled\"") => None,
            Ok(body) => Some(format!("{id}: {body}")),
            Err(error) => Some(format!("{id}: {error}")),
        }
    }
}

/// The body of an answer that says its length.
async fn answer(stream: &mut TcpStream) -> std::io::Result<String> {
    let mut read = Vec::new();
    let mut some = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&read);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let head = head.to_lowercase();
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
            if body.len() >= length.unwrap_or(0) {
                return Ok(body.to_owned());
            }
        }
        let count = stream.read(&mut some).await?;
        if count == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        read.extend_from_slice(&some[..count]);
    }
}

/// One webhook of a configuration.
pub fn webhook(name: &str, what: &str, address: SocketAddr, more: &str) -> String {
    format!("- {{name: {name}, events: '{what}', url: 'http://{address}/', secret: s{more}}}\n")
}
