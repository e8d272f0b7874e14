//! What the tests are given: programs and a built page.

use std::ffi::OsString;
use std::path::PathBuf;

/// A name that the browsers take for this machine's, and not for one that they may trust.
pub const NAME: &str = "poll.test";

/// A path that `cargo xtask test` hands in.
///
/// # Panics
/// When it was not handed in: a browser test that does not run must not look like one that passed.
pub fn path(variable: &str) -> PathBuf {
    let value = std::env::var_os(variable)
        .filter(|value| !value.is_empty())
        .unwrap_or_else(|| {
            panic!(
                "{variable} is not set. These tests need the built page, the relay, the peer and a browser: \
                 run `cargo xtask test`, or only this part with `cargo xtask test --only browser`"
            )
        });
    let path = PathBuf::from(value);
    assert!(
        path.exists(),
        "{variable} names {}, which is not there: run `cargo xtask test`",
        path.display()
    );
    path
}

/// Where pictures go.
pub fn screenshots() -> PathBuf {
    std::env::var_os("ELECTION_SCREENSHOTS")
        .filter(|folder| !folder.is_empty())
        .map_or_else(|| build_folder().join("screenshots"), PathBuf::from)
}

/// Cargo's build folder, in which this very test lies as `debug/deps/browser-…`.
fn build_folder() -> PathBuf {
    let test = std::env::current_exe().expect("a running program has a file");
    test.ancestors()
        .nth(3)
        .expect("cargo puts tests three folders deep into its build folder")
        .to_path_buf()
}

/// The flags that Chromium is started with.
pub fn browser_flags(profile: &std::path::Path) -> Vec<OsString> {
    let mut flags: Vec<OsString> = [
        "--headless",
        // Root, as on build machines, cannot have the sandbox; all that is opened is our own page.
        "--no-sandbox",
        "--disable-dev-shm-usage",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--window-size=1280,800",
        "--lang=en",
    ]
    .map(OsString::from)
    .to_vec();
    flags.push(format!("--host-resolver-rules=MAP {NAME} 127.0.0.1").into());
    let mut data = OsString::from("--user-data-dir=");
    data.push(profile);
    flags.push(data);
    flags
}
