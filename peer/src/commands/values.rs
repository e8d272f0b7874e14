//! How the texts after the options are read.

use std::time::Duration;

use clap::CommandFactory;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use election_core::ids::PRECINCTS;
use election_core::poll::method::Method;

use super::Arguments;

/// The longest duration that may be given: a day.
const MAX_DURATION: Duration = Duration::from_secs(24 * 60 * 60);

/// Reads a text that may be anything, and may begin with a hyphen: “-5 °C”. Only an option's own
/// name is taken for that option, with a text forgotten before it.
pub(super) fn free_text(text: &str) -> Result<String, String> {
    let command = Arguments::command();
    let of_commands = command
        .get_subcommands()
        .flat_map(clap::Command::get_arguments);
    let mut known = command.get_arguments().chain(of_commands);
    let is_option = text.strip_prefix("--").is_some_and(|name| {
        ["help", "version"].contains(&name) || known.any(|known| known.get_long() == Some(name))
    });
    if is_option {
        Err(format!(
            "a text is missing here: {text} is an option of its own"
        ))
    } else {
        Ok(text.to_owned())
    }
}

/// Reads how a poll is voted in.
pub(super) fn method() -> impl TypedValueParser<Value = Method> {
    PossibleValuesParser::new(Method::ALL.map(Method::name))
        .try_map(|name| Method::named(&name).ok_or("there is no such method"))
}

/// Reads how many precincts a poll is to have.
pub(super) fn precincts(text: &str) -> Result<u16, String> {
    let number = text.parse().ok();
    number
        .filter(|number| PRECINCTS.contains(number))
        .ok_or_else(|| {
            let (least, most) = PRECINCTS.into_inner();
            format!("a poll with precincts has {least} to {most} of them")
        })
}

/// Reads `500ms`, `2s` or `1m`.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let number: u64 = digits
        .parse()
        .map_err(|_| "give a whole number and ms, s or m, such as 500ms".to_owned())?;
    let milliseconds = match &text[digits.len()..] {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        _ => return Err("give the unit: ms, s or m, such as 2s".to_owned()),
    };
    let duration = Duration::from_millis(number.saturating_mul(milliseconds));
    if duration > MAX_DURATION {
        Err("at most a day (1440m)".to_owned())
    } else {
        Ok(duration)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::commands::Command;
    use clap::Parser;

    #[test]
    fn free_text_may_begin_with_a_hyphen_and_is_no_options_name() {
        let parse = |arguments: &[&str]| {
            Arguments::try_parse_from([&["election-peer"], arguments].concat())
        };
        let new = [
            "new",
            "--title",
            "--5 or more?",
            "--option",
            "-5 °C",
            "--option",
            "-",
            "--precinct",
            "-West",
            "--precinct",
            "-e",
        ];
        let Ok(Arguments {
            command: Command::New(new),
            ..
        }) = parse(&new)
        else {
            panic!("not taken");
        };
        assert_eq!(new.title, "--5 or more?");
        assert_eq!(new.options, ["-5 °C", "-"]);
        assert_eq!(new.precinct, ["-West", "-e"]);
        for arguments in [
            &[
                "vote",
                "L",
                "--choice",
                "-5 °C",
                "--precinct",
                "-West",
                "--voter",
                "-me.json",
            ][..],
            &[
                "revoke",
                "L",
                "--ballot",
                "-",
                "--reason",
                "-1 for that",
                "--precinct",
                "-1",
            ],
            &[
                "strike",
                "L",
                "--precinct",
                "-West",
                "--reason",
                "- nobody lives there",
            ],
            &["tally", "L", "--precinct", "-West"],
            &["ballots", "L", "--precinct", "-West"],
        ] {
            assert!(parse(arguments).is_ok(), "{arguments:?}");
        }
        for (arguments, option) in [
            (
                &[
                    "new",
                    "--title",
                    "--approval",
                    "--option",
                    "A",
                    "--option",
                    "B",
                ][..],
                "--title",
            ),
            (&["vote", "L", "--choice", "--json"], "--choice"),
            (
                &["revoke", "L", "--ballot", "B", "--reason", "--stay"],
                "--reason",
            ),
            (
                &["strike", "L", "--reason", "r", "--precinct", "--help"],
                "--precinct",
            ),
        ] {
            let error = parse(arguments).unwrap_err().to_string();
            assert!(
                error.contains(option) && error.contains("is missing"),
                "{error}"
            );
        }
        for (arguments, option) in [
            (&["tally", "L", "--wait", "-5s"][..], "--wait"),
            (&["tally", "L", "--settle", "-5s"], "--settle"),
        ] {
            let error = parse(arguments).unwrap_err().to_string();
            assert!(
                error.contains(option) && error.contains("whole number"),
                "{error}"
            );
        }
    }

    #[test]
    fn durations_have_a_unit_and_a_cap() {
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(duration("2s"), Ok(Duration::from_secs(2)));
        assert_eq!(duration("1m"), Ok(Duration::from_secs(60)));
        assert_eq!(duration("0s"), Ok(Duration::ZERO));
        for text in [
            "",
            "2",
            "s",
            "-1s",
            "1.5s",
            "2h",
            "2 s",
            "1441m",
            "18446744073709551615m",
            "ms5",
        ] {
            assert!(duration(text).is_err(), "{text}");
        }
    }
}
