//! Where things are: the root, the build folder, the versions that Cargo.lock fixes.

use crate::failure::{Failure, Outcome};
use std::env::consts::EXE_SUFFIX;
use std::path::{Path, PathBuf};

/// The root of the checkout. Cargo says at run time where this package is, so a moved checkout is
/// no trouble; a binary started without cargo falls back on where it was built.
pub fn root() -> PathBuf {
    let package = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    package.parent().map_or(package.clone(), Path::to_path_buf)
}

/// The file that cargo makes for the binary `name` of this workspace under `profile` (its folder:
/// `debug` or `release`).
pub fn built_binary(profile: &str, name: &str) -> Outcome<PathBuf> {
    Ok(build_folder()?
        .join(profile)
        .join(format!("{name}{EXE_SUFFIX}")))
}

/// Cargo's build folder. This very program lies in it, which answers the question whatever the
/// environment or a config file says about the place.
pub fn build_folder() -> Outcome<PathBuf> {
    let here = std::env::current_exe().map_err(|error| {
        Failure::new(
            format!("cannot find the build folder: {error}"),
            "start this program through `cargo xtask`",
        )
    })?;
    here.parent()
        .and_then(Path::parent)
        .map(Path::to_path_buf)
        .ok_or_else(|| {
            Failure::new(
                format!("{} is not in a build folder", here.display()),
                "start this program through `cargo xtask`",
            )
        })
}

/// The version of `package` that Cargo.lock holds.
pub fn locked_version(package: &str) -> Outcome<String> {
    let path = root().join("Cargo.lock");
    let lock = std::fs::read_to_string(&path).map_err(|error| {
        Failure::new(
            format!("cannot read {}: {error}", path.display()),
            "run `cargo generate-lockfile`",
        )
    })?;
    version_in(&lock, package).ok_or_else(|| {
        Failure::new(
            format!("Cargo.lock names no {package}, or more than one version of it"),
            format!("run `cargo tree -i {package}` and see to it that there is exactly one"),
        )
    })
}

/// Finds the only version of `package` in the text of a Cargo.lock.
fn version_in(lock: &str, package: &str) -> Option<String> {
    let name = format!("name = \"{package}\"");
    let mut versions = lock
        .split("[[package]]")
        .filter(|entry| entry.lines().any(|line| line == name))
        .filter_map(|entry| {
            entry
                .lines()
                .find_map(|line| line.strip_prefix("version = \"")?.strip_suffix('"'))
        });
    match (versions.next(), versions.next()) {
        (Some(version), None) => Some(version.to_owned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = "\
version = 4

[[package]]
name = \"wasm-bindgen-futures\"
version = \"0.4.80\"
dependencies = [
 \"wasm-bindgen\",
]

[[package]]
name = \"wasm-bindgen\"
version = \"0.2.130\"

[[package]]
name = \"syn\"
version = \"1.0.109\"

[[package]]
name = \"syn\"
version = \"2.0.1\"
";

    #[test]
    fn the_version_of_the_very_package_is_found() {
        assert_eq!(version_in(LOCK, "wasm-bindgen").as_deref(), Some("0.2.130"));
    }

    #[test]
    fn an_absent_or_doubtful_version_is_none() {
        assert_eq!(version_in(LOCK, "trunk"), None);
        assert_eq!(version_in(LOCK, "syn"), None);
        assert_eq!(version_in("", "syn"), None);
    }
}
