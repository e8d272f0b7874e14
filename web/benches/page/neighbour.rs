//! y-websocket with its own server, on the same work: ten tabs whose votes are entries of a shared
//! map.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// The running server, which serves the tabs' page as well.
pub struct Neighbour {
    child: Child,
    origin: String,
}

impl Neighbour {
    /// Starts it with what `cargo xtask bench page` hands in; `None` where there is no Node.js.
    pub fn start() -> Option<Self> {
        let packages = std::env::var_os("ELECTION_NEIGHBOUR").filter(|path| !path.is_empty())?;
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/neighbour/server.cjs");
        let child = Command::new("node")
            .arg(program)
            .arg(packages)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        // Whatever goes wrong from here on, it is stopped.
        let mut neighbour = Self {
            child,
            origin: String::new(),
        };
        let mut line = String::new();
        BufReader::new(neighbour.child.stdout.take()?)
            .read_line(&mut line)
            .unwrap();
        line.trim()
            .strip_prefix("ready: ")
            .unwrap()
            .clone_into(&mut neighbour.origin);
        Some(neighbour)
    }

    /// Where its page is.
    pub fn origin(&self) -> &str {
        &self.origin
    }
}

impl Drop for Neighbour {
    fn drop(&mut self) {
        // It is not needed any more, whichever way it ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
