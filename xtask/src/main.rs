//! The project's own tool: `cargo xtask <command>` sets a machine up, then runs, tests or measures.
//!
//! | file | what it holds |
//! | --- | --- |
//! | `args` | the command line |
//! | `run`, `dev`, `test`, `bench`, `swarm` | one command each |
//! | `kit` | what the steps of `test` share, made ready by the first that needs it |
//! | `page` | the page's build, its size |
//! | `vectors` | the test vectors of docs/vectors |
//! | `dress` | what the build adds to Trunk's output: service worker, compressed copies |
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
mod components;
mod dev;
mod dress;
mod failure;
mod kit;
mod neighbour;
mod page;
mod process;
mod proxies;
mod run;
mod say;
mod stage;
mod swarm;
mod tally;
mod test;
mod tools;
mod vectors;
mod workspace;

use args::Command;
use failure::Outcome;
use std::process::ExitCode;

fn main() -> ExitCode {
    let command = match args::parse(std::env::args().skip(1)) {
        Ok(command) => command,
        Err(complaint) => {
            eprintln!("error: {complaint}\n\n{}", args::HELP);
            return ExitCode::from(2);
        }
    };
    match dispatch(command) {
        Ok(code) => code,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(command: Command) -> Outcome<ExitCode> {
    if matches!(
        command,
        Command::Run { .. } | Command::Dev { .. } | Command::Test { .. } | Command::Bench { .. }
    ) {
        apt::make_ready()?;
    }
    match command {
        Command::Help => {
            println!("{}", args::HELP);
            Ok(ExitCode::SUCCESS)
        }
        Command::Run { port } => run::run(port),
        Command::Dev { port } => dev::dev(port).map(|()| ExitCode::SUCCESS),
        Command::Test { only, long } => test::test(only.as_deref(), long),
        Command::Bench { subject } => bench::bench(subject).map(|()| ExitCode::SUCCESS),
        Command::Swarm { seeds } => swarm::swarm(seeds).map(|()| ExitCode::SUCCESS),
        Command::Vectors => vectors::write().map(|()| ExitCode::SUCCESS),
        Command::Dress => dress::dress().map(|()| ExitCode::SUCCESS),
    }
}
