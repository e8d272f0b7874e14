//! What a build adds to Trunk's output. Trunk calls `cargo xtask post-build` as its `post_build` hook,
//! while the files are still in its staging folder. The service worker is written from its
//! template, with the list of all files; in a release build, compressed copies are laid beside the
//! files, for the relay to send as they are.

use crate::failure::{Failure, Outcome};
use crate::{cut, stand_in};
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Files below this many bytes stay uncompressed: there is nothing to gain.
const WORTH_COMPRESSING: usize = 1024;

/// What compresses well. Pictures and fonts come compressed.
const COMPRESSIBLE: [&str; 8] = [
    "wasm",
    "js",
    "css",
    "html",
    "svg",
    "webmanifest",
    "json",
    "txt",
];

const SERVICE_WORKER: &str = "sw.js";

/// How the names of the page's program and of its script begin.
const PROGRAM: &str = "election-web-";

/// Adds to the folder that Trunk names in the environment.
pub fn post_build() -> Outcome<()> {
    let folder = |name: &str| {
        env::var_os(name).map(PathBuf::from).ok_or_else(|| {
            Failure::new(
                format!("{name} is not set: `post-build` is a part of Trunk's build"),
                "run `trunk build`, which calls it",
            )
        })
    };
    let staging = folder("TRUNK_STAGING_DIR")?;
    let template = folder("TRUNK_SOURCE_DIR")?.join("web").join(SERVICE_WORKER);
    if let Some(pieces) = env::var_os(stand_in::PIECES) {
        for (name, piece) in cut::pieces(Path::new(&pieces))? {
            let path = staging.join(name);
            fs::write(&path, piece).map_err(|error| failed(&path, error))?;
        }
    }
    rename_program(&staging).map_err(|error| failed(&staging, error))?;
    let release = env::var("TRUNK_PROFILE").is_ok_and(|profile| profile == "release");
    finish_folder(&staging, &template, release).map_err(|error| failed(&staging, error))
}

fn failed(path: &Path, error: io::Error) -> Failure {
    Failure::new(
        format!("cannot finish the build in {}: {error}", path.display()),
        "see that the disk is not full and the folder is yours, then build again",
    )
}

/// Gives the program and its script names that say what they hold: Trunk has named them before
/// they were cut and put in order, and browsers keep for good what has such a name.
fn rename_program(staging: &Path) -> io::Result<()> {
    let index = staging.join("index.html");
    let mut page = fs::read_to_string(&index)?;
    for (name, bytes) in read_all(staging)? {
        let end = ["_bg.wasm", ".js"]
            .into_iter()
            .find(|end| name.ends_with(end));
        let Some(end) = end.filter(|_| name.starts_with(PROGRAM)) else {
            continue;
        };
        let named = format!("{PROGRAM}{}{end}", fingerprint(&bytes));
        page = page.replace(&name, &named);
        fs::rename(staging.join(&name), staging.join(&named))?;
    }
    fs::write(index, page)
}

fn finish_folder(staging: &Path, template: &Path, release: bool) -> io::Result<()> {
    let files = read_all(staging)?;
    let worker = service_worker(&fs::read_to_string(template)?, &files);
    fs::write(staging.join(SERVICE_WORKER), worker)?;
    if release {
        for (name, bytes) in read_all(staging)? {
            compress(&staging.join(name), &bytes)?;
        }
    }
    Ok(())
}

/// Every file below the folder, by its path with forward slashes.
fn read_all(folder: &Path) -> io::Result<BTreeMap<String, Vec<u8>>> {
    fn walk(folder: &Path, prefix: &str, files: &mut BTreeMap<String, Vec<u8>>) -> io::Result<()> {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            if entry.file_type()?.is_dir() {
                walk(&entry.path(), &format!("{name}/"), files)?;
            } else {
                files.insert(name, fs::read(entry.path())?);
            }
        }
        Ok(())
    }
    let mut files = BTreeMap::new();
    walk(folder, "", &mut files)?;
    Ok(files)
}

/// Names what is held, for caches. No security rests on it.
fn fingerprint(held: impl Hash) -> String {
    let mut hasher = DefaultHasher::new();
    held.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

/// The service worker of this build: the template with its two marks filled in.
fn service_worker(template: &str, files: &BTreeMap<String, Vec<u8>>) -> String {
    // The page is asked for as the folder, never by its file name.
    let list: Vec<String> = files
        .iter()
        .filter(|(name, _)| name.as_str() != SERVICE_WORKER)
        .map(|(name, bytes)| {
            let name = if name == "index.html" {
                "./".to_owned()
            } else {
                format!("./{name}")
            };
            format!("{name:?}: {:?}", sha256(bytes))
        })
        .collect();
    template
        .replace("__BUILD__", &fingerprint((template, files)))
        .replace("\"__FILES__\": \"\"", &list.join(", "))
}

fn sha256(bytes: &[u8]) -> String {
    let hash = Sha256::digest(bytes);
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Lays a Brotli and a gzip copy beside the file, if it is of a kind and size that gains by it.
fn compress(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let extension = path.extension().unwrap_or_default();
    let kind = COMPRESSIBLE
        .iter()
        .any(|compressible| extension == *compressible);
    if !kind || bytes.len() < WORTH_COMPRESSING {
        return Ok(());
    }
    let copy = |suffix: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        PathBuf::from(name)
    };
    fs::write(copy(".br"), brotli(bytes)?)?;
    fs::write(copy(".gz"), gzip(bytes)?)
}

fn brotli(mut bytes: &[u8]) -> io::Result<Vec<u8>> {
    let settings = brotli::enc::BrotliEncoderParams {
        quality: 11,
        lgwin: 22,
        size_hint: bytes.len(),
        ..Default::default()
    };
    let mut compressed = Vec::new();
    brotli::BrotliCompress(&mut bytes, &mut compressed, &settings)?;
    Ok(compressed)
}

fn gzip(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    encoder.finish()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::io::Read;

    const TEMPLATE: &str = "const CACHE = \"__BUILD__\"; const FILES = { \"__FILES__\": \"\" };";

    #[test]
    fn the_service_worker_names_every_file_but_itself() {
        let files = |page: &str| {
            BTreeMap::from([
                ("index.html".to_owned(), page.as_bytes().to_vec()),
                ("sw.js".to_owned(), Vec::new()),
                ("web-1.wasm".to_owned(), vec![1]),
            ])
        };
        let worker = service_worker(TEMPLATE, &files("one"));
        let page = sha256(b"one");
        let program = sha256(&[1]);
        assert!(
            worker.ends_with(&format!(
                "const FILES = {{ \"./\": \"{page}\", \"./web-1.wasm\": \"{program}\" }};"
            )),
            "{worker}"
        );
        assert!(!worker.contains("__"), "{worker}");
        assert_eq!(worker, service_worker(TEMPLATE, &files("one")));
        assert_ne!(worker, service_worker(TEMPLATE, &files("two")));
    }

    #[test]
    fn the_template_carries_both_marks() {
        let template = include_str!("../../web/sw.js");
        assert!(template.contains("__BUILD__") && template.contains("{ \"__FILES__\": \"\" }"));
    }

    #[test]
    fn the_program_is_named_by_what_it_holds() {
        let staging = env::temp_dir().join(format!("election-renamed-{}", std::process::id()));
        let named = |program: &str| {
            fs::create_dir_all(&staging).unwrap();
            let page = "<script src=/election-web-1.js> /election-web-1_bg.wasm";
            fs::write(staging.join("index.html"), page).unwrap();
            fs::write(staging.join("election-web-1.js"), "script").unwrap();
            fs::write(staging.join("election-web-1_bg.wasm"), program).unwrap();
            rename_program(&staging).unwrap();
            let files = read_all(&staging).unwrap();
            fs::remove_dir_all(&staging).unwrap();
            let page = String::from_utf8(files["index.html"].clone()).unwrap();
            let names: Vec<String> = files
                .into_keys()
                .filter(|name| name != "index.html")
                .collect();
            assert!(
                names.len() == 2 && names.iter().all(|name| page.contains(name)),
                "{page}"
            );
            names
        };
        let [one, other] = ["one", "another"].map(named);
        assert_eq!(one[0], other[0], "the script is the same");
        assert_ne!(one[1], other[1]);
    }

    #[test]
    fn a_release_build_gets_its_service_worker_and_compressed_copies() {
        let staging = env::temp_dir().join(format!("election-post-build-{}", std::process::id()));
        fs::create_dir_all(&staging).unwrap();
        let template = staging.with_extension("template");
        let wasm = b"\0asm".repeat(1000);
        fs::write(&template, TEMPLATE).unwrap();
        fs::write(staging.join("index.html"), "<p>small").unwrap();
        fs::write(staging.join("web-1.wasm"), &wasm).unwrap();
        finish_folder(&staging, &template, true).unwrap();
        let files = read_all(&staging).unwrap();
        fs::remove_dir_all(&staging).unwrap();
        fs::remove_file(&template).unwrap();

        let mut from_brotli = Vec::new();
        brotli::BrotliDecompress(&mut files["web-1.wasm.br"].as_slice(), &mut from_brotli).unwrap();
        let mut from_gzip = Vec::new();
        let mut decoder = flate2::read::GzDecoder::new(files["web-1.wasm.gz"].as_slice());
        decoder.read_to_end(&mut from_gzip).unwrap();
        assert_eq!((&from_brotli, &from_gzip), (&wasm, &wasm));
        assert!(
            !files.contains_key("index.html.br"),
            "too small to compress"
        );

        let worker = String::from_utf8_lossy(&files["sw.js"]);
        assert!(worker.contains("\"./web-1.wasm\""), "{worker}");
        assert!(!worker.contains(".br"), "{worker}");
    }
}
