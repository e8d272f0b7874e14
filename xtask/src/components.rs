//! rustfmt and clippy: what the tests need of the Rust toolchain itself. Rustup's minimal profile
//! has neither.

use crate::failure::{Failure, Outcome};
use crate::{process, say};

const BY_HAND: &str = "run `rustup component add rustfmt clippy`; where Rust did not come from rustup, \
                       install rustfmt and clippy in your system's own way, or take Rust from https://rustup.rs";

/// A part of the toolchain that is a subcommand of cargo.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Component {
    /// `cargo fmt`.
    Rustfmt,
    /// `cargo clippy`.
    Clippy,
}

impl Component {
    /// What cargo calls it.
    fn subcommand(self) -> &'static str {
        match self {
            Component::Rustfmt => "fmt",
            Component::Clippy => "clippy",
        }
    }

    /// Finds it, or has rustup add both: who lacks one mostly lacks the other.
    pub fn ready(self) -> Outcome<()> {
        if self.answers() {
            return Ok(());
        }
        say::step(&format!(
            "`cargo {}` is missing: adding rustfmt and clippy (once per machine, some seconds)",
            self.subcommand()
        ));
        process::finish(
            process::program("rustup").args(["component", "add", "rustfmt", "clippy"]),
            BY_HAND,
        )?;
        if self.answers() {
            return Ok(());
        }
        Err(Failure::new(
            format!(
                "rustup has added rustfmt and clippy, but `cargo {}` does not answer",
                self.subcommand()
            ),
            BY_HAND,
        ))
    }

    fn answers(self) -> bool {
        process::answer(process::cargo().args([self.subcommand(), "--version"])).is_some()
    }
}
