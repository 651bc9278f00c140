//! A network of its own, in which every address there is leads here: what is connected
//! to is seen at the socket, whatever address it is.

use std::collections::HashMap;
use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream, UdpSocket};

/// The exit status of a process inside that could not make its network.
const UNFURNISHED: i32 = 77;

/// What came of a run inside.
pub enum Inside {
    /// With its standard output.
    Ended(Vec<u8>),
    /// With its standard error.
    Failed(String),
    /// There can be no such network here, for this reason.
    Impossible(String),
}

/// Runs this program again, with these arguments, in namespaces that end with it.
pub fn run_inside(arguments: &[&str], variables: &[(&str, &str)]) -> Inside {
    let unshare = |program: &Path, arguments: &[&str]| {
        let mut command = Command::new("unshare");
        command.args(["--user", "--map-root-user", "--net", "--mount", "--"]);
        command.arg(program).args(arguments);
        command.envs(variables.iter().copied()).output()
    };
    // Whether namespaces can be made is asked by itself, or a failure inside would pass
    // for one of theirs.
    match unshare(Path::new("true"), &[]) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Inside::Impossible("unshare is missing".to_owned());
        }
        Err(error) => return Inside::Impossible(format!("unshare: {error}")),
        Ok(output) if !output.status.success() => return Inside::Impossible(said(&output)),
        Ok(_) => {}
    }
    let itself = std::env::current_exe().unwrap();
    match unshare(&itself, arguments).unwrap() {
        output if output.status.success() => Inside::Ended(output.stdout),
        output if output.status.code() == Some(UNFURNISHED) => Inside::Impossible(said(&output)),
        output => Inside::Failed(said(&output)),
    }
}

fn said(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr);
    // In one line, as reasons are.
    text.trim().replace('\n', "; ")
}

/// Makes every address local, and the test's own server the one that is asked for names;
/// ends the process where that cannot be.
pub fn furnish() {
    const STEPS: [&str; 6] = [
        "ip link set lo up",
        "ip route add local 0.0.0.0/0 dev lo",
        "ip -6 route add local ::/0 dev lo",
        "mount -t tmpfs none /run",
        "echo 'nameserver 127.0.0.53' > /run/resolv.conf; echo 'hosts: files dns' > /run/nsswitch.conf",
        "for file in resolv.conf nsswitch.conf; do mount --bind /run/$file \"$(readlink -f /etc/$file)\"; done",
    ];
    if !has("ip") {
        eprintln!("ip is missing");
        std::process::exit(UNFURNISHED);
    }
    for step in STEPS {
        let output = Command::new("sh").args(["-c", step]).output().unwrap();
        if !output.status.success() {
            eprintln!("{step}: {}", said(&output));
            std::process::exit(UNFURNISHED);
        }
    }
}

fn has(program: &str) -> bool {
    let started = Command::new(program).arg("-V").output();
    started.is_ok()
}

/// The addresses that were connected to.
#[derive(Clone, Default)]
pub struct Seen(Arc<Mutex<HashMap<IpAddr, usize>>>);

impl Seen {
    pub fn take(&self) -> HashMap<IpAddr, usize> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

/// Listens at every address, and notes which one was meant.
pub async fn listen<F>(port: u16, serve: impl Fn(TcpStream, IpAddr) -> F + Send + 'static) -> Seen
where
    F: Future<Output = std::io::Result<()>> + Send + 'static,
{
    let listener = TcpListener::bind(("::", port)).await.unwrap();
    let seen = Seen::default();
    let notes = seen.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(local) = stream.local_addr() else {
                continue;
            };
            let address = local.ip().to_canonical();
            *notes.0.lock().unwrap().entry(address).or_default() += 1;
            tokio::spawn(serve(stream, address));
        }
    });
    seen
}

/// Ends the connection after one answer, so that the next request makes its own.
pub async fn answer_once(stream: &mut TcpStream, more: &str) -> std::io::Result<()> {
    crate::attack::request(stream).await?;
    let answer = format!("HTTP/1.1 {more}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    stream.write_all(answer.as_bytes()).await?;
    stream.shutdown().await
}

/// What a name means when it is asked for the n-th time, from 0.
pub type Meaning = fn(name: &str, time: usize) -> Vec<IpAddr>;

/// A server of names that may change its mind at every query (RFC 1035).
pub async fn serve_names(meaning: Meaning) {
    const ADDRESS: (Ipv4Addr, u16) = (Ipv4Addr::new(127, 0, 0, 53), 53);
    let socket = UdpSocket::bind(ADDRESS).await.unwrap();
    tokio::spawn(async move {
        let mut times: HashMap<(String, u16), usize> = HashMap::new();
        let mut query = [0; 512];
        while let Ok((count, client)) = socket.recv_from(&mut query).await {
            let Some((name, kind, end)) = question(&query[..count]) else {
                continue;
            };
            let time = times.entry((name.clone(), kind)).or_default();
            let addresses = meaning(&name, *time);
            *time += 1;
            let reply = reply(&query[..end], kind, &addresses);
            let _ = socket.send_to(&reply, client).await;
        }
    });
}

const A: u16 = 1;
const AAAA: u16 = 28;
const HEADER: usize = 12;

/// Name and type that are asked for, and where the question ends.
fn question(query: &[u8]) -> Option<(String, u16, usize)> {
    let mut name = String::new();
    let mut at = HEADER;
    loop {
        let length = usize::from(*query.get(at)?);
        at += 1;
        if length == 0 {
            break;
        }
        name.push_str(std::str::from_utf8(query.get(at..at + length)?).ok()?);
        name.push('.');
        at += length;
    }
    let kind = u16::from_be_bytes([*query.get(at)?, *query.get(at + 1)?]);
    Some((name.to_ascii_lowercase(), kind, at + 4))
}

fn reply(question: &[u8], kind: u16, addresses: &[IpAddr]) -> Vec<u8> {
    const STANDS_FOR_THE_NAME: [u8; 2] = [0xc0, 0x0c];
    let octets = addresses.iter().filter_map(|address| match address {
        IpAddr::V4(address) if kind == A => Some(address.octets().to_vec()),
        IpAddr::V6(address) if kind == AAAA => Some(address.octets().to_vec()),
        _ => None,
    });
    let records: Vec<Vec<u8>> = octets.collect();
    let mut reply = question.to_vec();
    // A response, recursion available, no error.
    reply[2..4].copy_from_slice(&[0x81, 0x80]);
    reply[6..HEADER].fill(0);
    reply[7] = u8::try_from(records.len()).unwrap();
    for record in records {
        reply.extend_from_slice(&STANDS_FOR_THE_NAME);
        reply.extend_from_slice(&kind.to_be_bytes());
        // Of the internet, to be forgotten at once.
        reply.extend_from_slice(&[0, 1, 0, 0, 0, 0]);
        reply.extend_from_slice(&u16::try_from(record.len()).unwrap().to_be_bytes());
        reply.extend_from_slice(&record);
    }
    reply
}
