//! The tools of the page's build, looked for first and installed only if missing or of another
//! version: the wasm target, trunk, and wasm-bindgen in the exact version of Cargo.lock.

use crate::failure::{Failure, Outcome};
use crate::{process, say, workspace};
use std::env;
use std::env::consts::EXE_SUFFIX;
use std::fs;
use std::path::{Path, PathBuf};

/// The target that the page is compiled for.
pub const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// The version of trunk that Trunk.toml asks for.
const TRUNK_VERSION: &str = "0.21.14";

/// Everything that builds the page, ready for use.
pub struct Tools {
    /// Where the programs lie: trunk, then wasm-bindgen.
    folders: [PathBuf; 2],
}

impl Tools {
    /// Finds or installs all of them.
    pub fn ready() -> Outcome<Tools> {
        let bindgen = bindgen()?;
        let folders = [trunk().find_or_install()?, bindgen];
        Ok(Tools { folders })
    }

    /// Trunk itself, by its full name: a program is looked for on the PATH of the parent, not of
    /// the child.
    pub fn trunk(&self) -> PathBuf {
        self.folders[0].join(format!("trunk{EXE_SUFFIX}"))
    }

    /// wasm-bindgen itself.
    pub fn wasm_bindgen(&self) -> PathBuf {
        self.folders[1].join(format!("wasm-bindgen{EXE_SUFFIX}"))
    }

    /// Where they are, for the PATH of a child that needs them.
    pub fn folders(&self) -> &[PathBuf] {
        &self.folders
    }
}

/// The wasm target, and the folder of the wasm-bindgen tools in the version that fits: enough to
/// test wasm without the page.
pub fn bindgen() -> Outcome<PathBuf> {
    wasm_target()?;
    wasm_bindgen(workspace::locked_version("wasm-bindgen")?).find_or_install()
}

/// A tool that crates.io has the sources of.
struct Tool {
    package: &'static str,
    version: String,
    /// Every program that must be there, in that version.
    programs: &'static [&'static str],
    /// Flags of `cargo install`. A debug build takes a third of the time and is as quick in use.
    flags: &'static [&'static str],
    /// How long an install takes.
    patience: &'static str,
}

fn trunk() -> Tool {
    Tool {
        package: "trunk",
        version: TRUNK_VERSION.to_owned(),
        programs: &["trunk"],
        flags: &["--locked", "--debug", "--no-default-features"],
        patience: "three to seven minutes",
    }
}

/// Without `--locked`: what the lock file of the package names is not always to be had.
fn wasm_bindgen(version: String) -> Tool {
    Tool {
        package: "wasm-bindgen-cli",
        version,
        programs: &["wasm-bindgen", "wasm-bindgen-test-runner"],
        flags: &["--debug", "--no-default-features"],
        patience: "one to three minutes",
    }
}

impl Tool {
    /// The folder that holds the programs: one on PATH, the cache, or the cache after an install.
    fn find_or_install(&self) -> Outcome<PathBuf> {
        let on_path = process::on_path(self.programs[0])
            .and_then(|program| program.parent().map(Path::to_path_buf));
        if let Some(folder) = on_path.filter(|folder| self.is_in(folder)) {
            return Ok(folder);
        }
        let home = cache()?.join(format!("{}-{}", self.package, self.version));
        let folder = home.join("bin");
        if !self.is_in(&folder) {
            self.install(&home)?;
        }
        Ok(folder)
    }

    fn is_in(&self, folder: &Path) -> bool {
        self.programs.iter().all(|name| {
            let program = folder.join(format!("{name}{EXE_SUFFIX}"));
            program.is_file()
                && process::answer(process::program(&program).arg("--version"))
                    .is_some_and(|text| text.split_whitespace().nth(1) == Some(&self.version))
        })
    }

    /// Installs beside the right place and moves there at the end, so that an install which is
    /// stopped half-way leaves nothing that looks whole.
    fn install(&self, home: &Path) -> Outcome<()> {
        let Tool {
            package,
            version,
            patience,
            ..
        } = self;
        say::step(&format!(
            "Installing {package} {version} (once per machine, {patience})"
        ));
        let by_hand = format!(
            "see that crates.io is in reach and a C compiler is there, or install it yourself: \
             cargo install {package} --version {version}"
        );
        let failed = |error: std::io::Error| {
            Failure::new(
                format!("cannot write {}: {error}", home.display()),
                &by_hand,
            )
        };
        let mut beside = home.as_os_str().to_owned();
        beside.push(format!(".part-{}", std::process::id()));
        let beside = PathBuf::from(beside);
        fs::create_dir_all(&beside).map_err(failed)?;
        let installed = process::finish(
            process::cargo()
                .args(["install", package, "--version", version])
                .args(self.flags)
                .arg("--root")
                .arg(&beside)
                .env("CARGO_TARGET_DIR", beside.join("build")),
            &by_hand,
        );
        if let Err(failure) = installed {
            // What is left over is only in the way; the failure itself is what matters.
            let _ = fs::remove_dir_all(&beside);
            return Err(failure);
        }
        fs::remove_dir_all(beside.join("build")).map_err(failed)?;
        // An old install of this very version that no longer answers makes room.
        if home.exists() && !self.is_in(&home.join("bin")) {
            fs::remove_dir_all(home).map_err(failed)?;
        }
        match fs::rename(&beside, home) {
            // Somebody else has just installed the same.
            Err(_) if self.is_in(&home.join("bin")) => fs::remove_dir_all(&beside).map_err(failed),
            moved => moved.map_err(failed),
        }
    }
}

/// The folder of the tools of this user, outside every checkout.
pub fn cache() -> Outcome<PathBuf> {
    let set = |name| {
        env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    set("XDG_CACHE_HOME")
        .or_else(|| Some(set("HOME").or_else(|| set("USERPROFILE"))?.join(".cache")))
        .map(|cache| cache.join("election-voter").join("tools"))
        .ok_or_else(|| {
            Failure::new(
                "there is no place for the tools",
                "set HOME or XDG_CACHE_HOME to a folder that you may write to",
            )
        })
}

/// The standard library for wasm, from rustup or however this machine got its compiler.
pub fn wasm_target() -> Outcome<()> {
    if has_wasm_target() {
        return Ok(());
    }
    say::step("Adding Rust's wasm target (once per machine, some seconds)");
    process::finish(
        process::program("rustup").args(["target", "add", WASM_TARGET]),
        "install Rust with rustup (https://rustup.rs), or the wasm target in your system's own way",
    )
}

fn has_wasm_target() -> bool {
    let question = ["--print", "target-libdir", "--target", WASM_TARGET];
    process::answer(process::program("rustc").args(question))
        .and_then(|folder| fs::read_dir(folder).ok())
        .is_some_and(|mut files| {
            files.any(|file| {
                file.is_ok_and(|file| file.file_name().to_string_lossy().starts_with("libstd-"))
            })
        })
}
