//! The page: its release build through Trunk, and how large it is for somebody who opens it.

use crate::failure::{Failure, Outcome};
use crate::tools::Tools;
use crate::{process, say, workspace};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What the page should weigh, in bytes after Brotli. It does not yet: Yew's components, and the signatures' code with
/// its tables, are most of it.
pub const SIZE_GOAL: u64 = 150_000;

/// The page may not weigh more than this, in bytes after Brotli. It is no goal: the cap only keeps the page from growing
/// unnoticed. It weighs 439 kB, and two percent are left to grow into.
pub const SIZE_CAP: u64 = 448_000;

/// What a browser fetches to show the page, now and without a network.
const COUNTED: [&str; 4] = ["wasm", "js", "css", "html"];

/// Where the built page lies; Trunk.toml says so too.
pub fn dist() -> PathBuf {
    workspace::root().join("dist")
}

/// Trunk with this command, the tools on its PATH.
pub fn trunk(tools: &Tools, command: &str) -> Outcome<Command> {
    let mut trunk = process::program(tools.trunk());
    trunk
        .arg(command)
        .env("PATH", tools.path()?)
        // Trunk reads NO_COLOR as true or false and stops at the customary 1.
        .env_remove("NO_COLOR");
    Ok(trunk)
}

/// Builds the page for release and returns its folder.
pub fn build(tools: &Tools) -> Outcome<PathBuf> {
    say::step("Building the page (two to five minutes the first time, seconds later)");
    process::finish(
        trunk(tools, "build")?.arg("--release"),
        "read the first error above; `cargo build -p election-web --target wasm32-unknown-unknown` \
         shows whether it is the code",
    )?;
    Ok(dist())
}

/// Builds the page as it will be after a change of the store's layout, for tests of how the two get along, and returns its
/// folder. All that it does not share with the page is one crate and the linking; it is not compressed.
pub fn build_next(tools: &Tools) -> Outcome<PathBuf> {
    say::step("Building the page with the store's next layout");
    let dist = workspace::build_folder()?.join("next-layout");
    process::finish(
        trunk(tools, "build")?
            .args(["--cargo-profile", "page", "--features", "next-layout"])
            .arg("--dist")
            .arg(&dist),
        "read the first error above; does the page itself build: `cargo xtask test --only page`?",
    )?;
    Ok(dist)
}

/// A built file with its size on disk and after Brotli, in bytes.
#[derive(Debug, PartialEq, Eq)]
pub struct Weight {
    /// File name.
    pub name: String,
    /// As built.
    pub raw: u64,
    /// As sent to a browser: the `.br` file beside it, or the file itself if it is too small for one.
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

/// What all of them weigh after Brotli, in bytes.
pub fn total(weights: &[Weight]) -> u64 {
    weights.iter().map(|weight| weight.sent).sum()
}

/// A weight beside the goal: `299.1 kB, 199 % of the goal of 150.0 kB`.
pub fn beside_goal(total: u64) -> String {
    let (weight, goal) = (say::kilobytes(total), say::kilobytes(SIZE_GOAL));
    format!(
        "{weight}, {} % of the goal of {goal}",
        total * 100 / SIZE_GOAL
    )
}

/// Fails if the page is too heavy.
pub fn check_size(total: u64) -> Outcome<()> {
    if total > SIZE_CAP {
        return Err(Failure::new(
            format!(
                "the page weighs {} after Brotli, more than {}",
                say::kilobytes(total),
                say::kilobytes(SIZE_CAP)
            ),
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
        assert_eq!(weights, [named("a.wasm", 900, 300), named("b.css", 40, 40)]);
        assert_eq!(total(&weights), 340);
    }

    #[test]
    fn a_heavy_page_is_refused() {
        assert!(check_size(SIZE_CAP).is_ok());
        assert!(check_size(SIZE_CAP + 1).is_err());
    }

    #[test]
    fn the_share_of_the_goal_is_said() {
        assert_eq!(
            beside_goal(299_100),
            "299.1 kB, 199 % of the goal of 150.0 kB"
        );
    }
}
