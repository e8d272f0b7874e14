//! `cargo xtask bench`: figures. Nothing here decides whether the tests pass.

use crate::args::Subject;
use crate::browser::Browser;
use crate::failure::Outcome;
use crate::page::Weight;
use crate::stage::{self, Build};
use crate::test::LONG;
use crate::tools::Tools;
use crate::{neighbour, page, process, say};
use std::process::Stdio;

/// Measures one subject and prints the figures on stdout.
pub fn bench(subject: Subject) -> Outcome<()> {
    match subject {
        Subject::Core => core(),
        Subject::Sim => sim(),
        Subject::Relay => relay(),
        Subject::Page => page(),
    }
}

fn core() -> Outcome<()> {
    say::step("Measuring the replica (some minutes)");
    process::finish(
        process::cargo()
            .args(["bench", "--package", "election-core"])
            .args(["--bench", "core", "--bench", "hostile"])
            .stdout(Stdio::inherit()),
        "read the first error above",
    )
}

/// What readers that stop cost the relay, and what of it comes back when they leave; and how long
/// votes and newcomers take in rooms that are crowds, which tests print.
fn relay() -> Outcome<()> {
    say::step("Measuring the relay (some minutes)");
    process::finish(
        process::cargo()
            .args(["bench", "--package", "election-relay", "--bench", "relay"])
            .stdout(Stdio::inherit()),
        "read the first error above",
    )?;
    let crowds = "test --quiet --release --package election-peer --test command_line crowds:: -- --nocapture --test-threads 1";
    process::finish(
        process::cargo()
            .args(crowds.split(' '))
            .env(LONG, "1")
            .stdout(Stdio::inherit()),
        "read the first error above",
    )
}

/// The simulator's commands that print figures. Not among them, because it takes long:
/// `scale --voters 1000,10000,100000,1000000 --plot docs/precincts.svg`.
const SIM: [&str; 14] = [
    "scale --replicas 1000",
    "scale --replicas 10000",
    "scale --replicas 100000",
    "scale --voters 1000",
    "scale --voters 1000 --precincts 10",
    "scale --voters 10000 --precincts 10",
    "glomers --profile fast",
    "glomers --profile thrifty",
    "glomers --profile fast --loss 20% --partition",
    "glomers --profile thrifty --loss 20% --partition",
    "compare",
    "run --replicas 1000 --ops 1000",
    "run --replicas 100 --ops 100 --product",
    "swarm --seeds 1000",
];

fn sim() -> Outcome<()> {
    say::step("Measuring the simulator (some minutes)");
    let words = [
        "run",
        "--quiet",
        "--release",
        "--package",
        "election-sim",
        "--",
    ];
    for line in SIM {
        println!("\n$ election-sim {line}");
        let mut command = process::cargo();
        command.args(words).args(line.split(' '));
        process::finish(command.stdout(Stdio::inherit()), "run that command by hand")?;
    }
    Ok(())
}

/// What somebody downloads who opens the page for the first time; then how long a large poll takes,
/// and how quickly votes travel between tabs of a real browser.
fn page() -> Outcome<()> {
    let tools = Tools::ready()?;
    let dist = page::build(&tools)?;
    print_weight(&page::weigh(&dist)?);

    let browser = Browser::ready()?;
    let mut command = process::cargo();
    command
        .args(["bench", "--package", "election-web", "--bench", "page"])
        .stdout(Stdio::inherit());
    stage::set(&mut command, &dist, &browser, Build::Release)?;
    if let Some(neighbour) = neighbour::ready()? {
        command.env("ELECTION_NEIGHBOUR", neighbour);
    }
    say::step("Measuring the page in Chromium (ten to fifteen minutes)");
    process::finish(&mut command, "read the first error above")
}

fn print_weight(weights: &[Weight]) {
    println!("{:>10}  {:>10}  file", "raw", "brotli");
    let (pieces, first): (Vec<_>, Vec<_>) = weights.iter().partition(|weight| weight.is_piece());
    let print = |weights: &[&Weight]| {
        for Weight { name, raw, sent } in weights {
            let (raw, sent) = (say::kilobytes(*raw), say::kilobytes(*sent));
            println!("{raw:>10}  {sent:>10}  {name}");
        }
    };
    print(&first);
    println!("the page: {}", page::beside_goal(page::first_load(weights)));
    print(&pieces);
    println!(
        "fetched behind that: {}",
        say::kilobytes(page::pieces(weights))
    );
}
