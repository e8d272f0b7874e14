//! The command line.

use clap::{Parser, Subcommand, ValueEnum};

/// Election Voter: set up, run, test and measure.
///
/// Tools that are missing are installed into a cache per user, outside the checkout. The browser
/// for the tests comes from PATH or apt; CHROME and CHROMEDRIVER name another. So do the proxies
/// that the relay is tried behind; NGINX and CADDY name others.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// One command with its options.
#[derive(Debug, PartialEq, Eq, Subcommand)]
pub enum Command {
    /// Set up, build the page and the relay, serve both and print one line `ready: http://...`
    Run {
        #[command(flatten)]
        at: At,
    },
    /// Relay and page together, rebuilt and reloaded on every change
    Dev {
        #[command(flatten)]
        at: At,
    },
    /// Set up and run every check and every test
    Test {
        /// Only that one: format, clippy, clippy-wasm, docs, native, wasm, page, plain or browser; it
        /// sets up only what it needs
        #[arg(long, value_name = "NAME")]
        only: Option<String>,
        /// Tests that draw a sample (rounds in which tabs vote at once, seeds, generated polls)
        /// draw all of it, which takes an hour or two. `ELECTION_LONG=1 cargo test ...` does it to
        /// one test
        #[arg(long)]
        long: bool,
    },
    /// Measure the replica, how it spreads among many, what slow readers and crowds cost over a
    /// relay, or the page
    Bench {
        /// What to measure
        subject: Subject,
    },
    /// Run fresh seeds of the simulator's swarm from a start that it prints; an error if one finds
    /// a violation
    Swarm {
        /// How many
        #[arg(long, value_name = "N", default_value_t = 1_000, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
        seeds: u64,
    },
    /// Write docs/vectors anew, after a change of the protocol
    Vectors,
    /// Called by Trunk after a build: service worker and compressed copies
    PostBuild,
}

/// Where `run` and `dev` serve.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::Args)]
pub struct At {
    /// The port on 127.0.0.1; 0 takes a free one
    #[arg(long, value_name = "N", default_value_t = 8080)]
    pub port: u16,
}

/// What `bench` measures.
#[derive(Debug, PartialEq, Eq, Clone, Copy, ValueEnum)]
pub enum Subject {
    /// The replica
    Core,
    /// The simulator
    Sim,
    /// The relay
    Relay,
    /// The page
    Page,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::error::ErrorKind;

    fn parsed(line: &str) -> Result<Option<Command>, ErrorKind> {
        let words = ["xtask"].into_iter().chain(line.split_whitespace());
        let parsed = Arguments::try_parse_from(words);
        parsed
            .map(|arguments| arguments.command)
            .map_err(|error| error.kind())
    }

    #[test]
    fn a_port_may_be_given_in_two_ways() {
        let run = |port| Ok(Some(Command::Run { at: At { port } }));
        assert_eq!(parsed("run"), run(8080));
        assert_eq!(parsed("run --port 9000"), run(9000));
        assert_eq!(parsed("run --port=9000"), run(9000));
    }

    #[test]
    fn help_is_never_an_error() {
        assert_eq!(parsed(""), Ok(None));
        for line in ["help", "--help", "run --help", "bench -h"] {
            assert_eq!(parsed(line), Err(ErrorKind::DisplayHelp), "{line}");
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
            "post-build more",
            "swarm 5",
            "swarm --seeds 0",
            "swarm --seeds many",
        ] {
            let refused = parsed(line);
            assert!(
                refused.is_err() && refused != Err(ErrorKind::DisplayHelp),
                "{line}"
            );
        }
    }

    #[test]
    fn one_step_of_the_tests_may_be_named_and_all_may_be_long() {
        let test = |only: Option<&str>, long| {
            let only = only.map(str::to_owned);
            Ok(Some(Command::Test { only, long }))
        };
        assert_eq!(parsed("test"), test(None, false));
        for both in ["test --only=native --long", "test --long --only native"] {
            assert_eq!(parsed(both), test(Some("native"), true), "{both}");
        }
    }
}
