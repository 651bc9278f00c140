//! An attack: what a server does with a connection, and what must come of it.

use crate::faulty_connector::Fault;
use crate::frames::{self, Frame};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};

/// How long a server goes on: longer than any event may take, however busy the machine is.
pub const PATIENCE: Duration = Duration::from_secs(240);

/// What a server does next.
#[derive(Clone)]
pub enum Step {
    /// Reads an HTTP/1.1 request to its end.
    Request,
    /// Reads what is there.
    Some,
    /// Reads frames of HTTP/2 up to the headers of a request.
    Stream,
    Send(Vec<u8>),
    /// Sends these bytes one by one, over and over.
    Drip(Vec<u8>),
    /// Sends these bytes over and over, as fast as they are taken.
    Flood(Vec<u8>),
    /// Neither reads nor says anything more.
    Sleep,
    /// Says nothing more until the other side closes.
    Hang,
    /// Ends the connection with a reset.
    Reset,
}

/// What must come of it before an event.
#[derive(Clone, Debug)]
pub enum Expected {
    Proceeds,
    /// With a reason that contains this.
    Cancels(String),
    /// With an error that contains one of these.
    Fails {
        says: Vec<String>,
        retried: bool,
    },
}

impl Expected {
    /// Is tried again, with an error that contains one of these.
    pub fn fails(says: &[&str]) -> Self {
        Self::Fails {
            says: says.iter().map(ToString::to_string).collect(),
            retried: true,
        }
    }
}

/// How the webhook speaks to the server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Protocol {
    #[default]
    Http1,
    Http2,
    Tls,
}

/// One attack.
#[derive(Clone)]
pub struct Attack {
    pub name: String,
    pub protocol: Protocol,
    pub steps: Vec<Step>,
    pub expected: Expected,
    /// Bytes of padding in the event.
    pub padding: usize,
    /// A function of the connector, and what is wrong with it.
    pub guest: Option<(&'static str, Fault)>,
}

impl Attack {
    pub fn new(name: &str, protocol: Protocol, steps: Vec<Step>, expected: Expected) -> Self {
        Self {
            name: name.to_owned(),
            protocol,
            steps,
            expected,
            padding: 0,
            guest: None,
        }
    }

    /// Serves every connection in its way, until it is dropped.
    pub async fn listen(&self) -> (SocketAddr, tokio::task::JoinHandle<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let steps = self.steps.clone();
        let serving = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let steps = steps.clone();
                tokio::spawn(timeout(
                    PATIENCE,
                    async move { serve(stream, &steps).await },
                ));
            }
        });
        (address, serving)
    }
}

/// Ends at the first error: the other side has closed.
async fn serve(mut stream: TcpStream, steps: &[Step]) -> std::io::Result<()> {
    for step in steps {
        match step {
            Step::Request => request(&mut stream).await?,
            Step::Some => drop(stream.read(&mut [0; 4096]).await?),
            Step::Stream => stream_of_request(&mut stream).await?,
            Step::Send(bytes) => stream.write_all(bytes).await?,
            Step::Drip(bytes) => {
                stream.set_nodelay(true)?;
                for byte in bytes.iter().cycle() {
                    stream.write_all(&[*byte]).await?;
                    sleep(Duration::from_millis(20)).await;
                }
            }
            Step::Flood(bytes) => {
                let many = bytes.repeat((64 << 10) / bytes.len() + 1);
                loop {
                    stream.write_all(&many).await?;
                }
            }
            Step::Hang => while stream.read(&mut [0; 4096]).await? > 0 {},
            Step::Sleep => sleep(PATIENCE).await,
            Step::Reset => {
                socket2::SockRef::from(&stream).set_linger(Some(Duration::ZERO))?;
                return Ok(());
            }
        }
    }
    stream.shutdown().await?;
    // Else what was not read would make a reset of the end.
    while stream.read(&mut [0; 4096]).await? > 0 {}
    Ok(())
}

/// Reads an HTTP/1.1 request to its end, or to that of the connection.
pub async fn request(stream: &mut (impl AsyncRead + Unpin)) -> std::io::Result<()> {
    let mut read = Vec::new();
    loop {
        let mut some = [0; 4096];
        let count = stream.read(&mut some).await?;
        read.extend_from_slice(&some[..count]);
        let Some(head) = read.windows(4).position(|bytes| bytes == b"\r\n\r\n") else {
            if count == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
            continue;
        };
        let text = String::from_utf8_lossy(&read[..head]).to_lowercase();
        let length: usize = text
            .lines()
            .find_map(|line| line.strip_prefix("content-length: ")?.parse().ok())
            .unwrap_or(0);
        if read.len() >= head + 4 + length || count == 0 {
            return Ok(());
        }
    }
}

/// Without the settings of the server no client of HTTP/2 need say more than its own.
async fn stream_of_request(stream: &mut TcpStream) -> std::io::Result<()> {
    frames::preface(stream).await?;
    while Frame::read(stream).await?.kind != frames::HEADERS {}
    Ok(())
}
