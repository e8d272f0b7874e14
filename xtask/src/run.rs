//! `cargo xtask run`: from a bare machine to a served poll.

use crate::failure::{Failure, Outcome};
use crate::tools::Tools;
use crate::{page, process, say, workspace};
use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};

/// Sets up, builds, and becomes the relay, which prints `ready: http://...` on stdout.
pub fn run(port: u16) -> Outcome<ExitCode> {
    must_be_free(port)?;
    let tools = Tools::ready()?;
    let dist = page::build(&tools)?;
    let relay = build_relay("release")?;
    say::step("Serving page and relay; Ctrl-C stops");
    let mut command = process::program(&relay);
    command
        .args(["--listen", &format!("127.0.0.1:{port}")])
        .arg("--dist")
        .arg(dist)
        .stdout(Stdio::inherit());
    become_program(&mut command)
}

/// A clear word about a busy port before the long builds, rather than after them.
pub fn must_be_free(port: u16) -> Outcome<()> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .map(drop)
        .map_err(|error| {
            Failure::new(
                format!("port {port} of 127.0.0.1 cannot be used: {error}"),
                "stop the program that holds it, or choose another port with --port",
            )
        })
}

/// Builds the relay under the profile `release` or `dev` and returns the program.
pub fn build_relay(profile: &str) -> Outcome<PathBuf> {
    say::step("Building the relay (one to two minutes the first time, seconds later)");
    process::finish(
        process::cargo().args(["build", "--package", "election-relay", "--profile", profile]),
        "read the first error above",
    )?;
    let folder = if profile == "dev" { "debug" } else { profile };
    workspace::built_binary(folder, "election-relay")
}

/// The relay takes over this very process: signals reach it directly and it cannot be orphaned.
#[cfg(unix)]
fn become_program(command: &mut Command) -> Outcome<ExitCode> {
    use std::os::unix::process::CommandExt;
    let error = command.exec();
    Err(cannot_start(&error))
}

/// Without `exec`, this process waits; a console's Ctrl-C reaches both.
#[cfg(not(unix))]
fn become_program(command: &mut Command) -> Outcome<ExitCode> {
    let status = command.status().map_err(|error| cannot_start(&error))?;
    Ok(if status.success() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn cannot_start(error: &std::io::Error) -> Failure {
    Failure::new(
        format!("cannot start the relay: {error}"),
        "build it with `cargo build --release -p election-relay` and look at what that says",
    )
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_busy_port_is_refused_and_a_free_one_is_not() {
        let holder = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = holder.local_addr().unwrap().port();
        assert!(must_be_free(port).is_err());
        drop(holder);
        assert!(must_be_free(0).is_ok());
    }
}
