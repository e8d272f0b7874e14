//! What each command does: [`run`](mod@run), [`swarm`], [`scale`], [`precincts`] (`scale` of whole
//! polls), [`glomers`], [`compare`]. Around them: [`measure`] (one run of the library with its time
//! and memory), [`progress`] (a sign of life), [`table`] (how reports look without `--json`).

mod compare;
mod glomers;
mod measure;
mod precincts;
mod progress;
mod run;
mod scale;
mod swarm;
mod table;

use std::fmt;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use serde::Serialize;

use crate::arguments::{Arguments, BadArguments, Command};

/// What a command found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Everything held.
    Fine,
    /// Something did not: a violation, or replicas that differ.
    Broken,
}

impl Verdict {
    fn fine_if(fine: bool) -> Self {
        if fine { Self::Fine } else { Self::Broken }
    }
}

impl From<Verdict> for ExitCode {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Fine => Self::SUCCESS,
            Verdict::Broken => Self::from(1),
        }
    }
}

/// Why a command has no result.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// Bad input.
    #[error(transparent)]
    BadArguments(#[from] BadArguments),
    /// The file of `--plot` cannot be opened; nothing was run.
    #[error("cannot write {}: {error}; name another file with --plot", path.display())]
    Plot {
        /// Which file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// It could be opened, but not written. The result is printed all the same.
    #[error("could not write {}: {error}; give it room, or name another file with --plot", path.display())]
    PlotLost {
        /// Which file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// Standard output is closed, or its disk is full.
    #[error("cannot write the result: {0}")]
    Output(#[from] io::Error),
}

impl From<Failure> for ExitCode {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::BadArguments(_) | Failure::Plot { .. } => Self::from(2),
            Failure::PlotLost { .. } | Failure::Output(_) => Self::from(1),
        }
    }
}

/// Checks the arguments, and does what they say.
///
/// # Errors
/// [`Failure`]
pub fn run(arguments: &Arguments) -> Result<Verdict, Failure> {
    arguments.command.check()?;
    match &arguments.command {
        Command::Run(of) => run::run(of, arguments.json),
        Command::Swarm(of) => swarm::swarm(of, arguments.json),
        Command::Scale(of) if of.voters.is_empty() => scale::scale(of, arguments.json),
        Command::Scale(of) => precincts::precincts(of, arguments.json),
        Command::Glomers(of) => glomers::glomers(of, arguments.json),
        Command::Compare(of) => compare::compare(of, arguments.json),
    }
}

/// Prints a result, and nothing before it is whole: one JSON document, or text.
fn print(json: &impl Serialize, text: &impl fmt::Display, as_json: bool) -> Result<(), Failure> {
    let text = if as_json {
        serde_json::to_string(json).map_err(io::Error::from)?
    } else {
        text.to_string()
    };
    let mut out = io::stdout().lock();
    writeln!(out, "{}", text.trim_end())?;
    out.flush()?;
    Ok(())
}
