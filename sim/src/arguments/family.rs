//! The names that the command line gives to the broadcast family: who gets a message, and when it
//! is delivered.

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use election_sim::pair::{When, Who};

const WHO: [Who; 2] = [Who::Eager, Who::Gossip];

/// Reads who gets a message.
pub fn who() -> impl TypedValueParser<Value = Who> {
    one_of(&WHO, |who| match who {
        Who::Eager => ("eager", "Everyone, from everyone: n² copies"),
        Who::Gossip => (
            "gossip",
            "Some others, from everyone; anti-entropy brings the rest",
        ),
    })
}

/// Reads when it is delivered.
pub fn when() -> impl TypedValueParser<Value = When> {
    one_of(&When::ALL, name_and_help)
}

/// The name of an order.
pub fn name(when: When) -> &'static str {
    name_and_help(when).0
}

fn name_and_help(when: When) -> (&'static str, &'static str) {
    match when {
        When::Unordered => ("unordered", "At once"),
        When::Fifo => ("fifo", "After its sender's earlier ones"),
        When::Causal => (
            "causal",
            "After all that its sender had delivered, by vector clocks",
        ),
        When::CausalNamed => ("causal-named", "After what it names"),
        When::Leader => ("leader", "In the one order that a leader gives"),
        When::Lamport => ("lamport", "In the one order of Lamport times"),
    }
}

/// Reads one of those values, by its name; help lists them.
fn one_of<T: Copy + Send + Sync + 'static>(
    all: &'static [T],
    describe: fn(T) -> (&'static str, &'static str),
) -> impl TypedValueParser<Value = T> {
    let possible = all.iter().map(move |value| {
        let (name, help) = describe(*value);
        PossibleValue::new(name).help(help)
    });
    PossibleValuesParser::new(possible).try_map(move |given| {
        let mut all = all.iter().copied();
        let found = all.find(|value| describe(*value).0 == given);
        found.ok_or_else(|| format!("`{given}` is not known"))
    })
}
