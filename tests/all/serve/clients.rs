//! Clients that do nothing, or never read, lock nobody out.

use super::{EVENT, Served, configuration, receive, serve};
use crate::support::program::Program;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::time::{Duration, Instant};

/// As the program has them, where there are descriptors for so many.
const CONNECTIONS: usize = 1024;

/// However busy the machine is.
const MINUTE: Duration = Duration::from_secs(60);

const HEALTH: &[u8] = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n";

fn with_token() -> Program {
    let configuration = configuration("http://127.0.0.1:9", "before:adjust");
    Program::new(&configuration).variable("SERVO_WEBHOOKS_TOKEN", "t0ken")
}

fn connect(served: &Served) -> TcpStream {
    let stream = TcpStream::connect(&served.address).unwrap();
    stream.set_read_timeout(Some(MINUTE)).unwrap();
    stream
}

/// Whether a connection has been closed by the other side.
fn is_closed(mut stream: &TcpStream) -> bool {
    stream.set_nonblocking(true).unwrap();
    let closed = match stream.read(&mut [0; 64]) {
        Ok(count) => count == 0,
        Err(error) => error.kind() != ErrorKind::WouldBlock,
    };
    stream.set_nonblocking(false).unwrap();
    closed
}

fn until(what: &str, is_so: impl Fn() -> bool) {
    let deadline = Instant::now() + MINUTE;
    while !is_so() {
        assert!(Instant::now() < deadline, "{what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// An event from somebody with the token, answered.
fn hand_in(served: &Served) {
    let answer = receive(served.begin(EVENT, "Authorization: Bearer t0ken\r\n"));
    assert_eq!(answer.status, 202, "{answer:?}");
}

#[test]
fn clients_that_do_nothing_lock_nobody_out() {
    let program = with_token();
    let served = serve(&program, &[]);
    let mut idle: Vec<_> = (0..CONNECTIONS + 50).map(|_| connect(&served)).collect();
    // One that began a head does as little.
    idle[0].write_all(b"POST /events HTTP/1.1\r\n").unwrap();
    for _ in 0..5 {
        hand_in(&served);
    }
    let closed = || idle.iter().filter(|stream| is_closed(stream)).count();
    until("the oldest go", || closed() >= 50);
    assert!(closed() < 60, "no more than have to");
    served.end(0);
}

#[test]
fn who_has_brought_the_token_stays() {
    let program = with_token();
    let served = serve(&program, &[]);
    let mut known = connect(&served);
    let ask = |mut stream: &TcpStream| {
        let head = format!(
            "POST /events HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer t0ken\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{EVENT}",
            EVENT.len()
        );
        stream.write_all(head.as_bytes()).unwrap();
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).unwrap();
        assert_eq!(&answer, b"HTTP/1.1 202");
    };
    ask(&known);
    // The rest of its answer.
    known.set_nonblocking(true).unwrap();
    until(
        "its answer is there whole",
        || matches!((&known).read(&mut [0; 4096]), Err(error) if error.kind() == ErrorKind::WouldBlock),
    );
    known.set_nonblocking(false).unwrap();
    let idle: Vec<_> = (0..2 * CONNECTIONS).map(|_| connect(&served)).collect();
    until("some have gone", || is_closed(&idle[0]));
    ask(&known);
    known.flush().unwrap();
    served.end(0);
}

#[test]
fn clients_that_pipeline_health_and_never_read_lock_nobody_out() {
    let program = with_token();
    let served = serve(&program, &[]);
    let mut deaf: Vec<_> = (0..CONNECTIONS).map(|_| connect(&served)).collect();
    for stream in &mut deaf {
        let timeout = Some(Duration::from_millis(20));
        stream.set_write_timeout(timeout).unwrap();
        // Until the other side is stuck as well, or has had enough.
        let _ = stream.write_all(&HEALTH.repeat(5_000));
    }
    hand_in(&served);
    // A part of all connections is for health, and what is not taken is not waited for.
    until("those that never read are ended", || {
        established(&served) == 0
    });
    hand_in(&served);
    served.end(0);
}

/// Connections that the program has, by the kernel's table.
fn established(served: &Served) -> usize {
    let port: u16 = served.address.rsplit(':').next().unwrap().parse().unwrap();
    let port = format!(":{port:04X}");
    let table = std::fs::read_to_string("/proc/self/net/tcp").unwrap();
    let rows = table.lines().map(|line| line.split_whitespace().collect());
    rows.filter(|fields: &Vec<&str>| fields[1].ends_with(&port) && fields[3] == "01")
        .count()
}

#[test]
fn connections_leave_most_descriptors_to_webhooks() {
    let program = with_token();
    let ready = program.command(&["serve", "--bind", "127.0.0.1:0"]);
    let mut shell = Command::new("sh");
    shell
        .args(["-c", "ulimit -n 200; exec \"$0\" \"$@\""])
        .arg(ready.get_program())
        .args(ready.get_args())
        .current_dir(program.path(""))
        .env("SERVO_WEBHOOKS_TOKEN", "t0ken")
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::piped());
    let mut child = shell.spawn().unwrap();
    let mut line = String::new();
    let mut stderr = std::io::BufReader::new(child.stderr.take().unwrap());
    std::io::BufRead::read_line(&mut stderr, &mut line).unwrap();
    let (_, rest) = line.split_once("http://").unwrap();
    let address = rest.split(' ').next().unwrap();
    let idle: Vec<_> = (0..150)
        .map(|_| TcpStream::connect(address).unwrap())
        .collect();
    let open = || idle.iter().filter(|stream| !is_closed(stream)).count();
    until("no more than a quarter stay", || open() <= 50);
    let mut asks = TcpStream::connect(address).unwrap();
    asks.write_all(HEALTH).unwrap();
    let mut answer = [0; 12];
    asks.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 200");
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_client_that_never_reads_its_answers_is_left_whoever_it_is() {
    // Long answers, of which a few fill what lies between the two.
    let name = "n".repeat(200);
    let webhooks: String = (0..400)
        .map(|number| {
            format!("- {{name: {name}{number}, events: after:measure, url: 'http://127.0.0.1:9/', secret: s}}\n")
        })
        .collect();
    let program = Program::new(&webhooks).variable("SERVO_WEBHOOKS_TOKEN", "t0ken");
    let served = serve(&program, &["--max-waiting", "1", "--drain-timeout", "0s"]);
    let request = format!(
        "POST /events HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer t0ken\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{EVENT}",
        EVENT.len()
    );
    let mut deaf = connect(&served);
    deaf.write_all(request.repeat(150).as_bytes()).unwrap();
    let is_there = || established(&served) > 0;
    until("it is there", is_there);
    until("it is left", || !is_there());
    served.end(1);
}
