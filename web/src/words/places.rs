//! Where people vote, as the form that makes a poll has it: in one room, or in precincts.

use election_core::ids::{PRECINCTS, PrecinctId};
use election_core::poll::precincts::Precincts;

use super::option_list::List;

/// One room, or which kind of precincts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Kind {
    /// One room for everybody.
    #[default]
    One,
    /// Precincts with names, each with a link of its own.
    Named,
    /// So many precincts, by the voter's key.
    Automatic,
}

/// What is written in the form. What was written for another kind stays, for whoever comes back to
/// it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Places {
    /// Which kind.
    pub kind: Kind,
    /// The names, one a line.
    pub names: String,
    /// Whether numbers in front of them belong to them.
    pub keep_numbers: bool,
    /// The one of them that the chair votes in, counted from 0.
    pub own: usize,
    /// How many automatic ones.
    pub number: String,
}

impl Default for Places {
    fn default() -> Self {
        Self {
            kind: Kind::One,
            names: String::new(),
            keep_numbers: false,
            own: 0,
            number: "8".to_owned(),
        }
    }
}

/// What was written is not the number of any precincts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoNumber;

impl Places {
    /// The names, without the bullets and numbers that lists come with.
    #[must_use]
    pub fn named(&self) -> List {
        List::read(&self.names, self.keep_numbers)
    }

    /// The precincts, and the one that the chair votes in; `None` when the chair's key says which.
    /// Whether a poll can have them says its definition.
    ///
    /// # Errors
    /// [`NoNumber`].
    pub fn precincts(&self) -> Result<(Precincts, Option<PrecinctId>), NoNumber> {
        match self.kind {
            Kind::One => Ok((Precincts::One, None)),
            Kind::Named => {
                let names = self.named().names();
                // A list that became shorter may have lost the chosen one.
                let own = self.own.min(names.len().saturating_sub(1));
                let own = u16::try_from(own).unwrap_or(0);
                Ok((Precincts::Named(names), Some(PrecinctId(own))))
            }
            Kind::Automatic => {
                let number: u16 = self.number.trim().parse().map_err(|_| NoNumber)?;
                if PRECINCTS.contains(&number) {
                    Ok((Precincts::Automatic(number), None))
                } else {
                    Err(NoNumber)
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_room_is_what_a_form_starts_with() {
        assert_eq!(Places::default().precincts(), Ok((Precincts::One, None)));
    }

    #[test]
    fn a_pasted_list_becomes_precincts_and_the_chair_votes_in_one_of_them() {
        let mut places = Places {
            kind: Kind::Named,
            names: "- Hall A\n\n- Hall B\r\n".to_owned(),
            own: 1,
            ..Places::default()
        };
        let halls = || Precincts::Named(vec!["Hall A".to_owned(), "Hall B".to_owned()]);
        let own = |precinct| Some(PrecinctId(precinct));
        assert_eq!(places.precincts(), Ok((halls(), own(1))));
        places.own = 7;
        assert_eq!(places.precincts(), Ok((halls(), own(1))));
        places.names.clear();
        let none = Precincts::Named(Vec::new());
        assert_eq!(places.precincts(), Ok((none, own(0))));
    }

    #[test]
    fn only_a_number_that_a_poll_can_have_is_taken() {
        let read = |number: &str| {
            let places = Places {
                kind: Kind::Automatic,
                number: number.to_owned(),
                ..Places::default()
            };
            places.precincts()
        };
        assert_eq!(read(" 4096 "), Ok((Precincts::Automatic(4096), None)));
        assert_eq!(read("2"), Ok((Precincts::Automatic(2), None)));
        for number in ["", "0", "1", "4097", "65537", "-3", "8.5", "1e3", "many"] {
            assert_eq!(read(number), Err(NoNumber), "{number}");
        }
    }
}
