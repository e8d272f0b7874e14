//! What the page's live figures stand beside: y-websocket, from npm, in the cache outside the
//! checkout.

use crate::failure::{Failure, Outcome};
use crate::tools::cache;
use crate::{process, say};
use std::fs;
use std::path::PathBuf;

/// To the digit, so that figures of two machines are of the same thing.
const PACKAGES: &str = r#"{
  "private": true,
  "dependencies": { "esbuild": "0.28.2", "ws": "8.23.0", "y-websocket": "2.1.0", "yjs": "13.6.33" }
}
"#;

/// The folder that has it installed, or `None` on a machine without Node.js: then only our own
/// figures are printed.
pub fn ready() -> Outcome<Option<PathBuf>> {
    let (Some(_), Some(npm)) = (process::on_path("node"), process::on_path("npm")) else {
        say::step("No Node.js here: y-websocket is not measured beside the page");
        return Ok(None);
    };
    let home = cache()?.join("y-websocket-2.1.0");
    let packages = home.join("package.json");
    let installed = home.join("installed");
    let is_here = installed.exists()
        && fs::read_to_string(&packages).is_ok_and(|packages| packages == PACKAGES);
    if is_here {
        return Ok(Some(home));
    }
    let failed = |error: std::io::Error| {
        Failure::new(
            format!("cannot write {}: {error}", home.display()),
            "make room there, or make it yours",
        )
    };
    say::step("Installing y-websocket (once per machine, some seconds)");
    fs::create_dir_all(&home).map_err(failed)?;
    fs::write(&packages, PACKAGES).map_err(failed)?;
    process::finish(
        process::program(npm)
            .args(["install", "--no-audit", "--no-fund", "--loglevel=error"])
            .current_dir(&home),
        "see that npm's registry is in reach, or measure on a machine without Node.js",
    )?;
    fs::write(&installed, "").map_err(failed)?;
    Ok(Some(home))
}
