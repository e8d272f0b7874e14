//! Why a voter file is of no use.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// Why a voter file is of no use. The file is left as it is.
#[derive(Debug, Error)]
pub enum VoterFileError {
    /// It cannot be read or written.
    #[error("the voter file {path} cannot be {action}: {error}; no ballot was sent")]
    Disk {
        /// Which.
        path: PathBuf,
        /// `read` or `written`.
        action: &'static str,
        /// What the operating system said.
        error: io::Error,
    },
    /// It is no file that could be written whole or not at all.
    #[error("{path} is {what}, and no voter file can be kept there: name a file with --voter")]
    NotAFile {
        /// Which.
        path: PathBuf,
        /// What it is, with its article.
        what: &'static str,
    },
    /// It has other names, which would not be written.
    #[error(
        "the voter file {path} has {names} names (hard links), and each would go on with a ballot of its own under the same number: \
         remove all but one of them"
    )]
    SeveralNames {
        /// Which.
        path: PathBuf,
        /// How many.
        names: u64,
    },
    /// There is nothing in it.
    #[error(
        "the voter file {path} is empty: it holds no key and no ballot, so that nothing is lost by removing it; it was left as it is: \
         remove it and vote again, or name another"
    )]
    Empty {
        /// Which.
        path: PathBuf,
    },
    /// Its end is missing.
    #[error(
        "the voter file {path} is cut off in the middle; it was left as it is: restore it from a copy, or if there is none, name \
         another: that is a new voter, whose ballot does not replace the old one"
    )]
    CutOff {
        /// Which.
        path: PathBuf,
    },
    /// It is not a voter file.
    #[error(
        "{path} is not a voter file ({why}); it was left as it is: name another, or restore it from a copy"
    )]
    Broken {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// It belongs to another poll.
    #[error(
        "the voter file {path} belongs to another poll ({poll}); it was left as it is: name another"
    )]
    OtherPoll {
        /// Which.
        path: PathBuf,
        /// Whose.
        poll: String,
    },
    /// Another run has it.
    #[error(
        "the voter file {path} is in use by another run: wait for that to end, or two ballots could spoil each other"
    )]
    InUse {
        /// Which.
        path: PathBuf,
    },
    /// More ballots than a key can sign.
    #[error("the voter file {path} is full")]
    Full {
        /// Which.
        path: PathBuf,
    },
}

impl VoterFileError {
    /// Whether it is the disk that failed, not the content.
    #[must_use]
    pub fn is_disk(&self) -> bool {
        matches!(self, Self::Disk { .. })
    }
}

pub(super) fn disk(path: &Path, action: &'static str) -> impl FnOnce(io::Error) -> VoterFileError {
    let path = path.to_owned();
    move |error| VoterFileError::Disk {
        path,
        action,
        error,
    }
}

pub(super) fn broken(path: &Path, why: impl ToString) -> VoterFileError {
    VoterFileError::Broken {
        path: path.to_owned(),
        why: why.to_string(),
    }
}
