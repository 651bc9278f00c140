//! Deliveries to endpoints that hang, and clients that do nothing, take all descriptors
//! of a process that may have few; questions before events are asked and heard all the
//! same, each over a connection of its own.

use super::Tally;
use super::behaviour::Behaviour;
use super::responder::Responder;
use super::served::{Client, Served, webhook};
use crate::class::Finding;
use crate::neighbours::hang;
use futures_util::future::join_all;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// As many as the process may have open.
const DESCRIPTORS: u32 = 128;

/// Endpoints that hang, and events for each: more than there are descriptors.
const ENDPOINTS: usize = 60;
const EVENTS: usize = 4;

/// Clients that hand in questions, and questions of each.
const CLIENTS: usize = 8;
const QUESTIONS: usize = 20;

/// Clients that do nothing: more than there are descriptors.
const IDLE: usize = 150;

pub async fn run(finding: &mut Finding) -> Tally {
    let mut all = Tally::default();
    for (name, endpoints, idle) in [
        ("deliveries that hang", ENDPOINTS, 0),
        ("clients that do nothing", 0, IDLE),
        (
            "deliveries that hang and clients that do nothing",
            ENDPOINTS,
            IDLE,
        ),
    ] {
        match starve(endpoints, idle).await {
            Ok(tally) => {
                let name = format!("descriptors used up by {name}");
                finding.wrong.extend(tally.wrong(&name));
                all.add(tally);
            }
            Err(wrong) => finding.wrong.push(format!("{name}: {wrong}")),
        }
    }
    all
}

async fn starve(endpoints: usize, idle: usize) -> Result<Tally, String> {
    let responder = Responder::start_plain(Behaviour::AnswersOnce, Duration::ZERO).await;
    let mut yaml = webhook("asks", "before:adjust", responder.address, "");
    let mut hanging = JoinSet::new();
    let asked = Arc::<AtomicUsize>::default();
    for number in 0..endpoints {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        hanging.spawn(hang(listener, Arc::clone(&asked)));
        let name = format!("hangs{number}");
        yaml += &webhook(&name, "after:measure", address, ", timeout: 1h");
    }
    let served = Served::start(&yaml, Some(DESCRIPTORS)).await?;
    let mut clients: Vec<_> = (0..CLIENTS).map(|_| Client::new(served.address)).collect();
    // While there is room, so that each has its connection.
    let mut tally = ask(&mut clients, 1).await;
    for _ in 0..EVENTS {
        let posted = clients[0].post("{\"event\":\"after:measure\"}").await;
        posted.map_err(|error| format!("after:measure: {error}: {}", served.said()))?;
    }
    let mut idlers = Vec::new();
    for _ in 0..idle {
        // Accepted or not.
        idlers.extend(TcpStream::connect(served.address).await);
    }
    tally.add(ask(&mut clients, QUESTIONS).await);
    tally.disturbances = EVENTS * endpoints + idlers.len();
    if !tally.lost.is_empty() {
        tally.lost[0] += &format!("\n{}", served.said());
    }
    Ok(tally)
}

/// Each client asks so many times, one question after the other.
async fn ask(clients: &mut [Client], times: usize) -> Tally {
    let questions = clients.len() * times;
    let asking = clients.iter_mut().zip(0..).map(async |(client, number)| {
        let mut lost = Vec::new();
        for time in 0..times {
            let id = format!("client {number}, question {time}");
            lost.extend(client.ask(&id).await);
            if client.is_cut_off() {
                let why = format!("client {number} was cut off at question {time}");
                lost.resize(lost.len() + times - 1 - time, why);
                break;
            }
        }
        lost
    });
    Tally {
        questions,
        lost: join_all(asking).await.concat(),
        disturbances: 0,
    }
}
