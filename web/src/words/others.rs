//! Who else is in reach.

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
}
