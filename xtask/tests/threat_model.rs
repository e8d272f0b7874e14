//! Every test that docs/threat-model.md names is there.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};

/// All Rust of a folder.
fn rust_in(folder: &Path) -> String {
    let mut text = String::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            text += &rust_in(&path);
        } else if path.extension().is_some_and(|name| name == "rs") {
            text += &fs::read_to_string(&path).unwrap();
        }
    }
    text
}

#[test]
fn every_test_that_the_threat_model_names_is_there() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    let sources = ["core", "sim", "relay", "peer", "web"].map(|package| {
        let folders = ["src", "tests"].map(|folder| rust_in(&root.join(package).join(folder)));
        folders.concat()
    });
    let sources = sources.concat();
    let page = fs::read_to_string(root.join("docs/threat-model.md")).unwrap();
    // What stands between backticks and has the form of a test's name, with what follows it.
    let parts: Vec<&str> = page.split('`').skip(1).collect();
    let words = parts
        .chunks(2)
        .map(|pair| (pair[0], pair.get(1).copied().unwrap_or("")));
    let is_name = |(word, _): &(&str, &str)| {
        let is_letter = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit();
        word.matches('_').count() > 1 && word.chars().all(|c| c == '_' || is_letter(c))
    };
    let names: Vec<(&str, &str)> = words.filter(is_name).collect();
    assert!(names.len() > 20, "{names:?}");
    let is_missing = |(name, after): &(&str, &str)| {
        let test = format!("fn {name}()");
        match file_in_brackets(after) {
            Some(file) => !fs::read_to_string(root.join(file)).unwrap().contains(&test),
            None => !sources.contains(&test),
        }
    };
    let missing: Vec<_> = names.into_iter().filter(is_missing).collect();
    assert!(missing.is_empty(), "no such tests: {missing:#?}");
}

/// The file that stands in brackets right after a name.
fn file_in_brackets(after: &str) -> Option<&str> {
    let end = after.find(')')?;
    let file = after[..end].strip_prefix(" (")?;
    file.ends_with(".rs").then_some(file)
}
