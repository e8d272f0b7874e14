//! Running the built program, bounded in time, and never leaving one behind.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread::{self, JoinHandle, sleep};
use std::time::{Duration, Instant};

use serde_json::Value;

/// Nothing in these tests takes a tenth of this on a quiet machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// What a run left.
#[derive(Debug)]
pub struct Finished {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Finished {
    /// The one JSON document of a run that went well.
    #[track_caller]
    pub fn json(&self) -> Value {
        assert_eq!(self.code, Some(0), "{}", self.stderr);
        serde_json::from_str(&self.stdout).unwrap()
    }

    /// Checks that the run failed with that exit code, wrote nothing to standard output, and said
    /// all of `words`.
    #[track_caller]
    pub fn refused(&self, code: i32, words: &[&str]) {
        assert_eq!(
            (self.code, self.stdout.as_str()),
            (Some(code), ""),
            "{}",
            self.stderr
        );
        for word in words {
            assert!(
                self.stderr.contains(word),
                "`{word}` is missing from: {}",
                self.stderr
            );
        }
    }
}

/// A running program, killed on drop.
pub struct Running {
    child: Child,
    lines: Receiver<String>,
    stderr: Option<JoinHandle<String>>,
}

impl Running {
    pub fn start(arguments: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_election-peer"))
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (stdout, mut stderr) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        let (sender, lines) = channel();
        thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        let stderr = thread::spawn(move || {
            let mut text = String::new();
            let _ = stderr.read_to_string(&mut text);
            text
        });
        Self {
            child,
            lines,
            stderr: Some(stderr),
        }
    }

    /// The next line of its standard output, as JSON: what `--json` prints while it stays up.
    #[track_caller]
    pub fn json_line(&self) -> Value {
        let line = self.lines.recv_timeout(PATIENCE).expect("a line of JSON");
        serde_json::from_str(&line).unwrap()
    }

    /// Asks it to end, as Ctrl-C would.
    pub fn terminate(&self) {
        // The shell's own `kill`: not every machine has a program of that name.
        let kill = format!("kill -TERM {}", self.child.id());
        let kill = Command::new("sh").args(["-c", &kill]).status().unwrap();
        assert!(kill.success());
    }

    /// Kills it on the spot.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Whether it has ended by itself.
    pub fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// Waits for its end.
    #[track_caller]
    pub fn finish(mut self) -> Finished {
        let limit = Instant::now() + PATIENCE;
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(Instant::now() < limit, "the program did not end");
            sleep(Duration::from_millis(10));
        };
        let stdout = self.lines.iter().map(|line| line + "\n").collect();
        let stderr = self.stderr.take().unwrap().join().unwrap();
        Finished {
            code: status.code(),
            stdout,
            stderr,
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs it to its end.
#[track_caller]
pub fn run(arguments: &[&str]) -> Finished {
    Running::start(arguments).finish()
}

/// A poll that a running program holds.
pub struct Poll {
    pub id: String,
    pub link: String,
    pub chair_link: String,
    /// One for each precinct, if precincts have names.
    pub precinct_links: Vec<String>,
    pub maker: Running,
}

impl Poll {
    /// `new --stay` with the options `Tea`, `Coffee` and `Water`.
    #[track_caller]
    pub fn start(relay: &str, more: &[&str]) -> Self {
        let mut arguments = vec![
            "new",
            "--json",
            "--stay",
            "--relay",
            relay,
            "--title",
            "What to drink?",
        ];
        arguments.extend(["--option", "Tea", "--option", "Coffee", "--option", "Water"]);
        arguments.extend(more);
        let maker = Running::start(&arguments);
        let made = maker.json_line();
        let field = |name: &str| made[name].as_str().unwrap().to_owned();
        let precincts = made["precinct_links"].as_array();
        let precincts = precincts.into_iter().flatten();
        Self {
            id: field("poll"),
            link: field("link"),
            chair_link: field("chair_link"),
            precinct_links: precincts
                .map(|precinct| precinct["link"].as_str().unwrap().to_owned())
                .collect(),
            maker,
        }
    }

    /// Starts `vote`. A newcomer may lose ten seconds to replicas that leave while it asks them, so
    /// it is patient.
    #[track_caller]
    pub fn start_vote(&self, choice: &str, more: &[&str]) -> Running {
        let vote = [
            "vote", &self.link, "--json", "--settle", "200ms", "--wait", "1m", "--choice", choice,
        ];
        Running::start(&[&vote, more].concat())
    }

    /// `vote` to its end.
    #[track_caller]
    pub fn vote(&self, choice: &str, more: &[&str]) -> Finished {
        self.start_vote(choice, more).finish()
    }

    /// `tally`, as JSON.
    #[track_caller]
    pub fn tally(&self) -> Value {
        run(&[
            "tally", &self.link, "--json", "--settle", "300ms", "--wait", "1m",
        ])
        .json()
    }

    /// The counts of a tally, and then its ballots, counted, revoked and spoiled.
    #[track_caller]
    pub fn counts(&self) -> (Vec<u64>, [u64; 4]) {
        let tally = self.tally();
        let counts = tally["options"]
            .as_array()
            .unwrap()
            .iter()
            .map(|option| option["count"].as_u64().unwrap());
        let sums =
            ["ballots", "counted", "revoked", "spoiled"].map(|name| tally[name].as_u64().unwrap());
        (counts.collect(), sums)
    }

    /// `ballots`, as JSON.
    #[track_caller]
    pub fn ballots(&self) -> Vec<Value> {
        let listed = run(&[
            "ballots", &self.link, "--json", "--settle", "300ms", "--wait", "1m",
        ])
        .json();
        listed.as_array().unwrap().clone()
    }
}

/// The names of an object's fields, sorted.
#[track_caller]
pub fn fields(value: &Value) -> Vec<&str> {
    let mut names: Vec<_> = value
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    names.sort_unstable();
    names
}

/// Checks that a field is an id: 64 hexadecimal digits.
#[track_caller]
pub fn id_of(value: &Value) -> &str {
    let id = value.as_str().unwrap();
    assert!(
        id.len() == 64 && id.bytes().all(|b| b.is_ascii_hexdigit()),
        "{id}"
    );
    id
}
