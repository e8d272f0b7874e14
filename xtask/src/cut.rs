//! The page's program, cut where web/src/views/cut.rs says: before wasm-bindgen sees it, since what
//! that makes of a program can no longer be cut. What is not needed at first comes into files of
//! its own, which the page fetches when it wants them.

use crate::failure::{Failure, Outcome};
use crate::likeness;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use wasm_split_cli_support::{Options, transform};

/// The module from which the cut program imports what fetches its pieces. It never becomes a file:
/// [`weave`] puts it where it is imported.
const LOADER: &str = "./loader.js";

/// The rest of the program, in a folder that holds nothing else than it and its pieces.
const MAIN: &str = "main.wasm";

/// How the names of pieces end.
pub const EXTENSION: &str = ".piece.wasm";

/// Cuts a program as the compiler has linked it, into this folder. Gives the file of what is left
/// for wasm-bindgen.
pub fn cut(linked: &Path, folder: &Path) -> Outcome<PathBuf> {
    let wasm = fs::read(linked).map_err(|error| unreadable(linked, error))?;
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(|error| unreadable(folder, error))?;
    }
    let main = folder.join(MAIN);
    let mut options = Options::new(&wasm);
    options.output_dir = folder;
    options.main_out_path = &main;
    options.link_name = LOADER;
    transform(options).map_err(|error| {
        let says = format!("{} cannot be cut into pieces: {error:#}", linked.display());
        Failure::new(says, BY_HAND)
    })?;
    Ok(main)
}

const BY_HAND: &str = "`trunk build --release` builds the page in one piece";

fn unreadable(path: &Path, error: std::io::Error) -> Failure {
    Failure::new(
        format!("cannot work on {}: {error}", path.display()),
        "see that the disk is not full and the folder is yours, then build again",
    )
}

/// Finishes what wasm-bindgen has made: gives each piece a name that says what it holds, as all of
/// the page's files have, and puts the loader into the page's JavaScript.
pub fn weave(folder: &Path, script: &Path) -> Outcome<()> {
    let loader_file = folder.join(LOADER);
    let mut loader =
        fs::read_to_string(&loader_file).map_err(|error| unreadable(&loader_file, error))?;
    for (name, piece) in pieces(folder)? {
        let path = folder.join(&name);
        let piece = likeness::in_order(&piece)
            .map_err(|error| Failure::new(format!("{name} is not understood: {error}"), BY_HAND))?;
        let named = named(&name, &piece);
        let renamed = loader.replace(&format!("\"./{name}\""), &format!("\"./{named}\""));
        if renamed == loader {
            let says = format!("nothing fetches {name}");
            return Err(Failure::new(says, BY_HAND));
        }
        loader = renamed;
        fs::write(folder.join(&named), piece)
            .and_then(|()| fs::remove_file(&path))
            .map_err(|error| unreadable(&path, error))?;
    }
    let page = fs::read_to_string(script).map_err(|error| unreadable(script, error))?;
    let woven = woven(&page, &loader).ok_or_else(|| {
        Failure::new(
            format!("{} does not import its pieces' loader", script.display()),
            BY_HAND,
        )
    })?;
    fs::write(script, woven).map_err(|error| unreadable(script, error))?;
    for done in [loader_file, folder.join(MAIN)] {
        fs::remove_file(&done).map_err(|error| unreadable(&done, error))?;
    }
    Ok(())
}

/// The pieces in the folder, by the names of their files.
pub fn pieces(folder: &Path) -> Outcome<BTreeMap<String, Vec<u8>>> {
    let mut pieces = BTreeMap::new();
    for entry in fs::read_dir(folder).map_err(|error| unreadable(folder, error))? {
        let path = entry.map_err(|error| unreadable(folder, error))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if path.extension() == Some(OsStr::new("wasm")) && name != MAIN {
            let piece = fs::read(&path).map_err(|error| unreadable(&path, error))?;
            pieces.insert(name.into_owned(), piece);
        }
    }
    Ok(pieces)
}

/// `split_log.wasm` under its final name: `log-0123456789abcdef.piece.wasm`.
fn named(name: &str, holds: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    holds.hash(&mut hasher);
    let stem = name.trim_end_matches(".wasm").trim_start_matches("split_");
    format!("{stem}-{:016x}{EXTENSION}", hasher.finish())
}

/// The page's JavaScript with the loader where it was imported: it is, once for each piece.
fn woven(page: &str, loader: &str) -> Option<String> {
    let exports: Vec<&str> = loader
        .lines()
        .filter_map(|line| line.strip_prefix("export const ")?.split(' ').next())
        .collect();
    // What it asks the page's JavaScript for is here.
    let loader: Vec<&str> = loader
        .lines()
        .filter(|line| !line.starts_with("import "))
        .map(|line| line.strip_prefix("export ").unwrap_or(line))
        .collect();
    let (loader, exports) = (loader.join("\n"), exports.join(", "));
    let mut here = format!("(() => {{\n{loader}\nreturn {{ {exports} }};\n}})()");
    let (mut woven, mut found) = (String::new(), false);
    for line in page.lines() {
        let import = line.strip_prefix("import * as ");
        match import.filter(|import| import.contains(LOADER)) {
            Some(import) => {
                let name = import.split(' ').next()?;
                woven += &format!("const {name} = {here};\n");
                name.clone_into(&mut here);
                found = true;
            }
            None => {
                woven += line;
                woven.push('\n');
            }
        }
    }
    found.then_some(woven)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_loader_comes_to_stand_where_it_was_imported() {
        let page = "import * as import1 from \"./loader.js\"\n\
            import * as import2 from \"./loader.js\"\n\nlet wasm;\nexport { initSync };\n";
        let loader = "import { initSync } from \"./main.js\";\n\nlet shared = undefined;\n\
            export const one = wrap(\"./a.wasm\");\nexport const two = wrap();\n";
        assert_eq!(
            woven(page, loader).unwrap(),
            "const import1 = (() => {\n\nlet shared = undefined;\n\
             const one = wrap(\"./a.wasm\");\nconst two = wrap();\n\
             return { one, two };\n})();\nconst import2 = import1;\n\
             \nlet wasm;\nexport { initSync };\n"
        );
        assert_eq!(woven("let wasm;", loader), None);
    }

    #[test]
    fn a_part_is_called_by_what_it_holds() {
        let name = named("split_log.wasm", b"one");
        assert!(
            name.starts_with("log-") && name.ends_with(EXTENSION),
            "{name}"
        );
        assert_ne!(name, named("split_log.wasm", b"another"));
        assert!(named("chunk_3.wasm", b"one").starts_with("chunk_3-"));
    }
}
