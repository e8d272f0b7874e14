//! The standard library, built for the page: for size, and with panics that stop at once instead of
//! putting a message together. Both are still unstable in Rust, so a page is built without where
//! they are not to be had.

use crate::{process, tools::WASM_TARGET};
use std::path::{Path, PathBuf};
use std::process::Command;

/// What an unstable Rust of this version lets its flags be used with.
const UNSTABLE: (&str, &str) = ("RUSTC_BOOTSTRAP", "1");

/// Why there is none, for the person to read.
pub type Missing = &'static str;

/// Whether everything is there that it takes.
pub fn ready() -> Result<(), Missing> {
    let unstable = |program: &mut Command| process::answer(program.env(UNSTABLE.0, UNSTABLE.1));
    let sources = sources().ok_or("its sources are missing: `rustup component add rust-src`")?;
    let mut compiler = process::program("rustc");
    compiler.args(["--print", "cfg", "--target", WASM_TARGET]);
    compiler.args(["-Zunstable-options", "-Cpanic=immediate-abort"]);
    let old = "this version of Rust cannot build it";
    unstable(&mut compiler).ok_or(old)?;
    unstable(process::cargo().arg("-Zhelp"))
        .filter(|flags| flags.contains("panic-immediate-abort"))
        .ok_or(old)?;
    let mut fetch = process::cargo();
    fetch.args(["fetch", "--quiet", "--locked", "--target", WASM_TARGET]);
    unstable(fetch.arg("--manifest-path").arg(sources))
        .map(drop)
        .ok_or("what it is made of cannot be fetched")
}

/// The manifest of the standard library's own workspace.
fn sources() -> Option<PathBuf> {
    let sysroot = process::answer(process::program("rustc").args(["--print", "sysroot"]))?;
    let manifest = Path::new(&sysroot).join("lib/rustlib/src/rust/library/Cargo.toml");
    manifest.is_file().then_some(manifest)
}

/// Has a build of the page make its own.
pub fn set(cargo: &mut Command) {
    cargo
        .env(UNSTABLE.0, UNSTABLE.1)
        .env("CARGO_UNSTABLE_BUILD_STD", "std,panic_abort")
        .env("CARGO_UNSTABLE_BUILD_STD_FEATURES", "optimize_for_size")
        .env("CARGO_UNSTABLE_PANIC_IMMEDIATE_ABORT", "true")
        .env("CARGO_PROFILE_PAGE_PANIC", "immediate-abort");
}
