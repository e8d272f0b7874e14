//! The real relay, serving the built page.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::environment;

/// How long a relay may take to start, the port of its predecessor being freed included.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running relay, or one that was stopped and keeps its port.
pub struct Relay {
    child: Option<Child>,
    origin: String,
    flags: &'static [&'static str],
    /// Which variable names the page that it serves.
    dist: &'static str,
}

impl Relay {
    /// Starts one on a free port.
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// Starts one with further flags.
    pub fn start_with(flags: &'static [&'static str]) -> Self {
        let dist = "ELECTION_DIST";
        let started = start("127.0.0.1:0", flags, dist);
        let (child, origin) = started.unwrap_or_else(|error| panic!("{error}"));
        Self {
            child: Some(child),
            origin,
            flags,
            dist,
        }
    }

    /// Where the page is, such as `http://127.0.0.1:40123`.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Kills it: nobody gets a close, as when a machine fails.
    pub fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().expect("a relay that runs can be killed");
            child.wait().expect("a killed relay ends");
        }
    }

    /// Serves the page with the store's next layout when it is started again, or the page itself.
    pub fn serve_next(&mut self, next: bool) {
        self.dist = match next {
            true => "ELECTION_NEXT_DIST",
            false => "ELECTION_DIST",
        };
    }

    /// Starts it again on the same port.
    pub fn start_again(&mut self) {
        assert!(self.child.is_none(), "the relay runs");
        let address = self
            .origin
            .strip_prefix("http://")
            .expect("the origin is the relay's own");
        let deadline = Instant::now() + PATIENCE;
        loop {
            match start(address, self.flags, self.dist) {
                Ok((child, _)) => break self.child = Some(child),
                // Whatever has the port for the moment lets go of it.
                Err(error) => assert!(Instant::now() < deadline, "{error}"),
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.stop();
    }
}

fn start(listen: &str, flags: &[&str], dist: &str) -> Result<(Child, String), String> {
    let mut child = Command::new(environment::path("ELECTION_RELAY"))
        .args(["--listen", listen])
        .args(flags)
        .arg("--dist")
        .arg(environment::path(dist))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| format!("the relay does not start: {error}"))?;
    let mut line = String::new();
    if let Some(output) = child.stdout.take() {
        // An error leaves the line empty.
        let _ = BufReader::new(output).read_line(&mut line);
    }
    match line.trim().strip_prefix("ready: ") {
        Some(origin) => Ok((child, origin.to_owned())),
        None => {
            let _ = child.kill();
            let _ = child.wait();
            Err(format!(
                "the relay does not listen on {listen}: it said {line:?}"
            ))
        }
    }
}
