//! Why no precinct is to be chosen like that.

use thiserror::Error;

/// Why no precinct is to be chosen like that.
#[derive(Debug, Error)]
pub enum BadPrecinct {
    /// The poll has one room.
    #[error("this poll has no precincts: leave out --precinct")]
    NoPrecincts,
    /// None of that name or number.
    #[error("--precinct: there is no precinct `{wanted}`: {there_are}")]
    NoSuchPrecinct {
        /// As it was given, shortened.
        wanted: String,
        /// Which ones there are.
        there_are: String,
    },
    /// None was named, and which one is meant does not follow from anything.
    #[error(
        "this link is for all precincts: say with --precinct in which of them the ballot was cast"
    )]
    NoneNamed,
    /// The voter of the file is of another.
    #[error(
        "the voter file's key votes in precinct {own}, and this would be precinct {asked}: use that one's link or \
         --precinct {own}, or name another voter file"
    )]
    OtherVoter {
        /// That of the key.
        own: u32,
        /// That of the link, or of --precinct.
        asked: u32,
    },
}
