//! What a program is handed that drives the page in a browser: the built page, the relay and the
//! peer that it starts itself, and the browser.

use crate::browser::Browser;
use crate::failure::Outcome;
use crate::{process, workspace};
use std::path::Path;
use std::process::Command;

/// How the relay and the peer are built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Build {
    /// Quickly, for tests.
    Debug,
    /// To be measured.
    Release,
}

/// Builds the relay and the peer, and tells `command` where everything is, all of it by absolute
/// path:
///
/// - `ELECTION_DIST`: the folder of the built page
/// - `ELECTION_RELAY`, `ELECTION_PEER`: the two programs
/// - `CHROME`, `CHROMEDRIVER`: the browser and what drives it
pub fn set(command: &mut Command, dist: &Path, browser: &Browser, build: Build) -> Outcome<()> {
    let mut cargo = process::cargo();
    cargo.args([
        "build",
        "--package",
        "election-relay",
        "--package",
        "election-peer",
    ]);
    let folder = match build {
        Build::Debug => "debug",
        Build::Release => {
            cargo.arg("--release");
            "release"
        }
    };
    process::finish(&mut cargo, "read the first error above")?;
    command
        .env("ELECTION_DIST", dist)
        .env(
            "ELECTION_RELAY",
            workspace::built_binary(folder, "election-relay")?,
        )
        .env(
            "ELECTION_PEER",
            workspace::built_binary(folder, "election-peer")?,
        )
        .env("CHROME", &browser.chrome)
        .env("CHROMEDRIVER", &browser.driver);
    Ok(())
}
