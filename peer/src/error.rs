//! What can go wrong, in words for the person at the command line, and the exit code that a script
//! sees.

use std::io;
use std::time::Duration;

use election_core::poll::genesis::BadPoll;
use election_core::poll::method::BadChoice;
use election_core::poll::reason::BadReason;
use election_core::poll::voter_draw::NoVoter;
use election_core::replica::io::Refusal;
use election_core::replica::view::LinkMisfit;
use election_core::wire::link::BadLink;
use thiserror::Error;

use crate::precinct::BadPrecinct;
use crate::relay_address::BadRelay;
use crate::relay_connection::Lost;
use crate::voter_file::VoterFileError;

/// Why a command did not do what it was asked to. Each message says what happened and what to do.
#[derive(Debug, Error)]
pub enum Failure {
    /// The link is not one.
    #[error(transparent)]
    Link(#[from] BadLink),
    /// The relay's address is not one.
    #[error(transparent)]
    Relay(#[from] BadRelay),
    /// The poll cannot be made like that.
    #[error("this poll cannot be made: {}: {bad}", option_of(.0), bad = .0)]
    Poll(#[from] BadPoll),
    /// The reason cannot be given like that.
    #[error("--reason: {0}")]
    Reason(#[from] BadReason),
    /// A ballot's id is not one.
    #[error("--ballot: {0}; `election-peer ballots` lists them")]
    BallotId(election_core::ids::BadId),
    /// A voter's key is not one.
    #[error("--voter: {0}; `election-peer ballots` lists them")]
    VoterKey(election_core::ids::BadId),
    /// No precinct is to be chosen like that.
    #[error(transparent)]
    Precinct(#[from] BadPrecinct),
    /// The link is of another poll than its genesis says.
    #[error(transparent)]
    Misfit(#[from] LinkMisfit),
    /// No key fell into the precinct.
    #[error(transparent)]
    NoVoter(#[from] NoVoter),
    /// The voter file is not usable, or not writable.
    #[error(transparent)]
    VoterFile(#[from] VoterFileError),

    /// No connection to the relay.
    #[error("no relay in reach at {address}: {why}; start it, or name another with --relay")]
    NoRelay {
        /// Where it was looked for.
        address: String,
        /// What came instead.
        why: Lost,
    },
    /// The relay is there, and lets nobody in, or nobody any more.
    #[error(
        "the relay at {address} is there, and refuses: {why}; try again in a while, or name another with --relay"
    )]
    RelayRefuses {
        /// Which.
        address: String,
        /// Its reason.
        why: Lost,
    },
    /// The relay is there, and another version of it.
    #[error(
        "the relay at {address} is there, and of no use to this program: {why}; or name another with --relay"
    )]
    RelayDiffers {
        /// Which.
        address: String,
        /// Which version it speaks.
        why: Lost,
    },
    /// The relay is there, and nobody has the poll.
    #[error(
        "nobody there: no replica in reach has this poll (waited {waited:?}); open its link in a browser that had it, \
         start the peer that keeps it, or wait longer with --wait"
    )]
    NobodyThere {
        /// How long it was waited.
        waited: Duration,
    },
    /// An op was signed here, and nobody says that they have it.
    #[error(
        "{what} was signed, and no other replica said that it holds it (waited {waited:?}{why}); {advice}"
    )]
    NotSeen {
        /// Which op.
        what: &'static str,
        /// How long it was waited.
        waited: Duration,
        /// That there is no connection, if so, after a comma.
        why: String,
        /// What to do.
        advice: String,
    },

    /// The replica refuses.
    #[error("refused: {0}")]
    Refused(#[from] Refusal),
    /// The poll takes no such marks.
    #[error("refused: --choice: {0}")]
    Choice(#[from] BadChoice),
    /// The poll has no option of that name.
    #[error("refused: --choice: there is no option `{name}`; the options are: {options}")]
    NoSuchOption {
        /// The name as it was given, shortened.
        name: String,
        /// The names that there are.
        options: String,
    },

    /// Nothing is claimed of the precinct.
    #[error("refused: nothing is claimed of precinct {0}, so there is nothing to strike")]
    NothingToStrike(u32),
    /// The ballot is not of the precinct that was looked in.
    #[error(
        "refused: there is no such ballot in precinct {0}: name its voter's precinct with --precinct"
    )]
    NotInPrecinct(u32),

    /// The operating system gave no random bytes.
    #[error("the operating system gave no random bytes: {0}")]
    Random(#[from] getrandom::Error),
    /// Standard output, the runtime or the signals.
    #[error("{what}: {error}")]
    System {
        /// What was being done.
        what: &'static str,
        /// What the operating system said.
        error: io::Error,
    },
    /// Ctrl-C or SIGTERM came before the command was done.
    #[error(
        "stopped before it was done: if a ballot was signed by then, it may not have been sent; the next vote with its voter file, if \
         there is one, sends it again"
    )]
    Stopped,
}

impl Failure {
    /// The exit code, as `--help` lists them.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Random(_) | Self::NoVoter(_) | Self::System { .. } => 1,
            Self::VoterFile(error) if error.is_disk() => 1,
            Self::Link(_)
            | Self::Relay(_)
            | Self::Poll(_)
            | Self::Reason(_)
            | Self::BallotId(_)
            | Self::VoterKey(_)
            | Self::Precinct(_)
            | Self::Misfit(_)
            | Self::VoterFile(_) => 2,
            Self::NoRelay { .. } | Self::RelayRefuses { .. } | Self::RelayDiffers { .. } => 3,
            Self::NobodyThere { .. } => 4,
            Self::NotSeen { .. } => 6,
            Self::Refused(_)
            | Self::Choice(_)
            | Self::NoSuchOption { .. }
            | Self::NothingToStrike(_)
            | Self::NotInPrecinct(_) => 5,
            // What a shell reports for a program that Ctrl-C ended.
            Self::Stopped => 130,
        }
    }
}

/// Which option of the command line a poll's fault is in.
fn option_of(bad: &BadPoll) -> &'static str {
    match bad {
        BadPoll::Title(_) => "--title",
        BadPoll::FewOptions(_)
        | BadPoll::ManyOptions { .. }
        | BadPoll::Option(..)
        | BadPoll::SameOption(..)
        | BadPoll::AlikeOptions(..) => "--option",
        BadPoll::FewPrecincts(_)
        | BadPoll::ManyPrecincts { .. }
        | BadPoll::Precinct(..)
        | BadPoll::SamePrecinct(..)
        | BadPoll::AlikePrecincts(..) => "--precinct",
        // The command line has no option for how often a vote may be changed.
        BadPoll::TooLong(_) | BadPoll::HighSeq => "--title, --option, --precinct",
    }
}
