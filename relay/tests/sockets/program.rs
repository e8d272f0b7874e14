//! The binary: its one line, its exit codes, its signals.

use std::net::SocketAddr;
use std::process::Stdio;

use tokio::io::AsyncReadExt;
use tokio::process::{Child, Command};

use crate::support::{Folder, get, program, soon, started};

/// Starts the relay on a free port; returns it with that port's address and what else it may print.
async fn start() -> (Child, SocketAddr, impl AsyncReadExt + Unpin) {
    let relay = program(["--listen", "127.0.0.1:0"]);
    soon("the ready line", started(relay)).await
}

async fn fails_saying(arguments: &[&str], message: &str) {
    let mut relay = program(arguments.iter().copied());
    let output = soon(
        "the relay refuses to start",
        relay.stderr(Stdio::piped()).output(),
    )
    .await
    .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.contains(message), "{stderr}");
}

#[tokio::test]
async fn the_program_names_its_real_port_and_serves_there() {
    let (_child, address, _stdout) = start().await;
    assert_ne!(address.port(), 0);
    assert_eq!(get(address, "/healthz").await.status, 200);
}

#[tokio::test]
async fn a_busy_port_is_a_clear_error() {
    let (_child, address, _stdout) = start().await;
    fails_saying(
        &["--listen", &address.to_string()],
        &format!("cannot listen on {address}"),
    )
    .await;
}

#[tokio::test]
async fn a_page_that_is_not_built_is_a_clear_error() {
    let folder = Folder::with(&[("empty.txt", b"")]);
    let path = folder.path().to_str().unwrap();
    fails_saying(
        &["--listen", "127.0.0.1:0", "--dist", path],
        "build the page first",
    )
    .await;
}

#[tokio::test]
async fn a_limit_without_sense_is_a_clear_error() {
    let arguments = ["--listen", "127.0.0.1:0", "--max-room-size", "1"];
    fails_saying(&arguments, "the limit `room size` must be 2 to 1 000 000").await;
}

#[cfg(unix)]
#[tokio::test]
async fn the_program_ends_well_on_a_signal() {
    for signal in ["-TERM", "-INT"] {
        let (mut child, _address, mut stdout) = start().await;
        let process = child.id().unwrap().to_string();
        let sent = Command::new("kill")
            .args([signal, &process])
            .status()
            .await
            .unwrap();
        assert!(sent.success());
        let status = soon("the relay ends", child.wait()).await.unwrap();
        assert_eq!(status.code(), Some(0), "{signal}");
        let mut rest = String::new();
        stdout.read_to_string(&mut rest).await.unwrap();
        assert_eq!(rest, "", "the ready line is the only one");
    }
}
