//! The page: its release build through Trunk, and how large it is for somebody who opens it.

use crate::failure::{Failure, Outcome};
use crate::tools::Tools;
use crate::{cut, own_std, process, say, stand_in, workspace};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What the page should weigh, in bytes after Brotli. It does not yet: Yew's components, and the
/// signatures' code with its tables, are most of it.
pub const SIZE_GOAL: u64 = 250_000;

/// What is fetched before somebody votes may not weigh more than this, in bytes after Brotli. It is
/// no goal: the cap only keeps the page from growing unnoticed. It weighs 329 kB, and two percent
/// are left to grow into.
const SIZE_CAP: u64 = 336_000;

/// The same for a page whose standard library is the one that comes with Rust.
const SIZE_CAP_FOREIGN_STD: u64 = 378_000;

/// What is fetched behind that may not weigh more than this: the first screen and the form that
/// makes a poll, what stands under a ballot paper, and the canvass.
pub const PIECES_CAP: u64 = 96_000;

/// What a browser fetches to show the page, now and without a network.
const COUNTED: [&str; 4] = ["wasm", "js", "css", "html"];

/// The page's feature that says where it may be cut.
pub const PIECES: &str = "pieces";

/// Where the built page lies; Trunk.toml says so too.
pub fn dist() -> PathBuf {
    workspace::root().join("dist")
}

/// Trunk with this command, the tools on its PATH: the page as it is while one works on it.
pub fn trunk(tools: &Tools, command: &str) -> Outcome<Command> {
    let mut trunk = process::program(tools.trunk());
    trunk
        .arg(command)
        .env("PATH", process::path_with(tools.folders())?)
        // Trunk reads NO_COLOR as true or false and stops at the customary 1.
        .env_remove("NO_COLOR");
    Ok(trunk)
}

/// Trunk building the page, of that name, as small as this machine can.
fn builder(tools: &Tools, name: &str) -> Outcome<Command> {
    let mut trunk = trunk(tools, "build")?;
    stand_in::set(&mut trunk, tools, name)?;
    Ok(trunk)
}

/// Builds the page for release, says what it weighs, and returns its folder.
pub fn build(tools: &Tools) -> Outcome<PathBuf> {
    say::step("Building the page (two to five minutes the first time, seconds later)");
    process::finish(
        builder(tools, "page")?.args(["--release", "--features", PIECES]),
        "read the first error above; `cargo build -p election-web --target wasm32-unknown-unknown` \
         shows whether it is the code",
    )?;
    let dist = dist();
    let weights = weigh(&dist)?;
    let weight = beside_goal(first_load(&weights));
    let pieces = say::kilobytes(pieces(&weights));
    eprintln!(
        "the page weighs {weight}, and {pieces} behind that; {}",
        what_it_lacks()
    );
    Ok(dist)
}

fn what_it_lacks() -> String {
    match own_std::ready() {
        Ok(()) => "its standard library is built for it".to_owned(),
        Err(why) => format!("with a standard library of its own it would weigh less, but {why}"),
    }
}

/// Builds the page as it will be after a change of the store's layout, for tests of how the two get
/// along, and returns its folder. All that it does not share with the page is one crate and the
/// linking; it is not compressed.
pub fn build_next(tools: &Tools) -> Outcome<PathBuf> {
    say::step("Building the page with the store's next layout");
    let dist = workspace::build_folder()?.join("next-layout");
    process::finish(
        builder(tools, "next-layout")?
            .args([
                "--cargo-profile",
                "page",
                "--features",
                &format!("next-layout,{PIECES}"),
            ])
            .arg("--dist")
            .arg(&dist),
        "read the first error above; does the page itself build: `cargo xtask test --only page`?",
    )?;
    Ok(dist)
}

/// Builds the page as it is for whoever has Trunk and nothing else, for a test, and returns its
/// folder: not for release, without the stand-ins, and all of the program in one file.
pub fn build_plain(tools: &Tools) -> Outcome<PathBuf> {
    say::step("Building the page with Trunk alone");
    let dist = workspace::build_folder()?.join("plain-page");
    process::finish(
        trunk(tools, "build")?.arg("--dist").arg(&dist),
        "read the first error above; `trunk build` at the root is what fails",
    )?;
    let weights = weigh(&dist)?;
    let programs = weights.iter().filter(|file| file.name.ends_with(".wasm"));
    match programs.count() {
        1 => Ok(dist),
        number => Err(Failure::new(
            format!("`trunk build` made a page of {number} programs"),
            "see that only a build by xtask cuts the page",
        )),
    }
}

/// A built file with its size on disk and after Brotli, in bytes.
#[derive(Debug, PartialEq, Eq)]
pub struct Weight {
    /// File name.
    pub name: String,
    /// As built.
    pub raw: u64,
    /// As sent to a browser: the `.br` file beside it, or the file itself if it is too small for
    /// one.
    pub sent: u64,
}

/// Weighs every file that counts, largest first.
pub fn weigh(dist: &Path) -> Outcome<Vec<Weight>> {
    let failed = |error: std::io::Error| {
        Failure::new(
            format!("cannot weigh {}: {error}", dist.display()),
            "build the page first: `cargo xtask bench page`",
        )
    };
    let mut weights = Vec::new();
    for entry in fs::read_dir(dist).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let extension = path.extension().unwrap_or_default();
        if !COUNTED.iter().any(|counted| extension == *counted) {
            continue;
        }
        let raw = fs::metadata(&path).map_err(failed)?.len();
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let compressed = path.with_file_name(format!("{name}.br"));
        let sent = fs::metadata(compressed).map_or(raw, |file| file.len());
        weights.push(Weight { name, raw, sent });
    }
    weights.sort_by(|a, b| b.sent.cmp(&a.sent).then_with(|| a.name.cmp(&b.name)));
    Ok(weights)
}

impl Weight {
    /// Whether the page fetches it behind what it needs first.
    pub fn is_piece(&self) -> bool {
        self.name.ends_with(cut::EXTENSION)
    }
}

/// What is fetched before a voter has voted in a poll of one room weighs this after Brotli, in
/// bytes.
pub fn first_load(weights: &[Weight]) -> u64 {
    let first = weights.iter().filter(|weight| !weight.is_piece());
    first.map(|weight| weight.sent).sum()
}

/// The same of what is fetched behind it.
pub fn pieces(weights: &[Weight]) -> u64 {
    let pieces = weights.iter().filter(|weight| weight.is_piece());
    pieces.map(|weight| weight.sent).sum()
}

/// A weight beside the goal: `299.1 kB, 119 % of the goal of 250.0 kB`.
pub fn beside_goal(total: u64) -> String {
    let (weight, goal) = (say::kilobytes(total), say::kilobytes(SIZE_GOAL));
    format!(
        "{weight}, {} % of the goal of {goal}",
        total * 100 / SIZE_GOAL
    )
}

/// What the page may weigh at most as this machine builds it.
pub fn size_cap() -> u64 {
    match own_std::ready() {
        Ok(()) => SIZE_CAP,
        Err(_) => SIZE_CAP_FOREIGN_STD,
    }
}

/// Fails if the page's first load, or what is fetched behind it, is heavier than that.
pub fn check_size(total: u64, cap: u64) -> Outcome<()> {
    if total > cap {
        let (total, cap) = (say::kilobytes(total), say::kilobytes(cap));
        return Err(Failure::new(
            format!("the page weighs {total} after Brotli, more than {cap}"),
            "`cargo xtask bench page` says which file it is",
        ));
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sent_is_weighed() {
        let dist = std::env::temp_dir().join(format!("election-weigh-{}", std::process::id()));
        fs::create_dir_all(&dist).unwrap();
        for (name, size) in [
            ("a.wasm", 900),
            ("a.wasm.br", 300),
            ("b-0.piece.wasm", 20),
            ("b.css", 40),
            ("c.svg", 70),
        ] {
            fs::write(dist.join(name), vec![0; size]).unwrap();
        }
        let weights = weigh(&dist).unwrap();
        fs::remove_dir_all(&dist).unwrap();
        let named = |name: &str, raw, sent| Weight {
            name: name.to_owned(),
            raw,
            sent,
        };
        let piece = named("b-0.piece.wasm", 20, 20);
        assert_eq!(
            weights,
            [named("a.wasm", 900, 300), named("b.css", 40, 40), piece]
        );
        assert_eq!((first_load(&weights), pieces(&weights)), (340, 20));
    }

    #[test]
    fn a_heavy_page_is_refused() {
        assert!(check_size(7, 7).is_ok());
        assert!(check_size(8, 7).is_err());
    }

    #[test]
    fn the_share_of_the_goal_is_said() {
        assert_eq!(
            beside_goal(299_100),
            "299.1 kB, 119 % of the goal of 250.0 kB"
        );
    }
}
