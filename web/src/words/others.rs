//! Who else is in reach.

use election_core::wire::relay::Notice;

use crate::engine::snapshot::Agreement;
use crate::engine::socket::Refusal;

use super::text;

/// How many others have the poll open: "Nobody else here", "3 others here". In a poll with
/// precincts only those of one's own precinct are meant, so that is named: "Nobody else of North
/// here", "3 others of North here".
#[must_use]
pub fn here(others: u32, precinct: Option<&str>) -> String {
    match (others, precinct) {
        (0, None) => text::connection::nobody().to_owned(),
        (0, Some(precinct)) => text::connection::nobody_of(precinct),
        (some, None) => text::connection::others(some),
        (some, Some(precinct)) => text::connection::others_of(some, precinct),
    }
}

/// Why the relay does not let this tab in.
#[must_use]
pub fn refused(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::OtherVersion => text::connection::other_version(),
        Refusal::Said(Notice::RoomFull) => text::connection::room_full(),
        Refusal::Said(Notice::Stopping) => text::connection::stopping(),
        Refusal::Said(Notice::TooFast) => text::connection::too_fast(),
        Refusal::Said(_) => text::connection::hung_up(),
    }
}

/// What others say to what is held here. Whoever was not heard from lately is not said to disagree.
#[must_use]
pub fn agreement(now: Agreement) -> String {
    let Agreement {
        agree,
        differ,
        others,
    } = now;
    match (agree, differ) {
        _ if others == 0 => text::results::agree_none().to_owned(),
        (agree, 0) if agree >= others => text::results::agree_all(agree, others),
        (0, 0) => text::results::agree_asking().to_owned(),
        (agree, 0) => text::results::agree_heard(agree, others),
        (agree, differ) => text::results::agree_not_all(agree, others, differ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_poll_of_one_room_names_no_precinct() {
        assert_eq!(here(0, None), "Nobody else here");
        assert_eq!(here(1, None), "1 other here");
        assert_eq!(here(3, None), "3 others here");
    }

    #[test]
    fn who_is_alone_in_a_precinct_is_not_called_alone_in_the_poll() {
        assert_eq!(here(0, Some("North")), "Nobody else of North here");
        assert_eq!(here(1, Some("North")), "1 other of North here");
        assert_eq!(here(3, Some("Precinct 12")), "3 others of Precinct 12 here");
    }

    #[test]
    fn a_number_that_lags_reads_as_no_dispute() {
        let says = |agree, differ, others| {
            agreement(Agreement {
                agree,
                differ,
                others,
            })
        };
        assert_eq!(says(0, 0, 0), "none in reach");
        assert_eq!(says(3, 0, 3), "3 of 3");
        assert_eq!(says(0, 0, 3), "asking them…");
        assert_eq!(says(8, 0, 11), "all 8 heard from, of 11");
        assert_eq!(says(8, 1, 11), "8 of 11; 1 hold something else");
    }
}
