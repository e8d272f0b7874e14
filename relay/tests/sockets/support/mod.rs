//! A relay in the test's own process, and what talks to it.

mod client;
mod folder;
mod http;
mod program;

use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;

use election_relay::{Config, MessageRateLimit, OutboxLimit, RateLimit, ServeError, serve};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub use client::{Client, Received};
pub use folder::Folder;
pub use http::{Answer, get, request, upgrade_request, upgrade_request_as_is};
pub use program::{program, started};

/// Longer than any step takes on the most loaded of machines.
const HANG: Duration = Duration::from_secs(30);

/// Waits for a step that must end.
pub async fn soon<T>(what: &str, step: impl Future<Output = T>) -> T {
    match tokio::time::timeout(HANG, step).await {
        Ok(value) => value,
        Err(_) => panic!("this did not end: {what}"),
    }
}

/// A running relay, stopped when dropped.
pub struct TestRelay {
    pub address: SocketAddr,
    pub stop: CancellationToken,
    task: JoinHandle<Result<(), ServeError>>,
}

impl TestRelay {
    pub async fn start(config: Config) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let stop = CancellationToken::new();
        let task = tokio::spawn(serve(listener, config, stop.clone()));
        Self {
            address,
            stop,
            task,
        }
    }

    /// One of the numbers of `/healthz`.
    pub async fn health(&self, field: &str) -> u64 {
        let answer = get(self.address, "/healthz").await;
        let report: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
        report[field].as_u64().unwrap()
    }

    /// Waits until a number of `/healthz` is as it should be.
    pub async fn until_health(&self, field: &str, wanted: impl Fn(u64) -> bool) {
        soon(field, async {
            while !wanted(self.health(field).await) {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        })
        .await;
    }

    /// Waits for a relay that was told to stop.
    pub async fn ended(mut self) -> Result<(), ServeError> {
        soon("the relay stops", &mut self.task).await.unwrap()
    }
}

impl Drop for TestRelay {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// Limits under which no honest test loses a frame, however slow the machine.
pub fn patient() -> Config {
    Config {
        outbox: OutboxLimit {
            frames: 100_000,
            bytes: 64 * 1024 * 1024,
        },
        outbox_budget: 1024 * 1024 * 1024,
        messages: MessageRateLimit {
            per_second: 1_000_000,
            burst: 1_000_000,
            flood_seconds: 10,
        },
        read: RateLimit {
            per_second: 1 << 40,
            burst: 1 << 40,
        },
        accepts_per_second: 1_000_000,
        accepts_per_second_per_address: 1_000_000,
        forward: RateLimit {
            per_second: 1 << 40,
            burst: 1 << 40,
        },
        ..Config::default()
    }
}
