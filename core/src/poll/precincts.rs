//! Precincts: the groups that a large poll's voters belong to, so that nobody has to hold every
//! ballot.
//!
//! Which precinct a voter is in follows from the voter's key: see
//! [`Place::precinct`](crate::ids::Place::precinct). Whoever is to vote in a certain one draws a
//! key that falls there: see [`super::voter_draw`].

use crate::ids::{PRECINCTS, PrecinctId};
use crate::wire::bytes::{DecodeError, Reader, Writer};

/// The most precincts that have names.
pub const MAX_NAMED: usize = 64;
/// The most bytes of a precinct's name, in UTF-8.
pub(crate) const MAX_PRECINCT: usize = 60;

/// The precincts of a poll.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Precincts {
    /// None: all voters are in one room.
    #[default]
    One,
    /// So many, 2 to 4096, that nobody chooses between.
    Automatic(u16),
    /// 2 to [`MAX_NAMED`], by their names, no two of them the same. Each voter is given the link of
    /// one.
    Named(Vec<String>),
}

impl Precincts {
    /// How many there are; 1 for a poll without precincts.
    #[must_use]
    pub fn count(&self) -> u16 {
        match self {
            Self::One => 1,
            Self::Automatic(count) => *count,
            // A genesis has at most 64 of them.
            Self::Named(names) => u16::try_from(names.len()).unwrap_or(u16::MAX),
        }
    }

    /// That precinct's name, if it has one.
    #[must_use]
    pub fn name(&self, precinct: PrecinctId) -> Option<&str> {
        match self {
            Self::Named(names) => names.get(usize::from(precinct.0)).map(String::as_str),
            _ => None,
        }
    }

    /// Without white space around the names.
    pub(super) fn trimmed(self) -> Self {
        match self {
            Self::Named(names) => {
                Self::Named(names.iter().map(|name| name.trim().to_owned()).collect())
            }
            other => other,
        }
    }

    pub(super) fn names(&self) -> &[String] {
        match self {
            Self::Named(names) => names,
            _ => &[],
        }
    }

    pub(super) fn encode(&self, writer: &mut Writer) {
        writer.varint(u64::from(self.count()));
        if *self == Self::One {
            return;
        }
        writer.byte(u8::from(!self.names().is_empty()));
        for name in self.names() {
            writer.text(name);
        }
    }

    /// Reads the precincts of a genesis. The caller checks them.
    pub(super) fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let count = reader.varint("the number of precincts", u64::from(*PRECINCTS.end()))? as u16;
        if count == 1 {
            return Ok(Self::One);
        }
        match reader.byte()? {
            0 => Ok(Self::Automatic(count)),
            1 if usize::from(count) <= MAX_NAMED => (0..count)
                .map(|_| {
                    reader
                        .text("a precinct's length", MAX_PRECINCT)
                        .map(str::to_owned)
                })
                .collect::<Result<_, _>>()
                .map(Self::Named),
            1 => Err(DecodeError::Invalid(
                "the genesis names more precincts than may have names",
            )),
            _ => Err(DecodeError::Invalid(
                "the genesis does not say whether its precincts have names",
            )),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use ed25519_zebra::SigningKey;

    use super::*;
    use crate::ids::PollId;
    use crate::poll::genesis::{BadPoll, Genesis};
    use crate::poll::method::Method;
    use crate::poll::name::BadName;
    use crate::poll::op::{SignedOp, VerifiedGenesis};
    use crate::wire::envelope::{Signed, sign, voter_key};

    fn chair() -> SigningKey {
        SigningKey::from([1; 32])
    }

    fn poll_with(precincts: Precincts) -> Result<Genesis, BadPoll> {
        let chair = voter_key(&chair());
        let genesis = Genesis::new(chair, "Where to?", &["Here", "There"], Method::Single, 9)?;
        genesis.with_precincts(precincts)
    }

    fn named(names: &[&str]) -> Precincts {
        Precincts::Named(names.iter().map(|&name| name.to_owned()).collect())
    }

    fn numbered(count: usize) -> Precincts {
        Precincts::Named((0..count).map(|number| format!("Ward {number}")).collect())
    }

    fn signed(precincts: Precincts) -> VerifiedGenesis {
        sign(&chair(), PollId::NONE, poll_with(precincts).unwrap())
    }

    #[test]
    fn a_genesis_round_trips_with_precincts_and_without() {
        let cases = [
            (Precincts::One, 1),
            (Precincts::Automatic(2), 2),
            (Precincts::Automatic(4096), 4096),
            (named(&["North", "South"]), 2),
            (numbered(64), 64),
            (named(&["x".repeat(60).as_str(), "y"]), 2),
        ];
        for (precincts, count) in cases {
            let op = signed(precincts.clone());
            assert_eq!(op.bytes()[2..4], [Genesis::KIND.0, Genesis::KIND.1]);
            let read = Signed::<Genesis>::decode(op.bytes(), PollId::NONE, &());
            let read = read.unwrap().verify().unwrap();
            assert_eq!(*read, *op);
            assert_eq!(
                (read.precincts(), read.precincts().count()),
                (&precincts, count)
            );
            // Inside a poll no genesis is an op, of whatever version.
            assert!(SignedOp::decode(op.bytes(), PollId::NONE, &op).is_err());
        }
        let trimmed = poll_with(named(&[" North", "South\n"])).unwrap();
        assert_eq!(trimmed.precincts().name(PrecinctId(1)), Some("South"));
        assert_eq!(trimmed.precincts().name(PrecinctId(2)), None);
    }

    #[test]
    fn a_genesis_that_one_op_cannot_hold_is_refused() {
        let options: Vec<_> = (0..64).map(|number| format!("{number:0200}")).collect();
        let poll = |bytes: usize| {
            let key = voter_key(&chair());
            let names = (0..64).map(|number| format!("{number:0bytes$}")).collect();
            Genesis::new(key, &"t".repeat(200), &options, Method::Single, 255)
                .unwrap()
                .with_precincts(Precincts::Named(names))
        };
        // 16,351 bytes are left for: 202 of the title, 1 method, 2 of the highest seq, 1 holder, 1
        // + 64 * 202 of the options, 2 and 64 * (1 + bytes) of the precincts.
        assert_eq!(poll(49).map(|_| ()), Ok(()));
        let longest = sign(&chair(), PollId::NONE, poll(49).unwrap());
        assert!(Signed::<Genesis>::decode(longest.bytes(), PollId::NONE, &()).is_ok());
        assert_eq!(poll(50).map(|_| ()), Err(BadPoll::TooLong(50)));
    }

    #[test]
    fn precincts_that_cannot_be_are_refused_with_a_reason() {
        let too_many = |count, most| Err(BadPoll::ManyPrecincts { count, most });
        let bad = |number, bad| Err(BadPoll::Precinct(number, bad));
        let cases = [
            (Precincts::Automatic(0), Err(BadPoll::FewPrecincts(0))),
            (Precincts::Automatic(1), Err(BadPoll::FewPrecincts(1))),
            (Precincts::Automatic(4097), too_many(4097, 4096)),
            (named(&[]), Err(BadPoll::FewPrecincts(0))),
            (named(&["all"]), Err(BadPoll::FewPrecincts(1))),
            (numbered(65), too_many(65, 64)),
            (numbered(70_000), too_many(70_000, 64)),
            (named(&["a", " "]), bad(2, BadName::Empty)),
            (named(&["a", "b", "a "]), Err(BadPoll::SamePrecinct(1, 3))),
            (named(&["a", "b\nc"]), bad(2, BadName::Control)),
            (named(&["\u{202e}a", "b"]), bad(1, BadName::Control)),
            (
                named(&["a", "b".repeat(61).as_str()]),
                bad(2, BadName::Long(1)),
            ),
        ];
        for (precincts, refused) in cases {
            let made = poll_with(precincts.clone()).map(|_| ());
            assert_eq!(made, refused, "{precincts:?}");
        }
    }
}
