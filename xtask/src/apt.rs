//! Programs that Debian and its kin have: installed where that is one command.

use crate::failure::{Failure, Outcome};
use crate::{process, say};
use std::process::Stdio;

/// Make, which the relay's allocator is built with on Linux.
pub fn make_ready() -> Outcome<()> {
    if !cfg!(target_os = "linux") || process::on_path("make").is_some() {
        return Ok(());
    }
    install(
        &["make"],
        "there is no make here",
        "install make, then try again",
    )
}

/// Installs packages, after seeing that there are such; `found` says what is missing, `by_hand`
/// what to do without apt.
pub fn install(packages: &[&str], found: &str, by_hand: &str) -> Outcome<()> {
    let apt = process::on_path("apt-get").ok_or_else(|| {
        let what = format!("{found}; without apt-get this cannot install them");
        Failure::new(what, by_hand)
    })?;
    let names = packages.join(" and ");
    say::step(&format!(
        "Installing {names} with apt-get (once per machine, about a minute): {found}"
    ));
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
    process::finish(apt_get().arg("update"), by_hand)?;
    let rehearsal = process::program(&apt)
        .args(["install", "--simulate"])
        .args(packages)
        .stderr(Stdio::null())
        .stdout(Stdio::null())
        .status();
    if !rehearsal.is_ok_and(|status| status.success()) {
        let what = format!("{found}, and this system's apt has no {names}");
        return Err(Failure::new(what, by_hand));
    }
    process::finish(apt_get().args(["install", "-y"]).args(packages), by_hand)
}
