//! `election-sim`: the simulator's command line.
//!
//! In here: `arguments` (the command line, and what is refused before anything runs), `commands`
//! (what each command does), the only parts of the simulator that read a clock, write files or
//! print.

mod arguments;
mod commands;

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;
use peak_alloc::PeakAlloc;

use arguments::Arguments;

/// Counts the bytes, for `peak_bytes`.
#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match commands::run(&arguments) {
        Ok(verdict) => verdict.into(),
        Err(failure) => {
            // Not eprintln, which would panic if nobody reads it.
            let _ = writeln!(std::io::stderr(), "election-sim: {failure}");
            failure.into()
        }
    }
}
