//! The statement: a precinct's return as it travels between precincts.
//!
//! ```text
//! version 2 | precinct varint
//! the return: for each option of the poll a count varint
//!             ballots, counted, revoked, spoiled: varint each
//! fingerprint of the precinct's section 32
//! entries of the chair's log that concern the precinct varint
//! their fingerprint 32, absent when there are none
//! ```
//!
//! It depends on the precinct's own ballots and on those entries of the chair's log that concern
//! it, and on nothing else: whatever happens in other precincts, it stays as it is. What it says
//! has a name, the [`StateId`].

use core::ops::Deref;

use sha2::{Digest, Sha256};

use crate::ballots::branch::{Branch, PRECINCT};
use crate::ballots::fingerprint::{EMPTY, Fingerprint};
use crate::ballots::returns::Return;
use crate::ballots::store::BallotStore;
use crate::ballots::tree::MAX_REGISTERS;
use crate::ids::{Place, PollId, PrecinctId, VoterKey};
pub use crate::ids::{ReturnId, StateId};
use crate::poll::genesis::MAX_SEQ;
use crate::poll::log::MAX_ENTRIES;
use crate::poll::method::Method;
use crate::poll::op::VerifiedGenesis;
use crate::wire::bytes::{DecodeError, Reader, Writer};

/// The most ballots of a precinct: two for every seq of every register.
pub(crate) const MAX_BALLOTS: u64 = MAX_REGISTERS as u64 * 2 * (MAX_SEQ as u64 + 1);
const VERSION: u8 = 2;

/// What the validity of a statement depends on besides its own bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// The poll.
    pub poll: PollId,
    /// How many precincts it has.
    pub precincts: u16,
    /// How many options it has.
    pub options: usize,
    /// How its ballots are marked.
    pub method: Method,
}

impl Rules {
    /// Those of a poll.
    #[must_use]
    pub fn of(genesis: &VerifiedGenesis) -> Self {
        Self {
            poll: genesis.id().into(),
            precincts: genesis.precincts().count(),
            options: genesis.options().len(),
            method: genesis.method(),
        }
    }

    /// Which precinct a voter is in.
    #[must_use]
    pub fn precinct_of(&self, voter: VoterKey) -> PrecinctId {
        Place::of(self.poll, voter).precinct(self.precincts)
    }
}

const STATE_DOMAIN: &[u8] = b"election-voter/state/2";
const RETURN_DOMAIN: &[u8] = b"election-voter/struck/1";

fn hash(domain: &[u8], poll: PollId, bytes: &[u8]) -> [u8; 32] {
    let hash = Sha256::new_with_prefix(domain).chain_update(poll.0);
    hash.chain_update(bytes).finalize().into()
}

/// What is stated of a precinct.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrecinctState {
    /// Which.
    pub precinct: PrecinctId,
    /// What its ballots add up to.
    pub total: Return,
    /// The fingerprint of the section of its ballots.
    pub fingerprint: Fingerprint,
    /// How many entries of the chair's log concern it, at most 65,536: revocations of its voters'
    /// ballots, and strikes of its returns.
    pub log_entries: u32,
    /// The fingerprint of these as one leaf; zeros when there are none.
    pub log_fingerprint: Fingerprint,
}

impl PrecinctState {
    /// What a replica holds of its precinct; `None` when the poll has no precincts.
    pub fn of(store: &mut BallotStore) -> Option<Self> {
        let precinct = store.precinct()?;
        let (log_entries, log_fingerprint) = store.concerning();
        Some(Self {
            precinct,
            total: store.total().clone(),
            fingerprint: store.branch_fingerprint(Branch::root(PRECINCT)),
            log_entries,
            log_fingerprint,
        })
    }

    fn encode_ballots(&self, writer: &mut Writer) {
        writer.varint(u64::from(self.precinct.0));
        encode_return(&self.total, writer);
        writer.put(&self.fingerprint);
    }

    fn encode(&self, writer: &mut Writer) {
        writer.byte(VERSION);
        self.encode_ballots(writer);
        writer.varint(u64::from(self.log_entries));
        if self.log_entries > 0 {
            writer.put(&self.log_fingerprint);
        }
    }

    fn decode(reader: &mut Reader<'_>, rules: &Rules) -> Result<Self, DecodeError> {
        if reader.byte()? != VERSION {
            return Err(DecodeError::Invalid(
                "a statement of a version that is not known here",
            ));
        }
        let precinct = precinct(reader, rules)?;
        let total = decode_return(reader, rules)?;
        let fingerprint = reader.array()?;
        let log_entries = reader.varint("the entries of the log", u64::from(MAX_ENTRIES))? as u32;
        let log_fingerprint = match log_entries {
            0 => EMPTY,
            _ => reader.array()?,
        };
        Ok(Self {
            precinct,
            total,
            fingerprint,
            log_entries,
            log_fingerprint,
        })
    }

    fn check(&self, rules: &Rules) -> Result<(), DecodeError> {
        if self.precinct.0 >= rules.precincts {
            return Err(DecodeError::Invalid(
                "a statement of a precinct that the poll does not have",
            ));
        }
        check_return(&self.total, rules)?;
        if (self.total.ballots == 0) != (self.fingerprint == EMPTY) {
            return Err(DecodeError::Invalid(
                "a precinct has the fingerprint of no ballots exactly when it has none",
            ));
        }
        let has_none = self.log_fingerprint == EMPTY;
        if self.log_entries > MAX_ENTRIES || (self.log_entries == 0) != has_none {
            return Err(DecodeError::Invalid(
                "entries of the log have the fingerprint of none exactly when there are none",
            ));
        }
        Ok(())
    }
}

/// A statement that holds together: its numbers are ones that ballots can add up to. Whether they
/// are true, it does not say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    said: PrecinctState,
    state: StateId,
    return_id: ReturnId,
}

impl Statement {
    /// States that.
    ///
    /// # Errors
    /// [`DecodeError::Invalid`] with what cannot be.
    pub fn new(rules: &Rules, said: PrecinctState) -> Result<Self, DecodeError> {
        said.check(rules)?;
        let named = |domain, encode: &dyn Fn(&mut Writer)| {
            let mut writer = Writer::new();
            encode(&mut writer);
            hash(domain, rules.poll, writer.as_bytes())
        };
        Ok(Self {
            state: StateId(named(STATE_DOMAIN, &|writer| said.encode(writer))),
            return_id: ReturnId(named(RETURN_DOMAIN, &|writer| said.encode_ballots(writer))),
            said,
        })
    }

    /// Appends its bytes.
    pub fn encode(&self, writer: &mut Writer) {
        self.said.encode(writer);
    }

    /// Reads one off the front of `reader`.
    ///
    /// # Errors
    /// [`DecodeError`]: cut short, over a cap, or not one that can be.
    pub(crate) fn read(reader: &mut Reader<'_>, rules: &Rules) -> Result<Self, DecodeError> {
        Self::new(rules, PrecinctState::decode(reader, rules)?)
    }

    /// How many ops it speaks of: ballots held, and entries of the chair's log that concern the
    /// precinct. Of two statements of one precinct the one with the higher version is newer.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.total.ballots + u64::from(self.log_entries)
    }

    /// Whether it is newer than another of its precinct. Of those with equal versions, the smaller
    /// hash stands for the newer, so that all agree.
    #[must_use]
    pub fn is_newer_than(&self, other: &Self) -> bool {
        (self.version(), other.state) > (other.version(), self.state)
    }

    /// The name of what it says.
    #[must_use]
    pub fn state(&self) -> StateId {
        self.state
    }

    /// The name of what its ballots give. It stays the same when the chair's log goes on without
    /// touching them.
    #[must_use]
    pub fn return_id(&self) -> ReturnId {
        self.return_id
    }
}

impl Deref for Statement {
    type Target = PrecinctState;

    fn deref(&self) -> &PrecinctState {
        &self.said
    }
}

fn precinct(reader: &mut Reader<'_>, rules: &Rules) -> Result<PrecinctId, DecodeError> {
    let most = u64::from(rules.precincts.saturating_sub(1));
    Ok(PrecinctId(reader.varint("a precinct", most)? as u16))
}

/// Appends a return of the poll: its counts, then the other four numbers.
pub(super) fn encode_return(total: &Return, writer: &mut Writer) {
    let others = [total.ballots, total.counted, total.revoked, total.spoiled];
    total
        .counts
        .iter()
        .chain(&others)
        .for_each(|number| writer.varint(*number));
}

/// The inverse of [`encode_return`]. The caller [checks](check_return) it.
pub(super) fn decode_return(reader: &mut Reader<'_>, rules: &Rules) -> Result<Return, DecodeError> {
    let mut total = Return::empty(rules.options);
    for count in &mut total.counts {
        *count = reader.varint("a count", MAX_REGISTERS as u64)?;
    }
    total.ballots = reader.varint("the ballots held", MAX_BALLOTS)?;
    total.counted = reader.varint("the ballots that count", MAX_REGISTERS as u64)?;
    total.revoked = reader.varint("the ballots revoked", MAX_BALLOTS)?;
    total.spoiled = reader.varint("the registers spoiled", MAX_REGISTERS as u64)?;
    Ok(total)
}

/// Whether ballots of that poll can add up to it.
pub(super) fn check_return(total: &Return, rules: &Rules) -> Result<(), DecodeError> {
    if total.counts.len() != rules.options {
        return Err(DecodeError::Invalid(
            "a return has another number of counts than the poll has options",
        ));
    }
    let Return {
        counts,
        ballots,
        counted,
        revoked,
        spoiled,
    } = total;
    let registers = MAX_REGISTERS as u64;
    // Caps first: what is added below cannot overflow.
    let most = rules.method.most_marks(registers);
    let small = *counted <= registers && *spoiled <= registers && counts.iter().all(|n| *n <= most);
    let fits = small
        && counted + spoiled <= registers
        && [ballots, revoked].iter().all(|n| **n <= MAX_BALLOTS);
    if !fits || counted + (*revoked).max(2 * spoiled) > *ballots {
        return Err(DecodeError::Invalid(
            "a return has fewer ballots than it says became of them",
        ));
    }
    if rules.method.can_give(counts, *counted) {
        Ok(())
    } else {
        Err(DecodeError::Invalid(
            "a return's counts are not ones that its ballots can give",
        ))
    }
}
