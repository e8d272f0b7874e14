//! Chromium and its driver for the tests: looked for first, then installed where that is one command.

use crate::failure::{Failure, Outcome};
use crate::{process, say};
use std::env;
use std::path::PathBuf;

const BY_HAND: &str = "install Chromium (or Chrome) and the chromedriver of the same version, put both \
                       on PATH or name them in CHROME and CHROMEDRIVER";

/// Names that the browser goes by.
const BROWSERS: [&str; 5] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
];

/// A browser that a test can drive.
#[derive(Debug)]
pub struct Browser {
    /// The browser itself.
    pub chrome: PathBuf,
    /// The program that drives it.
    pub driver: PathBuf,
}

impl Browser {
    /// Finds both, or installs them on a system that has apt.
    pub fn ready() -> Outcome<Browser> {
        if let Some(browser) = find() {
            return Ok(browser);
        }
        install()?;
        find()
            .ok_or_else(|| Failure::new("Chromium was installed, but is not to be found", BY_HAND))
    }
}

fn find() -> Option<Browser> {
    Some(Browser {
        chrome: find_one("CHROME", &BROWSERS)?,
        driver: find_one("CHROMEDRIVER", &["chromedriver"])?,
    })
}

/// What the variable names, else the first of the names that is on PATH.
fn find_one(variable: &str, names: &[&str]) -> Option<PathBuf> {
    env::var_os(variable)
        .map(PathBuf::from)
        .filter(|path| path.is_file())
        .or_else(|| names.iter().find_map(|name| process::on_path(name)))
}

fn install() -> Outcome<()> {
    let apt = process::on_path("apt-get")
        .ok_or_else(|| Failure::new("there is no Chromium with a chromedriver here", BY_HAND))?;
    say::step("Installing Chromium and its driver with apt-get (once per machine, about a minute)");
    let root = process::answer(process::program("id").arg("-u")).is_some_and(|user| user == "0");
    let apt_get = || {
        let mut command = if root {
            process::program(&apt)
        } else {
            // -n: never ask for a password in the middle of a run.
            let mut sudo = process::program("sudo");
            sudo.arg("-n").arg(&apt);
            sudo
        };
        command.env("DEBIAN_FRONTEND", "noninteractive");
        command
    };
    process::finish(apt_get().arg("update"), BY_HAND)?;
    let packages = ["install", "-y", "chromium", "chromium-driver"];
    process::finish(apt_get().args(packages), BY_HAND)
}
