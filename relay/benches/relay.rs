//! How long five hundred tabs behind one address take to join; then what readers that stop cost the
//! relay, and what of it comes back when they leave. Prints figures, decides nothing.
//!
//! The built program is measured, with its allocator. Frames are spread with fan-out 4, so that
//! they are shared by few.

#![allow(clippy::unwrap_used)]

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use election_envelope::ToRelay;
use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::process::Child;
use tokio::time::{Instant, sleep, sleep_until};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{WebSocketStream, client_async};

#[path = "../tests/sockets/support/program.rs"]
mod program;

use program::{program, started};

/// Tabs behind one address, as in a school.
const TABS: usize = 500;
const READERS: usize = 600;
const SENDERS: usize = 4;
const FAN_OUT: u8 = 4;
/// As long as a frame of ops is.
const PAYLOAD: usize = 31 * 1024;
/// For each reader twice as much as may wait for it.
const SPREADS: usize = 2 * READERS * 256 * 1024 / PAYLOAD / FAN_OUT as usize;
const MIB: u64 = 1024 * 1024;
/// What may stay 20 s after all have left.
const PROMISE: u64 = 20 * MIB;

type Client = WebSocketStream<TcpStream>;

#[tokio::main]
async fn main() {
    let (relay, address) = start().await;
    let process = relay.id().unwrap();
    let start = Instant::now();
    let mut tabs = Vec::new();
    for _ in 0..TABS {
        tabs.push(join(address, 1, None).await);
    }
    let seconds = start.elapsed().as_secs_f64();
    println!("{seconds:>7.1} s  {TABS} tabs behind one address have joined, one after the other");
    drop(tabs);
    while health(address, "connections").await > 0 {
        sleep(Duration::from_millis(10)).await;
    }
    let mut senders = Vec::new();
    for _ in 0..SENDERS {
        let (sink, mut stream) = join(address, 1, None).await.split();
        tokio::spawn(async move { while stream.next().await.is_some() {} });
        senders.push(sink);
    }
    let before = resident(process);
    println!("{:>9}  before", mib(before));
    for round in 1..=3 {
        let kernel_before = kernel();
        let mut readers = Vec::new();
        for number in 0..READERS {
            readers.push(join(address, 2 + (number % 100) as u8, Some(4 * 1024)).await);
        }
        let joined = resident(process);
        println!("{:>9}  {READERS} readers have joined", mib(joined));
        for number in 0..SPREADS {
            // No two frames are alike, as sealed ones are not.
            let payload: Vec<u8> = (0..PAYLOAD)
                .map(|place| (place * (number + 1)) as u8)
                .collect();
            let spread = ToRelay::Spread {
                fan_out: FAN_OUT,
                payload: &payload,
            };
            let message = Message::Binary(spread.encode().into());
            senders[number % SENDERS].send(message).await.unwrap();
        }
        let forwarded = (round * SPREADS) as u64;
        while health(address, "frames_in").await < forwarded {
            sleep(Duration::from_millis(10)).await;
        }
        let stopped = resident(process);
        println!(
            "{:>9}  they have stopped reading, {} wait, {} more in the system's buffers of both sides; {} a reader",
            mib(stopped),
            mib(health(address, "waiting_bytes").await),
            mib(kernel().saturating_sub(kernel_before)),
            kib(stopped.saturating_sub(before) / READERS as u64),
        );
        drop(readers);
        let left = Instant::now();
        while health(address, "connections").await > SENDERS as u64 {
            sleep(Duration::from_millis(10)).await;
        }
        for wait in [1, 5, 20] {
            sleep_until(left + Duration::from_secs(wait)).await;
            let after = resident(process);
            let stays = after.saturating_sub(before);
            println!(
                "{:>9}  {wait} s after they have left: {} stay",
                mib(after),
                mib(stays)
            );
            if wait == 20 && stays > PROMISE {
                println!("           MORE THAN THE {} THAT MAY STAY", mib(PROMISE));
            }
        }
    }
}

async fn start() -> (Child, SocketAddr) {
    // Loopback stands for several addresses; senders are not held up.
    let flags = "--listen 127.0.0.1:0 --proxy 192.0.2.1 --max-room-size-per-address 2000 \
                 --forward-bytes-per-second 1073741824 --frames-per-second 100000";
    let (relay, address, _) = started(program(flags.split_whitespace())).await;
    (relay, address)
}

/// Joins from 127.0.0.`last`, with so little room for what is not read.
async fn join(address: SocketAddr, last: u8, buffer: Option<u32>) -> Client {
    let socket = TcpSocket::new_v4().unwrap();
    socket
        .bind((Ipv4Addr::new(127, 0, 0, last), 0).into())
        .unwrap();
    if let Some(buffer) = buffer {
        socket.set_recv_buffer_size(buffer).unwrap();
    }
    let stream = socket.connect(address).await.unwrap();
    let url = format!("ws://{address}/relay/room");
    let (mut client, _) = client_async(url, stream).await.unwrap();
    client.next().await.unwrap().unwrap();
    client
}

/// One of the numbers of `/healthz`.
async fn health(address: SocketAddr, field: &str) -> u64 {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET /healthz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let body = answer.split("\r\n\r\n").nth(1).unwrap();
    let report: serde_json::Value = serde_json::from_str(body).unwrap();
    report[field].as_u64().unwrap()
}

/// The memory of a process, in bytes. On Linux; elsewhere 0.
fn resident(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kib.unwrap_or(0) * 1024
}

/// What the system keeps for all TCP sockets of this machine, in bytes. On Linux; elsewhere 0.
fn kernel() -> u64 {
    let sockets = std::fs::read_to_string("/proc/net/sockstat").unwrap_or_default();
    let line = sockets.lines().find(|line| line.starts_with("TCP:"));
    let pages = line.and_then(|line| line.rsplit(' ').next()?.parse::<u64>().ok());
    pages.unwrap_or(0) * 4096
}

fn mib(bytes: u64) -> String {
    format!("{:.1} MiB", bytes as f64 / MIB as f64)
}

fn kib(bytes: u64) -> String {
    format!("{} KiB", bytes / 1024)
}
