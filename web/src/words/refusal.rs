//! Why something that a person asked for is not done.

use election_core::poll::close::Status;
use election_core::poll::method::BadChoice;
use election_core::poll::reason::BadReason;
use election_core::replica::audit::MAX_AUDITS;
use election_core::replica::io::Refusal;

use super::text::{refusal as text, storage};
use crate::engine::host::NotSigned;
use crate::engine::storage::{Reason, StorageError};

/// Why nothing was signed, or what was signed is not cast.
#[must_use]
pub fn of_signing(why: &NotSigned) -> String {
    match why {
        NotSigned::Refused(refusal) => says(*refusal),
        NotSigned::NotSaved(error) => text::not_saved(&part_of_storage(error)),
        NotSigned::Unknown(error) => text::perhaps_saved(&part_of_storage(error)),
        NotSigned::Reload(error) => text::reload_first(&part_of_reload(error)),
        NotSigned::Lacking => text::lacking().to_owned(),
    }
}

/// Why the replica refuses.
#[must_use]
pub fn says(refusal: Refusal) -> String {
    let says = match refusal {
        Refusal::NotOpen => text::not_open(),
        Refusal::Choice(bad) => return choice(bad),
        Refusal::Unchanged => text::unchanged(),
        Refusal::TooManyChanges { most } => return text::too_many_changes(most),
        Refusal::OtherPrecinct => text::other_precinct(),
        Refusal::Full => text::full(),
        Refusal::StillSaving => text::still_saving(),
        Refusal::NotChair => text::not_chair(),
        Refusal::NoSuchBallot => text::no_such_ballot(),
        Refusal::AlreadyRevoked => text::already_revoked(),
        Refusal::Closed => text::closed(),
        Refusal::AlreadySo(Status::Open) => text::already_open(),
        Refusal::AlreadySo(Status::Closed) => text::already_closed(),
        Refusal::TooManyStatuses => text::too_many_statuses(),
        Refusal::Barred => text::barred(),
        Refusal::AlreadyBarred => text::already_barred(),
        Refusal::NoSuchPrecinct => text::no_such_precinct(),
        Refusal::OwnPrecinct => text::own_precinct(),
        Refusal::TooManyAudits => return text::too_many_audits(MAX_AUDITS),
        Refusal::AlreadyStruck => text::already_struck(),
        Refusal::Reason(bad) => return reason(bad),
        Refusal::LogFull => text::log_full(),
    };
    says.to_owned()
}

/// Why marks are no choice.
#[must_use]
pub fn choice(bad: BadChoice) -> String {
    match bad {
        BadChoice::Empty => text::nothing_marked().to_owned(),
        BadChoice::TooMany(number) => text::too_many_marks(number),
        BadChoice::NoSuchOption { option, options } => text::no_such_option(option, options),
    }
}

fn reason(bad: BadReason) -> String {
    let says = match bad {
        BadReason::Empty => text::reason_empty(),
        BadReason::Long(by) => return text::reason_long(by),
        BadReason::ControlCharacter => text::reason_control(),
        BadReason::Blank => text::reason_blank(),
    };
    says.to_owned()
}

/// Why this device does not keep what it should.
#[must_use]
pub fn of_storage(error: &StorageError) -> String {
    let says = match error {
        StorageError::Refused(why) => return storage::refused_alone(reason_of(why)),
        StorageError::Silent => storage::silent_alone(),
        StorageError::Unreadable => storage::unreadable_alone(),
        StorageError::Newer => storage::newer_alone(),
    };
    says.to_owned()
}

/// The same, as a part of a sentence.
#[must_use]
pub fn part_of_storage(error: &StorageError) -> String {
    let says = match error {
        StorageError::Refused(why) => return storage::refused(reason_of(why)),
        StorageError::Silent => storage::silent(),
        StorageError::Unreadable => storage::unreadable(),
        StorageError::Newer => storage::newer(),
    };
    says.to_owned()
}

/// The same, as a part of a sentence about a page that has to be reloaded.
#[must_use]
pub fn part_of_reload(error: &StorageError) -> String {
    match error {
        StorageError::Newer => storage::newer_of_it().to_owned(),
        other => part_of_storage(other),
    }
}

fn reason_of(why: &Reason) -> &str {
    match why {
        Reason::NoDatabase => storage::no_database(),
        Reason::Full => storage::disk_full(),
        Reason::BrokenOff => storage::broke_off(),
        Reason::Unnamed => storage::no_reason(),
        Reason::Named(name) => name,
    }
}
