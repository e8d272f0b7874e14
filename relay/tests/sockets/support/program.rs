//! The built program. The benchmark takes this file in, too.

use std::net::SocketAddr;
use std::process::Stdio;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, ChildStdout, Command};

/// One that is not started yet, and ends with whoever holds it.
pub fn program<'a>(flags: impl IntoIterator<Item = &'a str>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_election-relay"));
    command
        .args(flags)
        .stdout(Stdio::piped())
        .kill_on_drop(true);
    command
}

/// Starts it, and returns it with the address that its first line names, and what else it may
/// print.
pub async fn started(mut program: Command) -> (Child, SocketAddr, BufReader<ChildStdout>) {
    let mut relay = program.spawn().unwrap();
    let mut line = String::new();
    let mut stdout = BufReader::new(relay.stdout.take().unwrap());
    stdout.read_line(&mut line).await.unwrap();
    let address = line.trim_end().strip_prefix("ready: http://").unwrap();
    (relay, address.parse().unwrap(), stdout)
}
