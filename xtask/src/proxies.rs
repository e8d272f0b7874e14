//! The proxies whose recipes are in docs/operations.md, for the test that tries them: looked for
//! first, then installed where that is one command.

use crate::apt;
use crate::failure::{Failure, Outcome};
use crate::process;
use std::env;
use std::path::PathBuf;

const BY_HAND: &str = "\
install nginx and Caddy (Debian: sudo apt-get install nginx caddy), then put both on PATH, or set NGINX and CADDY to
    the full path of each";

/// What each is called, and the variable that names it.
const WANTED: [(&str, &str); 2] = [("NGINX", "nginx"), ("CADDY", "caddy")];

/// The variables to set for the test, with the programs; none for those that are set already.
pub fn ready() -> Outcome<Vec<(&'static str, PathBuf)>> {
    let missing = missing();
    if !missing.is_empty() {
        let found = format!("there is no {} here", missing.join(" and no "));
        apt::install(&missing, &found, BY_HAND)?;
    }
    let mut found = Vec::new();
    for (variable, name) in WANTED {
        if env::var_os(variable).is_none() {
            let program = look(name).ok_or_else(|| {
                let what = format!("apt-get has installed {name}, but it is not to be found");
                Failure::new(what, BY_HAND)
            })?;
            found.push((variable, program));
        }
    }
    Ok(found)
}

fn missing() -> Vec<&'static str> {
    let wanted = WANTED.into_iter();
    wanted
        .filter(|(variable, name)| env::var_os(variable).is_none() && look(name).is_none())
        .map(|(_, name)| name)
        .collect()
}

/// On PATH, or where Debian puts what is for administrators.
fn look(name: &str) -> Option<PathBuf> {
    let elsewhere = PathBuf::from("/usr/sbin").join(name);
    process::on_path(name).or_else(|| elsewhere.is_file().then_some(elsewhere))
}
