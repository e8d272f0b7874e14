//! `cargo xtask test`: every check in order. A step that fails does not keep the later ones from
//! running, so that one run shows all that is wrong.

use crate::components::Component;
use crate::failure::{Failure, Outcome};
use crate::kit::Kit;
use crate::stage::{self, Build};
use crate::tally::Tally;
use crate::tools::{self, WASM_TARGET};
use crate::{circles, page, process, say, texts, workspace};
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

/// One check.
struct Step {
    /// What `--only` calls it.
    name: &'static str,
    headline: &'static str,
    check: fn(&Kit, &mut Tally) -> Outcome<()>,
}

const STEPS: [Step; 9] = [
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
        name: "plain",
        headline: "The page as Trunk alone builds it",
        check: plain,
    },
    Step {
        name: "browser",
        headline: "Tests of the page in Chromium",
        check: browser,
    },
];

/// How a step went.
struct Report {
    name: &'static str,
    time: Duration,
    tally: Tally,
    outcome: Outcome<()>,
}

/// What tests read that draw a sample, and all of it when it says 1: `cargo xtask test --long`.
pub const LONG: &str = "ELECTION_LONG";

/// Runs the steps, each of which sets up what it needs, and sums up; the last line is `N passed, N
/// failed`.
pub fn test(only: Option<&str>, long: bool) -> Outcome<ExitCode> {
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
    let kit = Kit::new(long);
    let reports: Vec<Report> = steps.iter().map(|step| report(step, &kit)).collect();
    println!("\n{}", summary(&reports));
    let all_well = reports.iter().all(|report| report.outcome.is_ok());
    Ok(if all_well {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn report(step: &Step, kit: &Kit) -> Report {
    say::step(step.headline);
    let start = Instant::now();
    let mut tally = Tally::default();
    let outcome = (step.check)(kit, &mut tally);
    let time = start.elapsed();
    match &outcome {
        Ok(()) => say::step(&format!("{}: ok, {}", step.headline, say::duration(time))),
        Err(failure) => {
            eprintln!("error: {failure}");
            tally.a_failure_shows();
        }
    }
    Report {
        name: step.name,
        time,
        tally,
        outcome,
    }
}

/// A line for each step with its time, then all tests together.
fn summary(reports: &[Report]) -> String {
    let mut lines = String::new();
    let mut sum = Tally::default();
    for Report {
        name,
        time,
        tally,
        outcome,
    } in reports
    {
        sum += *tally;
        let word = if outcome.is_ok() { "ok" } else { "FAILED" };
        let time = say::duration(*time);
        lines += &format!("{word:<7} {name:<12} {time}\n");
    }
    lines + &format!("{} passed, {} failed", sum.passed, sum.failed)
}

fn format(_: &Kit, _: &mut Tally) -> Outcome<()> {
    Component::Rustfmt.ready()?;
    process::finish(
        process::cargo().args(["fmt", "--all", "--check"]),
        "run `cargo fmt --all`",
    )
}

const LINT: &str = "mend what the lint names above";

fn clippy(_: &Kit, _: &mut Tally) -> Outcome<()> {
    circles::check()?;
    texts::check()?;
    Component::Clippy.ready()?;
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
    Component::Clippy.ready()?;
    tools::wasm_target()?;
    let target = ["--target", WASM_TARGET, "--", "-D", "warnings"];
    let core_and_page = ["--package", "election-core", "--package", "election-web"];
    // As it ships, which is the only build with what cuts it.
    let cut = ["--package", "election-web", "--features", page::PIECES];
    // Of the simulator the library only: its command line is for machines with files.
    let simulator = ["--package", "election-sim", "--lib"];
    for packages in [&core_and_page[..], &cut[..], &simulator[..]] {
        let mut command = process::cargo();
        command.arg("clippy").args(packages).args(target);
        process::finish(&mut command, LINT)?;
    }
    Ok(())
}

fn docs(_: &Kit, _: &mut Tally) -> Outcome<()> {
    process::finish(
        process::cargo()
            .args(["doc", "--workspace", "--no-deps"])
            .env("RUSTDOCFLAGS", "-D warnings"),
        "mend the documentation comment named above",
    )
}

/// Of the page's package only what is in the program itself: its other tests need a built page and
/// a browser, and have a step of their own.
fn native(kit: &Kit, tally: &mut Tally) -> Outcome<()> {
    let proxies = kit.proxies()?.iter().map(|(name, path)| (name, path));
    let test = ["test", "--no-fail-fast"];
    let others = ["--workspace", "--exclude", "election-web"];
    let page = ["--package", "election-web", "--bins"];
    // Both before either counts: what fails in one does not hide the other.
    let mut command = process::cargo();
    command.args(test).args(others).envs(proxies);
    let others = tests(sized(&mut command, kit), tally);
    let page = tests(sized(process::cargo().args(test).args(page), kit), tally);
    others.and(page)
}

fn wasm(kit: &Kit, tally: &mut Tally) -> Outcome<()> {
    let browser = kit.browser()?;
    let capabilities = workspace::build_folder()?.join("webdriver.json");
    std::fs::write(&capabilities, browser.capabilities()).map_err(|error| {
        Failure::new(
            format!("cannot write {}: {error}", capabilities.display()),
            "see that there is room, and that the folder is yours",
        )
    })?;
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
        .env("PATH", process::path_with(&[kit.bindgen()?.to_owned()])?)
        .env(
            "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER",
            "wasm-bindgen-test-runner",
        )
        .env("WASM_BINDGEN_USE_BROWSER", "1")
        .env("CHROMEDRIVER", &browser.driver)
        .env("WASM_BINDGEN_TEST_WEBDRIVER_JSON", &capabilities);
    tests(&mut command, tally)
}

fn page_size(kit: &Kit, _: &mut Tally) -> Outcome<()> {
    let weights = page::weigh(kit.page()?)?;
    let (cap, pieces) = (page::size_cap(), page::PIECES_CAP);
    let caps = [cap, pieces].map(say::kilobytes);
    eprintln!("the caps of such a page are {} and {}", caps[0], caps[1]);
    page::check_size(page::first_load(&weights), cap)?;
    page::check_size(page::pieces(&weights), pieces)
}

/// A story of the browser tests that opens three screens.
const PLAIN_STORY: &str = "making::a_poll_is_made_from_the_first_screen";

/// That it opens, and does what it should.
fn plain(kit: &Kit, tally: &mut Tally) -> Outcome<()> {
    let mut command = process::cargo();
    command.args(["test", "--package", "election-web", "--test", "browser"]);
    command.args(["--", "--exact", PLAIN_STORY]);
    stage::set(
        &mut command,
        kit.plain_page()?,
        kit.browser()?,
        Build::Debug,
    )?;
    tests(&mut command, tally)
}

fn browser(kit: &Kit, tally: &mut Tally) -> Outcome<()> {
    let mut command = process::cargo();
    command.args(["test", "--package", "election-web", "--test", "browser"]);
    stage::set(&mut command, kit.page()?, kit.browser()?, Build::Debug)?;
    // How a page gets along with a newer one.
    command.env("ELECTION_NEXT_DIST", kit.next_page()?);
    tests(sized(&mut command, kit), tally)
}

/// Tells tests how much to draw.
fn sized<'a>(command: &'a mut Command, kit: &Kit) -> &'a mut Command {
    match kit.long {
        true => command.env(LONG, "1"),
        false => command,
    }
}

/// Runs tests: passes their output on while adding the result lines to `tally`. No test at all is a
/// failure.
fn tests(command: &mut Command, tally: &mut Tally) -> Outcome<()> {
    let line = process::line(command);
    let failed = |error: std::io::Error| {
        Failure::new(format!("cannot run `{line}`: {error}"), "try it by hand")
    };
    let mut child = command.stdout(Stdio::piped()).spawn().map_err(failed)?;
    let counted = match child.stdout.take() {
        Some(output) => pass_on(output, &mut std::io::stdout().lock()).map_err(failed)?,
        None => Tally::default(),
    };
    *tally += counted;
    let status = child.wait().map_err(failed)?;
    if !status.success() {
        return Err(Failure::new(
            format!("`{line}` failed ({status})"),
            "read the failures above",
        ));
    }
    some_ran(counted, &line)
}

/// Copies the output of tests and adds up its result lines.
fn pass_on(output: impl Read, to: &mut impl Write) -> std::io::Result<Tally> {
    let mut output = BufReader::new(output);
    let mut counted = Tally::default();
    let mut line = Vec::new();
    // By bytes: a test may print what is not UTF-8.
    while output.read_until(b'\n', &mut line)? > 0 {
        to.write_all(&line)?;
        if let Some(counts) = Tally::of_line(&String::from_utf8_lossy(&line)) {
            counted += counts;
        }
        line.clear();
    }
    Ok(counted)
}

/// Tests that have silently gone missing are a failure.
fn some_ran(counted: Tally, line: &str) -> Outcome<()> {
    if counted.passed == 0 {
        return Err(Failure::new(
            format!("`{line}` ran no test"),
            "see where the tests went",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ran(name: &'static str, seconds: u64, passed: u64, outcome: Outcome<()>) -> Report {
        let mut tally = Tally { passed, failed: 0 };
        if outcome.is_err() {
            tally.a_failure_shows();
        }
        Report {
            name,
            time: Duration::from_secs(seconds),
            tally,
            outcome,
        }
    }

    #[test]
    fn the_last_lines_name_each_step_with_its_time_and_then_the_sum() {
        let reports = [
            ran("format", 1, 0, Ok(())),
            ran("clippy", 62, 0, Err(Failure::new("a lint", "mend it"))),
            ran("native", 30, 12, Ok(())),
        ];
        assert_eq!(
            summary(&reports),
            "ok      format       1.0 s\n\
             FAILED  clippy       1 min 2 s\n\
             ok      native       30 s\n\
             12 passed, 1 failed"
        );
    }

    #[test]
    fn the_output_is_passed_on_and_counted() {
        let output =
            b"\xff\ntest result: ok. 2 passed; 0 failed\ntest result: FAILED. 1 passed; 3 failed";
        let mut seen = Vec::new();
        let counted = pass_on(&output[..], &mut seen).ok();
        assert_eq!(seen, output);
        assert_eq!(
            counted,
            Some(Tally {
                passed: 3,
                failed: 3
            })
        );
    }

    #[test]
    fn no_test_at_all_is_a_failure() {
        assert!(some_ran(Tally::default(), "cargo test").is_err());
        let one = Tally {
            passed: 1,
            failed: 0,
        };
        assert!(some_ran(one, "cargo test").is_ok());
    }
}
