//! Starting other programs: where they run, what they inherit, where their output goes.

use crate::failure::{Failure, Outcome};
use crate::workspace;
use std::env;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A program at the root of the checkout, with its output on stderr: stdout is not for progress.
pub fn program(name: impl AsRef<Path>) -> Command {
    let mut command = Command::new(name.as_ref());
    command
        .current_dir(workspace::root())
        .stdout(Stdio::from(io::stderr()));
    // `cargo run` describes this package to this process. Handed on to another cargo, that would
    // make build scripts that look at it run again each time.
    for (key, _) in env::vars_os() {
        let text = key.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&key);
        }
    }
    command
}

/// The cargo that started this program.
pub fn cargo() -> Command {
    program(
        env::var_os("CARGO")
            .unwrap_or_else(|| "cargo".into())
            .as_ref() as &Path,
    )
}

/// Runs to the end; anything but success is a failure that says what to do.
pub fn finish(command: &mut Command, by_hand: &str) -> Outcome<()> {
    let line = line(command);
    let status = command
        .status()
        .map_err(|error| Failure::new(format!("cannot start `{line}`: {error}"), by_hand))?;
    if status.success() {
        Ok(())
    } else {
        Err(Failure::new(format!("`{line}` failed ({status})"), by_hand))
    }
}

/// What a program prints on stdout, or `None` if it cannot be started or fails.
pub fn answer(command: &mut Command) -> Option<String> {
    let output = command.stderr(Stdio::null()).stdout(Stdio::piped());
    let output = output.output().ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// The command as a person would type it.
pub fn line(command: &Command) -> String {
    let mut words = vec![
        Path::new(command.get_program())
            .file_name()
            .unwrap_or(command.get_program())
            .to_string_lossy()
            .into_owned(),
    ];
    words.extend(
        command
            .get_args()
            .map(|word| word.to_string_lossy().into_owned()),
    );
    words.join(" ")
}

/// The full path of a program on PATH.
pub fn on_path(name: &str) -> Option<PathBuf> {
    all_on_path(name).into_iter().next()
}

/// Every program of that name on PATH, the one that a shell would take first.
pub fn all_on_path(name: &str) -> Vec<PathBuf> {
    let file = format!("{name}{}", env::consts::EXE_SUFFIX);
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path)
        .map(|folder| folder.join(&file))
        .filter(|candidate| candidate.is_file())
        .collect()
}

/// PATH with these folders before all others, for a child.
pub fn path_with(folders: &[PathBuf]) -> Outcome<OsString> {
    let old = env::var_os("PATH").unwrap_or_default();
    let all = folders.iter().cloned().chain(env::split_paths(&old));
    env::join_paths(all).map_err(|error| {
        Failure::new(
            format!("cannot extend PATH: {error}"),
            "take folders with a colon in their name out of PATH",
        )
    })
}
