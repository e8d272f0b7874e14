//! Trunk calls the tools of a build by their names, and cannot be told to call them otherwise. So
//! it is given a PATH on which this very program comes first, under the names of those tools. It
//! does what the tool is called for, and more: cargo makes the page a standard library of its own,
//! wasm-bindgen gets a program from which pieces were cut, and what it has made is put in an order
//! that compresses well.

use crate::failure::{Failure, Outcome};
use crate::tools::Tools;
use crate::{cut, likeness, own_std, process, workspace};
use std::env;
use std::env::consts::EXE_SUFFIX;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

/// A tool that is stood in for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tool {
    Cargo,
    WasmBindgen,
}

impl Tool {
    const ALL: [Self; 2] = [Self::Cargo, Self::WasmBindgen];

    fn name(self) -> &'static str {
        match self {
            Self::Cargo => "cargo",
            Self::WasmBindgen => "wasm-bindgen",
        }
    }

    /// Where its stand-in learns of the tool itself.
    fn variable(self) -> &'static str {
        match self {
            Self::Cargo => "ELECTION_CARGO",
            Self::WasmBindgen => "ELECTION_WASM_BINDGEN",
        }
    }

    /// The tool as which this program was started.
    fn called() -> Option<Self> {
        let here = env::current_exe().ok()?;
        let name = here.file_stem()?;
        Self::ALL.into_iter().find(|tool| name == tool.name())
    }
}

/// Where a build of a page that was cut has its pieces, until they are laid beside the rest.
pub const PIECES: &str = "ELECTION_PIECES";

/// Puts the stand-ins before everything else on the PATH of Trunk, for a build of that name.
pub fn set(trunk: &mut Command, tools: &Tools, build: &str) -> Outcome<()> {
    let folder = workspace::build_folder()?.join("stand-ins");
    for tool in Tool::ALL {
        let name = folder.join(format!("{}{EXE_SUFFIX}", tool.name()));
        lay(&name).map_err(|error| cannot_write(&name, error))?;
    }
    trunk
        .env(
            PIECES,
            workspace::build_folder()?.join("pieces").join(build),
        )
        .env(Tool::Cargo.variable(), process::cargo().get_program())
        .env(Tool::WasmBindgen.variable(), tools.wasm_bindgen());
    let folders: Vec<PathBuf> = [folder].iter().chain(tools.folders()).cloned().collect();
    trunk.env("PATH", process::path_with(&folders)?);
    Ok(())
}

/// This program's file. On Linux it can be read for as long as the program runs, also when a build,
/// such as the tests', has put another one in its place since; it has no path then.
fn this_program() -> io::Result<PathBuf> {
    if cfg!(target_os = "linux") {
        return Ok(PathBuf::from("/proc/self/exe"));
    }
    env::current_exe()
}

/// This program under another name. It may be in use there: it is put in place whole.
fn lay(name: &Path) -> io::Result<()> {
    let here = this_program()?;
    fs::create_dir_all(name.parent().unwrap_or(name))?;
    let beside = name.with_extension(format!("part-{}", std::process::id()));
    fs::copy(here, &beside)?;
    fs::rename(beside, name)
}

/// Does a tool's work if this program was called by a tool's name. `None` if it was called by its
/// own, or as `cargo xtask`, which it is.
pub fn work(arguments: &[OsString]) -> Option<Outcome<ExitCode>> {
    let tool = Tool::called()?;
    let arguments = arguments.get(1..).unwrap_or_default();
    let first = arguments.first().map(OsString::as_os_str);
    if tool == Tool::Cargo && first == Some("xtask".as_ref()) {
        return None;
    }
    Some(work_as(tool, arguments))
}

fn work_as(tool: Tool, arguments: &[OsString]) -> Outcome<ExitCode> {
    let missing = || {
        Failure::new(
            format!("{} is not set", tool.variable()),
            "this is a part of `cargo xtask`, which sets it",
        )
    };
    let mut command = process::program(env::var_os(tool.variable()).ok_or_else(missing)?);
    command.stdout(Stdio::inherit());
    // Where Trunk has it run.
    if let Ok(folder) = env::current_dir() {
        command.current_dir(folder);
    }
    let program = made(arguments).filter(|_| tool == Tool::WasmBindgen);
    let pieces = env::var_os(PIECES).map(PathBuf::from);
    let pieces = pieces.filter(|_| program.is_some());
    let mut arguments = arguments.to_vec();
    if let Some(pieces) = &pieces {
        for linked in arguments.iter_mut().filter(|argument| is_wasm(argument)) {
            *linked = cut::cut(Path::new(&*linked), pieces)?.into();
        }
        // Among them the table of functions, by which the pieces and the rest call each other.
        arguments.push("--keep-lld-exports".into());
    }
    let is_build = arguments.first().is_some_and(|first| first == "build");
    if tool == Tool::Cargo && is_build {
        can_be_cut(&mut command);
        if own_std::ready().is_ok() {
            own_std::set(&mut command);
        }
    }
    let status = command.args(arguments).status().map_err(|error| {
        let line = process::line(&command);
        Failure::new(format!("cannot start `{line}`: {error}"), "try it by hand")
    })?;
    if !status.success() {
        return Ok(ExitCode::FAILURE);
    }
    if let Some(program) = program {
        put_in_order(&program)?;
        if let Some(pieces) = pieces {
            cut::weave(&pieces, &script(&program))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn is_wasm(argument: &OsString) -> bool {
    Path::new(argument).extension() == Some("wasm".as_ref())
}

/// Has cargo leave in the linked program what tells where it can be cut. Nothing of it comes to be
/// in the page.
fn can_be_cut(cargo: &mut Command) {
    cargo
        // Which cargo would take instead of any other.
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .env(
            "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS",
            "-Clink-arg=--emit-relocs",
        )
        .env("CARGO_PROFILE_PAGE_STRIP", "debuginfo");
}

fn put_in_order(program: &Path) -> Outcome<()> {
    let by_hand = "build again; should that not help, `trunk build --release` builds a larger page without this step";
    let wasm = fs::read(program).map_err(|error| {
        Failure::new(
            format!("cannot read {}: {error}", program.display()),
            by_hand,
        )
    })?;
    let wasm = likeness::in_order(&wasm).map_err(|error| {
        Failure::new(
            format!("{} is not understood: {error}", program.display()),
            by_hand,
        )
    })?;
    fs::write(program, wasm).map_err(|error| cannot_write(program, error))
}

/// The program that wasm-bindgen makes when it is called like this.
fn made(arguments: &[OsString]) -> Option<PathBuf> {
    let option = |name: &str| {
        let texts = arguments.iter().filter_map(|argument| argument.to_str());
        texts.filter_map(|text| text.strip_prefix(name)).next()
    };
    let name = format!("{}_bg.wasm", option("--out-name=")?);
    Some(Path::new(option("--out-dir=")?).join(name))
}

/// The JavaScript that wasm-bindgen makes beside a program.
fn script(program: &Path) -> PathBuf {
    let name = program.file_name().unwrap_or_default().to_string_lossy();
    program.with_file_name(name.replace("_bg.wasm", ".js"))
}

fn cannot_write(path: &Path, error: io::Error) -> Failure {
    Failure::new(
        format!("cannot write {}: {error}", path.display()),
        "see that the disk is not full and the folder is yours, then build again",
    )
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_wasm_bindgen_makes_is_found_in_how_trunk_calls_it() {
        let called = |line: &str| {
            let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            made(&words)
        };
        let line = "--target=web --out-dir=/a/b --out-name=page /c/page.wasm --no-typescript";
        assert_eq!(called(line), Some(PathBuf::from("/a/b/page_bg.wasm")));
        assert_eq!(called("--version"), None);
    }

    #[cfg(target_os = "linux")]
    /// Where `a_program_is_laid_whose_file_is_gone` has a copy of these tests lay itself.
    const LAID: &str = "ELECTION_TEST_LAID";

    #[test]
    #[cfg(target_os = "linux")]
    fn a_program_is_laid_whose_file_is_gone() {
        if let Some(laid) = env::var_os(LAID) {
            fs::remove_file(env::current_exe().unwrap()).unwrap();
            lay(Path::new(&laid)).unwrap();
            return;
        }
        let folder = env::temp_dir().join(format!("election-laid-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let (copy, laid) = (folder.join("tests"), folder.join("cargo"));
        fs::copy(env::current_exe().unwrap(), &copy).unwrap();
        let mut tests = Command::new(&copy);
        tests
            .arg("a_program_is_laid_whose_file_is_gone")
            .env(LAID, &laid);
        assert!(tests.output().unwrap().status.success());
        assert!(laid.is_file());
        fs::remove_dir_all(folder).unwrap();
    }
}
