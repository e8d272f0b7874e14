//! The replica with a command line.

use std::process::{Command, Stdio};

use serde_json::Value;

use super::environment;

/// Runs `election-peer` and reads the document that it prints. It talks to the relay, not to this
/// thread, so it may be waited for.
pub fn peer(arguments: &[&str]) -> Value {
    let output = Command::new(environment::path("ELECTION_PEER"))
        .args(arguments)
        .args(["--json", "--wait", "60s"])
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).unwrap()
}
