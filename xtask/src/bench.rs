//! `cargo xtask bench`: figures. Nothing here decides whether the tests pass.

use crate::args::Subject;
use crate::browser::Browser;
use crate::failure::Outcome;
use crate::page::Weight;
use crate::stage::{self, Build};
use crate::tools::Tools;
use crate::{page, process, say};
use std::process::Stdio;

/// Measures one subject and prints the figures on stdout.
pub fn bench(subject: Subject) -> Outcome<()> {
    match subject {
        Subject::Core => core(),
        Subject::Page => page(),
    }
}

fn core() -> Outcome<()> {
    say::step("Measuring the replica (some minutes)");
    process::finish(
        process::cargo()
            .args(["bench", "--package", "election-core", "--bench", "core"])
            .stdout(Stdio::inherit()),
        "read the first error above",
    )
}

/// What somebody downloads who opens the page for the first time; then how quickly votes travel
/// between tabs of a real browser.
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
    say::step("Measuring the page in Chromium (some minutes)");
    process::finish(&mut command, "read the first error above")
}

fn print_weight(weights: &[Weight]) {
    println!("{:>10}  {:>10}  file", "raw", "brotli");
    for Weight { name, raw, sent } in weights {
        let (raw, sent) = (say::kilobytes(*raw), say::kilobytes(*sent));
        println!("{raw:>10}  {sent:>10}  {name}");
    }
    println!("the page: {}", page::beside_goal(page::total(weights)));
}
