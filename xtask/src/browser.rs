//! Chromium and its driver for the tests: a pair of one version is looked for first, then installed
//! where that is one command.

use crate::failure::{Failure, Outcome};
use crate::{apt, process};
use std::collections::BTreeSet;
use std::env;
use std::fmt;
use std::path::{Path, PathBuf};

const BY_HAND: &str = "\
install Chromium or Chrome and the chromedriver of the same major version:
      Debian             sudo apt-get install chromium chromium-driver
      Fedora             sudo dnf install chromium chromedriver
      macOS              brew install --cask google-chrome chromedriver
      Ubuntu and others  both from https://googlechromelabs.github.io/chrome-for-testing/
    then put both on PATH, or set CHROME and CHROMEDRIVER to the full path of each";

/// A program that the tests need, and where it may be.
struct Wanted {
    /// The variable that names it; when it is set, nothing else is looked at.
    variable: &'static str,
    /// What it is called on PATH.
    names: &'static [&'static str],
    /// Where it lies on systems that do not put it on PATH.
    places: &'static [&'static str],
}

const BROWSER: Wanted = Wanted {
    variable: "CHROME",
    names: &[
        "chromium",
        "chromium-browser",
        "google-chrome",
        "google-chrome-stable",
        "chrome",
    ],
    places: &[
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
        "/Applications/Chromium.app/Contents/MacOS/Chromium",
    ],
};

const DRIVER: Wanted = Wanted {
    variable: "CHROMEDRIVER",
    names: &["chromedriver"],
    places: &[
        "/usr/lib/chromium/chromedriver",
        "/usr/lib/chromium-browser/chromedriver",
    ],
};

/// A browser that a test can drive.
#[derive(Debug, PartialEq, Eq)]
pub struct Browser {
    /// The browser itself.
    pub chrome: PathBuf,
    /// The program that drives it.
    pub driver: PathBuf,
}

impl Browser {
    /// Finds both in one major version, or installs them on a system whose apt has them.
    pub fn ready() -> Outcome<Browser> {
        let found = Found::look()?;
        if let Some(browser) = found.pair() {
            return Ok(browser);
        }
        for wanted in [BROWSER, DRIVER] {
            if named(wanted.variable).is_some() {
                // Somebody has chosen: another Chromium beside it would not be taken anyway.
                return Err(Failure::new(
                    found.to_string(),
                    format!(
                        "let {} name one that fits, or unset it, or {BY_HAND}",
                        wanted.variable
                    ),
                ));
            }
        }
        apt::install(
            &["chromium", "chromium-driver"],
            &found.to_string(),
            BY_HAND,
        )?;
        let found = Found::look()?;
        found.pair().ok_or_else(|| {
            Failure::new(
                format!("apt-get has installed Chromium and its driver, but {found}"),
                BY_HAND,
            )
        })
    }
}

impl Browser {
    /// What the test runner of wasm-bindgen tells the driver, as JSON: without it, the driver takes
    /// whichever browser it finds first.
    pub fn capabilities(&self) -> String {
        let chrome = self.chrome.to_string_lossy();
        let chrome = chrome.replace('\\', "\\\\").replace('"', "\\\"");
        format!("{{\"goog:chromeOptions\":{{\"binary\":\"{chrome}\"}}}}\n")
    }
}

/// A program that says which version it is.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Candidate {
    program: PathBuf,
    major: u32,
}

/// All that was found on this machine.
struct Found {
    browsers: Vec<Candidate>,
    drivers: Vec<Candidate>,
}

impl Found {
    fn look() -> Outcome<Found> {
        Ok(Found {
            browsers: BROWSER.candidates()?,
            drivers: DRIVER.candidates()?,
        })
    }

    /// The first browser with the first driver of its major version: a driver refuses any other.
    fn pair(&self) -> Option<Browser> {
        self.browsers.iter().find_map(|browser| {
            let driver = self
                .drivers
                .iter()
                .find(|driver| driver.major == browser.major)?;
            Some(Browser {
                chrome: browser.program.clone(),
                driver: driver.program.clone(),
            })
        })
    }
}

/// Why there is no pair.
impl fmt::Display for Found {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |candidates: &[Candidate]| {
            let words: Vec<String> = candidates
                .iter()
                .map(|candidate| format!("{} ({})", candidate.program.display(), candidate.major))
                .collect();
            words.join(", ")
        };
        match (&self.browsers[..], &self.drivers[..]) {
            ([], []) => write!(
                formatter,
                "there is neither Chromium nor a chromedriver here"
            ),
            (browsers, []) => write!(
                formatter,
                "there is {}, but no chromedriver",
                list(browsers)
            ),
            ([], drivers) => write!(formatter, "there is {}, but no Chromium", list(drivers)),
            (browsers, drivers) => write!(
                formatter,
                "no chromedriver is of a browser's version: {} against {}",
                list(browsers),
                list(drivers)
            ),
        }
    }
}

impl Wanted {
    /// Every such program that answers, best first, each once whatever it is called.
    fn candidates(&self) -> Outcome<Vec<Candidate>> {
        if let Some(program) = named(self.variable) {
            let major = major_version(&program).ok_or_else(|| {
                Failure::new(
                    format!(
                        "{} names {}, which does not say its version",
                        self.variable,
                        program.display()
                    ),
                    format!("set {} to the full path of the program", self.variable),
                )
            })?;
            return Ok(vec![Candidate { program, major }]);
        }
        let on_path = self
            .names
            .iter()
            .flat_map(|name| process::all_on_path(name));
        let elsewhere = self.places.iter().map(PathBuf::from);
        let mut seen = BTreeSet::new();
        Ok(on_path
            .chain(elsewhere)
            .filter(|program| {
                program
                    .canonicalize()
                    .is_ok_and(|program| seen.insert(program))
            })
            .filter_map(|program| {
                let major = major_version(&program)?;
                Some(Candidate { program, major })
            })
            .collect())
    }
}

fn named(variable: &str) -> Option<PathBuf> {
    env::var_os(variable)
        .filter(|value| !value.is_empty())
        .map(PathBuf::from)
}

fn major_version(program: &Path) -> Option<u32> {
    major(&process::answer(
        process::program(program).arg("--version"),
    )?)
}

/// The first number of the version in an answer like `Chromium 156.0.8078.79 built on Debian`.
fn major(answer: &str) -> Option<u32> {
    answer
        .split_whitespace()
        .find_map(|word| word.split_once('.')?.0.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidates(list: &[(&str, u32)]) -> Vec<Candidate> {
        list.iter()
            .map(|&(program, major)| Candidate {
                program: program.into(),
                major,
            })
            .collect()
    }

    fn found(browsers: &[(&str, u32)], drivers: &[(&str, u32)]) -> Found {
        Found {
            browsers: candidates(browsers),
            drivers: candidates(drivers),
        }
    }

    #[test]
    fn the_major_version_is_read_from_what_each_of_them_says() {
        for (answer, expected) in [
            (
                "Chromium 156.0.8078.79 built on Debian GNU/Linux 12",
                Some(156),
            ),
            ("Google Chrome 129.0.6668.58", Some(129)),
            ("Google Chrome for Testing 129.0.6668.58", Some(129)),
            (
                "ChromeDriver 98.0.4758.0 (a21ce95c24-refs/heads/8078@{#1704})",
                Some(98),
            ),
            ("Chromium", None),
            ("needs the snap: see snapcraft.io", None),
            ("", None),
        ] {
            assert_eq!(major(answer), expected, "{answer}");
        }
    }

    #[test]
    fn a_browser_is_paired_with_the_driver_of_its_major_version() {
        let machine = found(
            &[("chromium", 155), ("chrome", 156)],
            &[("old-driver", 98), ("driver", 156)],
        );
        let expected = Browser {
            chrome: "chrome".into(),
            driver: "driver".into(),
        };
        assert_eq!(machine.pair(), Some(expected));
    }

    #[test]
    fn the_driver_is_told_which_browser() {
        let browser = Browser {
            chrome: r#"C:\a "b"\chrome"#.into(),
            driver: "driver".into(),
        };
        assert_eq!(
            browser.capabilities(),
            "{\"goog:chromeOptions\":{\"binary\":\"C:\\\\a \\\"b\\\"\\\\chrome\"}}\n"
        );
    }

    #[test]
    fn versions_that_differ_make_no_pair_and_are_named() {
        let machine = found(&[("chromium", 155)], &[("driver", 156)]);
        assert_eq!(machine.pair(), None);
        assert_eq!(
            machine.to_string(),
            "no chromedriver is of a browser's version: chromium (155) against driver (156)"
        );
    }

    #[test]
    fn a_missing_browser_is_named() {
        for (machine, expected) in [
            (
                found(&[], &[]),
                "there is neither Chromium nor a chromedriver here",
            ),
            (
                found(&[("chromium", 155)], &[]),
                "there is chromium (155), but no chromedriver",
            ),
            (
                found(&[], &[("driver", 156)]),
                "there is driver (156), but no Chromium",
            ),
        ] {
            assert_eq!(machine.pair(), None);
            assert_eq!(machine.to_string(), expected);
        }
    }
}
