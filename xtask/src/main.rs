//! The project's own tool: `cargo xtask <command>` sets a machine up, then runs, tests or measures.
//!
//! | file | what it holds |
//! | --- | --- |
//! | `args` | the command line |
//! | `run`, `dev`, `test`, `bench`, `swarm` | one command each |
//! | `kit` | what the steps of `test` share, made ready by the first that needs it |
//! | `page` | the page's build, its size |
//! | `own_std`, `cut`, `likeness` | a smaller page: a standard library built for it, what is not needed at first in files of its own, functions in an order that compresses well |
//! | `stand_in` | how Trunk comes to do all three |
//! | `circles` | files that use each other |
//! | `texts` | texts of the page outside of its catalogue |
//! | `vectors` | the test vectors of docs/vectors |
//! | `post_build` | what the build adds to Trunk's output: service worker, compressed copies |
//! | `tools` | finding or installing trunk, wasm-bindgen and the wasm target |
//! | `components` | rustfmt and clippy |
//! | `browser` | finding or installing Chromium and its driver, both of one version |
//! | `neighbour` | what the page's live figures are printed beside |
//! | `stage` | what a program that drives the page is handed |
//! | `tally` | adding up the `test result:` lines |
//! | `workspace` | where things are: root, build folder, Cargo.lock |
//! | `process` | starting other programs |
//! | `say` | what the person reads |
//! | `failure` | what went wrong, and what to do by hand |

mod apt;
mod args;
mod bench;
mod browser;
mod circles;
mod components;
mod cut;
mod dev;
mod failure;
mod kit;
mod likeness;
mod neighbour;
mod own_std;
mod page;
mod post_build;
mod process;
mod proxies;
mod run;
mod say;
mod stage;
mod stand_in;
mod swarm;
mod tally;
mod test;
mod texts;
mod tools;
mod vectors;
mod workspace;

use args::{Arguments, Command};
use clap::{CommandFactory, Parser};
use failure::Outcome;
use std::ffi::OsString;
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut arguments: Vec<OsString> = std::env::args_os().collect();
    let done = stand_in::work(&arguments).unwrap_or_else(|| {
        // What cargo leaves out when it is cargo that starts this.
        if arguments.get(1).is_some_and(|first| first == "xtask") {
            arguments.remove(1);
        }
        obey(arguments)
    });
    match done {
        Ok(code) => code,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn obey(arguments: Vec<OsString>) -> Outcome<ExitCode> {
    let Some(command) = Arguments::parse_from(arguments).command else {
        println!("{}", Arguments::command().render_long_help());
        return Ok(ExitCode::SUCCESS);
    };
    dispatch(command)
}

fn dispatch(command: Command) -> Outcome<ExitCode> {
    if matches!(
        command,
        Command::Run { .. } | Command::Dev { .. } | Command::Test { .. } | Command::Bench { .. }
    ) {
        apt::make_ready()?;
    }
    match command {
        Command::Run { at } => run::run(at.port),
        Command::Dev { at } => dev::dev(at.port).map(|()| ExitCode::SUCCESS),
        Command::Test { only, long } => test::test(only.as_deref(), long),
        Command::Bench { subject } => bench::bench(subject).map(|()| ExitCode::SUCCESS),
        Command::Swarm { seeds } => swarm::swarm(seeds).map(|()| ExitCode::SUCCESS),
        Command::Vectors => vectors::write().map(|()| ExitCode::SUCCESS),
        Command::PostBuild => post_build::post_build().map(|()| ExitCode::SUCCESS),
    }
}
