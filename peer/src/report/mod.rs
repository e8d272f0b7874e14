//! How the commands print on standard output: a JSON document whose fields are a contract, or
//! readable text. What each prints stands beside it; what `tally` does, and others with it, is in
//! `tally`.

mod tally;

use std::fmt;
use std::io::{self, Write};

use serde::Serialize;

use crate::error::Failure;
pub use tally::{
    Canvass, PrecinctTally, StruckReturn, Sums, Tallied, grade_in_words, status, strikes,
};

/// Prints a result, and nothing before it is whole: one line of JSON, or text.
///
/// # Errors
/// [`Failure::System`] when standard output is closed.
pub fn print(report: &(impl Serialize + fmt::Display), json: bool) -> Result<(), Failure> {
    let write = || -> io::Result<()> {
        let text = if json {
            serde_json::to_string(report)?
        } else {
            report.to_string()
        };
        let mut out = io::stdout().lock();
        writeln!(out, "{}", text.trim_end())?;
        out.flush()
    };
    write().map_err(|error| Failure::System {
        what: "writing the result",
        error,
    })
}

/// Who has an entry of the chair's log. Nothing is printed until somebody does.
#[must_use]
pub fn seen_by(others: usize) -> String {
    match others {
        0 => "the precincts' council".to_owned(),
        others => format!("{others} other(s)"),
    }
}
