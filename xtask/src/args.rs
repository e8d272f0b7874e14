//! The command line, parsed by hand: a few commands with one option each need no library.

/// What `cargo xtask --help` prints.
pub const HELP: &str = "\
Election Voter: set up, run, test and measure.

Usage: cargo xtask <command>

  run [--port N]       set up, build the page and the relay, serve both on 127.0.0.1:N (default
                       8080; 0 takes a free port) and print one line `ready: http://...`
  dev [--port N]       relay and page together, rebuilt and reloaded on every change
  test [--only NAME] [--long]
                       set up and run every check and every test, or one of: format, clippy,
                       clippy-wasm, docs, native, wasm, page, browser; each sets up only what
                       it needs. Tests that draw a sample (rounds in which tabs vote at once,
                       seeds, generated polls) draw a small one; with --long all of it, which
                       takes an hour or two. `ELECTION_LONG=1 cargo test ...` does it to one test
  bench core|sim|relay|page
                       measure the replica, how it spreads among many, what slow readers cost
                       the relay, or the page
  swarm [--seeds N]    run N fresh seeds of the simulator's swarm (default 1000) from a start that it
                       prints, and end with an error if one finds a violation
  vectors              write docs/vectors anew, after a change of the protocol

  internal
  dress                called by Trunk after a build: service worker and compressed copies

Tools that are missing are installed into a cache per user, outside the checkout. The browser for
the tests comes from PATH or apt; CHROME and CHROMEDRIVER name another. So do the proxies that the
relay is tried behind; NGINX and CADDY name others.";

/// The port that `run` and `dev` serve on unless told otherwise.
pub const DEFAULT_PORT: u16 = 8080;

/// How many seeds `swarm` runs unless told otherwise: some minutes.
pub const DEFAULT_SEEDS: u64 = 1_000;
/// The most that the simulator takes at once.
const MOST_SEEDS: u64 = 1_000_000;

/// One command with its options.
#[derive(Debug, PartialEq, Eq)]
pub enum Command {
    /// Print the help.
    Help,
    /// Serve the built page and the relay on this port.
    Run { port: u16 },
    /// Serve the page on this port with live reload, beside a relay.
    Dev { port: u16 },
    /// Run every check, or the named one only.
    Test {
        /// That one.
        only: Option<String>,
        /// Whether tests that usually draw a sample run in full.
        long: bool,
    },
    /// Measure.
    Bench { subject: Subject },
    /// Run so many fresh seeds of the swarm.
    Swarm { seeds: u64 },
    /// Write the test vectors.
    Vectors,
    /// Finish Trunk's output.
    Dress,
}

/// What `bench` measures.
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
pub enum Subject {
    /// The replica.
    Core,
    /// The simulator.
    Sim,
    /// The relay.
    Relay,
    /// The page.
    Page,
}

/// Reads the words after `cargo xtask`; the error is one sentence for the person.
pub fn parse(words: impl IntoIterator<Item = String>) -> Result<Command, String> {
    let words: Vec<String> = words.into_iter().collect();
    let Some((name, rest)) = words.split_first() else {
        return Ok(Command::Help);
    };
    if rest.iter().any(|word| word == "--help" || word == "-h") {
        return Ok(Command::Help);
    }
    match name.as_str() {
        "help" | "--help" | "-h" => Ok(Command::Help),
        "run" => Ok(Command::Run { port: port(rest)? }),
        "dev" => Ok(Command::Dev { port: port(rest)? }),
        "test" => {
            let (long, rest) = flag(rest, "--long");
            Ok(Command::Test {
                only: option(&rest, "--only")?,
                long,
            })
        }
        "bench" => Ok(Command::Bench {
            subject: subject(rest)?,
        }),
        "swarm" => Ok(Command::Swarm {
            seeds: seeds(rest)?,
        }),
        "vectors" => no_more(rest).map(|()| Command::Vectors),
        "dress" => no_more(rest).map(|()| Command::Dress),
        other => Err(format!("there is no command `{other}`")),
    }
}

fn port(words: &[String]) -> Result<u16, String> {
    match option(words, "--port")? {
        None => Ok(DEFAULT_PORT),
        Some(text) => text
            .parse()
            .map_err(|_| format!("a port is a number from 0 to 65535, not `{text}`")),
    }
}

fn seeds(words: &[String]) -> Result<u64, String> {
    match option(words, "--seeds")? {
        None => Ok(DEFAULT_SEEDS),
        Some(text) => match text.parse() {
            Ok(seeds) if (1..=MOST_SEEDS).contains(&seeds) => Ok(seeds),
            _ => Err(format!(
                "seeds are a number from 1 to {MOST_SEEDS}, not `{text}`"
            )),
        },
    }
}

fn subject(words: &[String]) -> Result<Subject, String> {
    let [name] = words else {
        return Err("`bench` takes one word: core, sim, relay or page".to_owned());
    };
    match name.as_str() {
        "core" => Ok(Subject::Core),
        "sim" => Ok(Subject::Sim),
        "relay" => Ok(Subject::Relay),
        "page" => Ok(Subject::Page),
        other => Err(format!(
            "`bench` measures core, sim, relay or page, not `{other}`"
        )),
    }
}

/// Whether that word is among them, and the others. Said twice it is one word too many.
fn flag(words: &[String], name: &str) -> (bool, Vec<String>) {
    let mut others = words.to_vec();
    let said = others.iter().position(|word| word == name);
    if let Some(place) = said {
        others.remove(place);
    }
    (said.is_some(), others)
}

/// The value of the one option that a command has, as `--name value` or `--name=value`.
fn option(words: &[String], name: &str) -> Result<Option<String>, String> {
    let Some((first, rest)) = words.split_first() else {
        return Ok(None);
    };
    if let Some(value) = first
        .strip_prefix(name)
        .and_then(|tail| tail.strip_prefix('='))
    {
        return no_more(rest).map(|()| Some(value.to_owned()));
    }
    if first != name {
        return Err(format!("`{first}` is not known here; the option is {name}"));
    }
    let Some((value, rest)) = rest.split_first() else {
        return Err(format!("{name} needs a value"));
    };
    no_more(rest).map(|()| Some(value.clone()))
}

fn no_more(words: &[String]) -> Result<(), String> {
    match words.first() {
        None => Ok(()),
        Some(word) => Err(format!("`{word}` is one word too many")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Command, String> {
        parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn a_port_may_be_given_in_two_ways() {
        assert_eq!(parsed("run"), Ok(Command::Run { port: DEFAULT_PORT }));
        assert_eq!(parsed("run --port 9000"), Ok(Command::Run { port: 9000 }));
        assert_eq!(parsed("dev --port=9000"), Ok(Command::Dev { port: 9000 }));
    }

    #[test]
    fn the_swarm_runs_as_many_seeds_as_it_is_told() {
        let seeds = DEFAULT_SEEDS;
        assert_eq!(parsed("swarm"), Ok(Command::Swarm { seeds }));
        let seeds = 100_000;
        assert_eq!(parsed("swarm --seeds=100000"), Ok(Command::Swarm { seeds }));
    }

    #[test]
    fn help_is_never_an_error() {
        for line in ["", "help", "--help", "run --help", "bench -h"] {
            assert_eq!(parsed(line), Ok(Command::Help), "{line}");
        }
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for line in [
            "fly",
            "run --port",
            "run --port 65536",
            "run --port -1",
            "run --prot 80",
            "run --port 80 81",
            "test --only",
            "test --long --long",
            "test --only --long",
            "bench",
            "bench moon",
            "bench core page",
            "dress up",
            "swarm 5",
            "swarm --seeds 0",
            "swarm --seeds many",
        ] {
            assert!(parsed(line).is_err(), "{line}");
        }
    }

    #[test]
    fn one_step_of_the_tests_may_be_named_and_all_may_be_long() {
        let test = |only: Option<&str>, long| {
            let only = only.map(str::to_owned);
            Ok(Command::Test { only, long })
        };
        assert_eq!(parsed("test"), test(None, false));
        assert_eq!(parsed("test --long"), test(None, true));
        assert_eq!(parsed("test --only native"), test(Some("native"), false));
        for both in ["test --only=native --long", "test --long --only native"] {
            assert_eq!(parsed(both), test(Some("native"), true), "{both}");
        }
    }
}
