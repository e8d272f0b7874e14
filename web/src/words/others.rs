//! Who else is in reach.

use election_core::wire::relay::Notice;

use crate::engine::snapshot::Agreement;

use super::amounts::count;

/// How many others have the poll open: "Nobody else here", "3 others here". In a poll with precincts only those of one's
/// own precinct are meant, so that is named: "Nobody else of North here", "3 others of North here".
#[must_use]
pub fn here(others: u32, precinct: Option<&str>) -> String {
    let who = match others {
        0 => "Nobody else".to_owned(),
        some => count(u64::from(some), "other"),
    };
    match precinct {
        None => format!("{who} here"),
        Some(precinct) => format!("{who} of {precinct} here"),
    }
}

/// Why the relay does not let this tab in.
#[must_use]
pub fn refused(notice: Notice) -> &'static str {
    match notice {
        Notice::RoomFull => {
            "The poll's room is full, or your network has all the places there that it may have: somebody must leave first."
        }
        Notice::Stopping => "The relay is being restarted.",
        Notice::TooFast => "The relay hung up, because this page sent too much at once.",
        _ => "The relay hung up.",
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
        _ if others == 0 => "none in reach".to_owned(),
        (agree, 0) if agree >= others => format!("{agree} of {others}"),
        (0, 0) => "asking them…".to_owned(),
        (agree, 0) => format!("all {agree} heard from, of {others}"),
        (agree, differ) => format!("{agree} of {others}; {differ} hold something else"),
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
