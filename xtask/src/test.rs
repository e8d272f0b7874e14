//! `cargo xtask test`: every check in order. A step that fails does not keep the later ones from
//! running, so that one run shows all that is wrong.

use crate::browser::Browser;
use crate::failure::{Failure, Outcome};
use crate::stage::{self, Build};
use crate::tally::Tally;
use crate::tools::{Tools, WASM_TARGET};
use crate::{page, process, say};
use std::cell::Cell;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

/// One check.
struct Step {
    /// What `--only` calls it.
    name: &'static str,
    headline: &'static str,
    check: fn(&Kit, &mut Tally) -> Outcome<()>,
}

const STEPS: [Step; 8] = [
    Step {
        name: "format",
        headline: "Formatting",
        check: format,
    },
    Step {
        name: "clippy",
        headline: "Lints, native",
        check: clippy,
    },
    Step {
        name: "clippy-wasm",
        headline: "Lints, wasm",
        check: clippy_wasm,
    },
    Step {
        name: "docs",
        headline: "Documentation",
        check: docs,
    },
    Step {
        name: "native",
        headline: "Tests, native",
        check: native,
    },
    Step {
        name: "wasm",
        headline: "Tests of the replica in Chromium",
        check: wasm,
    },
    Step {
        name: "page",
        headline: "The page's build and its size",
        check: page_size,
    },
    Step {
        name: "browser",
        headline: "Tests of the page in Chromium",
        check: browser,
    },
];

/// What the steps work with.
struct Kit {
    tools: Tools,
    browser: Browser,
    page_is_built: Cell<bool>,
}

impl Kit {
    /// The built page, built once in a run.
    fn page(&self) -> Outcome<PathBuf> {
        if !self.page_is_built.get() {
            page::build(&self.tools)?;
            self.page_is_built.set(true);
        }
        Ok(page::dist())
    }
}

/// How a step went.
struct Report {
    name: &'static str,
    time: Duration,
    tally: Tally,
    outcome: Outcome<()>,
}

/// Sets up, runs the steps, sums up; the last line is `N passed, N failed`.
pub fn test(only: Option<&str>) -> Outcome<ExitCode> {
    let steps: Vec<&Step> = STEPS
        .iter()
        .filter(|step| only.is_none_or(|name| step.name == name))
        .collect();
    if steps.is_empty() {
        let names: Vec<&str> = STEPS.iter().map(|step| step.name).collect();
        return Err(Failure::new(
            format!("there is no step `{}`", only.unwrap_or_default()),
            format!("name one of: {}", names.join(", ")),
        ));
    }
    let kit = Kit {
        tools: Tools::ready()?,
        browser: Browser::ready()?,
        page_is_built: Cell::new(false),
    };
    let reports: Vec<Report> = steps.iter().map(|step| report(step, &kit)).collect();
    Ok(sum_up(&reports))
}

fn report(step: &Step, kit: &Kit) -> Report {
    say::step(step.headline);
    let start = Instant::now();
    let mut tally = Tally::default();
    let outcome = (step.check)(kit, &mut tally);
    let time = start.elapsed();
    match &outcome {
        Ok(_) => say::step(&format!("{}: ok, {}", step.headline, say::duration(time))),
        Err(failure) => eprintln!("error: {failure}"),
    }
    Report {
        name: step.name,
        time,
        tally,
        outcome,
    }
}

fn sum_up(reports: &[Report]) -> ExitCode {
    let mut sum = Tally::default();
    let mut code = ExitCode::SUCCESS;
    println!();
    for Report {
        name,
        time,
        tally,
        outcome,
    } in reports
    {
        sum += *tally;
        let word = if outcome.is_ok() { "ok" } else { "FAILED" };
        if outcome.is_err() {
            code = ExitCode::FAILURE;
        }
        println!("{word:<7} {name:<12} {}", say::duration(*time));
    }
    println!("{} passed, {} failed", sum.passed, sum.failed);
    code
}

fn format(_: &Kit, _: &mut Tally) -> Outcome<()> {
    process::finish(
        process::cargo().args(["fmt", "--all", "--check"]),
        "run `cargo fmt --all`",
    )
}

const LINT: &str = "mend what the lint names above";

fn clippy(_: &Kit, _: &mut Tally) -> Outcome<()> {
    let words = [
        "clippy",
        "--workspace",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ];
    process::finish(process::cargo().args(words), LINT)
}

fn clippy_wasm(_: &Kit, _: &mut Tally) -> Outcome<()> {
    let words = [
        "clippy",
        "--package",
        "election-core",
        "--package",
        "election-web",
    ];
    let target = ["--target", WASM_TARGET, "--", "-D", "warnings"];
    process::finish(process::cargo().args(words).args(target), LINT)
}

fn docs(_: &Kit, _: &mut Tally) -> Outcome<()> {
    process::finish(
        process::cargo()
            .args(["doc", "--workspace", "--no-deps"])
            .env("RUSTDOCFLAGS", "-D warnings"),
        "mend the documentation comment named above",
    )
}

/// The page's package has a step of its own: its tests need a built page and a browser.
fn native(_: &Kit, tally: &mut Tally) -> Outcome<()> {
    let words = [
        "test",
        "--workspace",
        "--exclude",
        "election-web",
        "--no-fail-fast",
    ];
    tests(process::cargo().args(words), tally)
}

fn wasm(kit: &Kit, tally: &mut Tally) -> Outcome<()> {
    let words = [
        "test",
        "--package",
        "election-core",
        "--target",
        WASM_TARGET,
    ];
    let mut command = process::cargo();
    command
        .args(words)
        .args(["--test", "trace"])
        .env("PATH", kit.tools.path()?)
        .env(
            "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER",
            "wasm-bindgen-test-runner",
        )
        .env("WASM_BINDGEN_USE_BROWSER", "1")
        .env("CHROMEDRIVER", &kit.browser.driver);
    tests(&mut command, tally)
}

fn page_size(kit: &Kit, _: &mut Tally) -> Outcome<()> {
    let weight = page::check_size(&page::weigh(&kit.page()?)?)?;
    let cap = say::kilobytes(page::SIZE_CAP);
    eprintln!(
        "the page weighs {} after Brotli; the cap is {cap}",
        say::kilobytes(weight)
    );
    Ok(())
}

fn browser(kit: &Kit, tally: &mut Tally) -> Outcome<()> {
    let mut command = process::cargo();
    command.args(["test", "--package", "election-web", "--no-fail-fast"]);
    stage::set(&mut command, &kit.page()?, &kit.browser, Build::Debug)?;
    tests(&mut command, tally)
}

/// Runs tests: passes their output on while adding up the result lines. No test at all is a failure.
fn tests(command: &mut Command, tally: &mut Tally) -> Outcome<()> {
    let line = process::line(command);
    let failed = |error: std::io::Error| {
        Failure::new(format!("cannot run `{line}`: {error}"), "try it by hand")
    };
    let mut child = command.stdout(Stdio::piped()).spawn().map_err(failed)?;
    if let Some(output) = child.stdout.take() {
        let mut stdout = std::io::stdout().lock();
        let mut output = BufReader::new(output);
        let mut line = Vec::new();
        // By bytes: a test may print what is not UTF-8.
        while output.read_until(b'\n', &mut line).map_err(failed)? > 0 {
            stdout.write_all(&line).map_err(failed)?;
            if let Some(counts) = Tally::of_line(&String::from_utf8_lossy(&line)) {
                *tally += counts;
            }
            line.clear();
        }
    }
    let status = child.wait().map_err(failed)?;
    if !status.success() {
        return Err(Failure::new(
            format!("`{line}` failed ({status})"),
            "read the failures above",
        ));
    }
    if tally.passed == 0 {
        return Err(Failure::new(
            format!("`{line}` ran no test"),
            "see where the tests went",
        ));
    }
    Ok(())
}
