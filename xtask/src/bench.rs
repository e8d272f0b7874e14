//! `cargo xtask bench`: figures. Nothing here decides whether the tests pass.

use crate::args::Subject;
use crate::failure::Outcome;
use crate::tools::Tools;
use crate::{page, process, say};
use std::process::Stdio;

/// Measures one subject and prints the figures on stdout.
pub fn bench(subject: Subject) -> Outcome<()> {
    match subject {
        Subject::Core => core(),
        Subject::Page => page_weight(),
    }
}

fn core() -> Outcome<()> {
    say::step("Measuring the replica (some minutes)");
    process::finish(
        process::cargo()
            .args(["bench", "--package", "election-core"])
            .stdout(Stdio::inherit()),
        "read the first error above",
    )
}

/// What somebody downloads who opens the page for the first time.
fn page_weight() -> Outcome<()> {
    let dist = page::build(&Tools::ready()?)?;
    let weights = page::weigh(&dist)?;
    println!("{:>10}  {:>10}  file", "raw", "brotli");
    for weight in &weights {
        let (raw, sent) = (say::kilobytes(weight.raw), say::kilobytes(weight.sent));
        println!("{raw:>10}  {sent:>10}  {}", weight.name);
    }
    let total = weights.iter().map(|weight| weight.sent).sum();
    println!("{:>10}  {:>10}  the page", "", say::kilobytes(total));
    Ok(())
}
