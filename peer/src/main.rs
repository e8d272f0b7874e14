//! A replica of a poll with a command line: the same core as in the page, over a real socket.
//!
//! In here, in the order in which it is best read: `commands` (the command line, and what each
//! command does), `session` (one replica at work: socket, timer and replica in one task),
//! `relay_address` and `relay_connection` (where the relay is, and one WebSocket to it), `precinct`
//! (which one, and keys for it), `voter_file` (a voter on disk), `report` (how it is printed),
//! `error` (what can go wrong, and the exit codes), and the small `clock`, `random` and
//! `stop_signal`.

mod clock;
mod commands;
mod error;
mod precinct;
mod random;
mod relay_address;
mod relay_connection;
mod report;
mod session;
mod stop_signal;
mod voter_file;

use std::process::ExitCode;

use clap::Parser;

use commands::Arguments;
use error::Failure;
use stop_signal::StopSignal;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match start(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("election-peer: {failure}");
            ExitCode::from(failure.exit_code())
        }
    }
}

fn start(arguments: &Arguments) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::System {
            what: "starting",
            error,
        })?;
    let result = runtime.block_on(run(arguments));
    // A name that is still being looked up must not keep the command from ending.
    runtime.shutdown_background();
    result
}

async fn run(arguments: &Arguments) -> Result<(), Failure> {
    let mut stop = StopSignal::listen().map_err(|error| Failure::System {
        what: "listening for signals",
        error,
    })?;
    let (mut session, stays) = tokio::select! {
        done = commands::run(arguments) => done?,
        () = stop.received() => return Err(Failure::Stopped),
    };
    if stays {
        tokio::select! {
            ended = session.stay() => ended?,
            () = stop.received() => {}
        }
    }
    session.leave().await;
    Ok(())
}
