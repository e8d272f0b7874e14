//! The statement: a precinct's return as it travels between precincts.
//!
//! ```text
//! version 1 | precinct varint
//! the return: for each option of the poll a count varint | ballots, counted, revoked, spoiled: varint each
//! fingerprint of the precinct's section 32
//! entries of the chair's log that are applied varint | the last of them 32, absent when there are none
//! after: how many varint, at most 256, then for each, ascending by precinct: precinct varint | version varint, at least 1
//! ```
//!
//! All but `after` is the *state* of the precinct, and has a name of its own, the [`StateId`]: disputes are
//! about a state, so that saying the same lie again after something else does not shake them off.

use core::ops::Deref;

use sha2::{Digest, Sha256};

use super::branch::{Branch, PRECINCT};
use super::fingerprint::{EMPTY, Fingerprint};
use super::returns::Return;
use super::state::Canvass;
use super::tree::MAX_REGISTERS;
use crate::ids::{OpId, Place, PollId, PrecinctId, VoterKey};
pub use crate::ids::{ReturnId, StateId, StatementId};
use crate::poll::genesis::{MAX_SEQ, Method};
use crate::poll::log::MAX_LOG;
use crate::poll::op::VerifiedGenesis;
use crate::wire::bytes::{DecodeError, Reader, Writer};

/// The most ballots of a precinct: two for every seq of every register.
pub const MAX_BALLOTS: u64 = MAX_REGISTERS as u64 * 2 * (MAX_SEQ as u64 + 1);
/// The highest [version](Statement::version).
pub const MAX_VERSION: u64 = MAX_BALLOTS + MAX_LOG as u64 + 1;
/// The most versions of other precincts that a statement names. When more changed, those that changed last are named.
pub const MAX_AFTER: usize = 256;
const VERSION: u8 = 1;

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

const STATE_DOMAIN: &[u8] = b"election-voter/state/1";
const RETURN_DOMAIN: &[u8] = b"election-voter/struck/1";
const STATEMENT_DOMAIN: &[u8] = b"election-voter/statement/1";

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
    /// How many entries of the chair's log are applied, at most 65,536.
    pub log_entries: u32,
    /// The last of them; zeros when there are none.
    pub log_head: OpId,
}

impl PrecinctState {
    /// What a replica holds of its precinct; `None` when the poll has no precincts.
    pub fn of(canvass: &mut Canvass) -> Option<Self> {
        let precinct = canvass.precinct()?;
        let log = canvass.log();
        let log_entries = (log.len() - log.unknown()) as u32;
        let log_head = log.chain().next_back().map_or(OpId([0; 32]), |op| op.id());
        Some(Self {
            precinct,
            total: canvass.total().clone(),
            fingerprint: canvass.branch_fingerprint(Branch::root(PRECINCT)),
            log_entries,
            log_head,
        })
    }

    /// The name of what its ballots give. It stays the same when the chair's log goes on without touching them.
    #[must_use]
    pub fn return_id(&self, poll: PollId) -> ReturnId {
        let mut writer = Writer::new();
        self.encode_ballots(&mut writer);
        ReturnId(hash(RETURN_DOMAIN, poll, writer.as_bytes()))
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
            writer.put(&self.log_head.0);
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
        let log_entries = reader.varint("the entries of the log", u64::from(MAX_LOG) + 1)? as u32;
        let log_head = match log_entries {
            0 => OpId([0; 32]),
            _ => OpId(reader.array()?),
        };
        Ok(Self {
            precinct,
            total,
            fingerprint,
            log_entries,
            log_head,
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
        let headless = self.log_head == OpId([0; 32]);
        if self.log_entries > MAX_LOG + 1 || (self.log_entries == 0) != headless {
            return Err(DecodeError::Invalid(
                "the chair's log has a last entry exactly when it has any",
            ));
        }
        Ok(())
    }
}

/// A statement that holds together: its numbers are ones that ballots can add up to. Whether they are true, it does
/// not say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    said: PrecinctState,
    /// Versions fit in 32 bits, and boards keep thousands of statements.
    after: Box<[(PrecinctId, u32)]>,
    state: StateId,
    id: StatementId,
}

impl Statement {
    /// States that, after those versions of other precincts, ascending.
    ///
    /// # Errors
    /// [`DecodeError::Invalid`] with what cannot be.
    pub fn new(
        rules: &Rules,
        said: PrecinctState,
        after: Vec<(PrecinctId, u64)>,
    ) -> Result<Self, DecodeError> {
        said.check(rules)?;
        if after.len() > MAX_AFTER {
            return Err(DecodeError::Invalid(
                "a statement names more versions of other precincts than it may",
            ));
        }
        let others = |(precinct, version): &(PrecinctId, u64)| {
            precinct.0 < rules.precincts
                && *precinct != said.precinct
                && (1..=MAX_VERSION).contains(version)
        };
        if !after.iter().all(others) || !after.is_sorted_by(|a, b| a.0 < b.0) {
            return Err(DecodeError::Invalid(
                "a statement comes after versions of other precincts, each named once",
            ));
        }
        let mut writer = Writer::new();
        said.encode(&mut writer);
        let state = StateId(hash(STATE_DOMAIN, rules.poll, writer.as_bytes()));
        encode_after(&after, &mut writer);
        Ok(Self {
            id: StatementId(hash(STATEMENT_DOMAIN, rules.poll, writer.as_bytes())),
            state,
            said,
            // At most MAX_VERSION each.
            after: after
                .iter()
                .map(|(of, version)| (*of, *version as u32))
                .collect(),
        })
    }

    /// Appends its bytes.
    pub fn encode(&self, writer: &mut Writer) {
        self.said.encode(writer);
        encode_after(&self.after().collect::<Vec<_>>(), writer);
    }

    /// Reads one off the front of `reader`.
    ///
    /// # Errors
    /// [`DecodeError`]: cut short, over a cap, or not one that can be.
    pub fn read(reader: &mut Reader<'_>, rules: &Rules) -> Result<Self, DecodeError> {
        let said = PrecinctState::decode(reader, rules)?;
        let count = reader.length("what a statement comes after", MAX_AFTER)?;
        // Each takes at least two bytes: a count that lies takes no memory.
        let mut after = Vec::with_capacity(count.min(reader.len() / 2));
        for _ in 0..count {
            let precinct = precinct(reader, rules)?;
            after.push((precinct, reader.varint("a version", MAX_VERSION)?));
        }
        Self::new(rules, said, after)
    }

    /// How many ops it speaks of: ballots held, and entries of the chair's log. Of two statements of one precinct the
    /// one with the higher version is newer.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.total.ballots + u64::from(self.log_entries)
    }

    /// Whether it is newer than another of its precinct. Of those with equal versions, the smaller hash stands for the
    /// newer, so that all agree.
    #[must_use]
    pub fn is_newer_than(&self, other: &Self) -> bool {
        (self.version(), other.id) > (other.version(), self.id)
    }

    /// Which versions of other precincts its proposer had, as far as they changed since the precinct's statement before.
    pub fn after(&self) -> impl Iterator<Item = (PrecinctId, u64)> {
        self.after
            .iter()
            .map(|(of, version)| (*of, u64::from(*version)))
    }

    /// The name of what it says.
    #[must_use]
    pub fn state(&self) -> StateId {
        self.state
    }

    /// The name of all of it.
    #[must_use]
    pub fn id(&self) -> StatementId {
        self.id
    }
}

impl Deref for Statement {
    type Target = PrecinctState;

    fn deref(&self) -> &PrecinctState {
        &self.said
    }
}

fn encode_after(after: &[(PrecinctId, u64)], writer: &mut Writer) {
    writer.varint(after.len() as u64);
    for (precinct, version) in after {
        writer.varint(u64::from(precinct.0));
        writer.varint(*version);
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
    let small = [*counted, *spoiled]
        .iter()
        .chain(counts)
        .all(|n| *n <= registers);
    let fits = small
        && counted + spoiled <= registers
        && [ballots, revoked].iter().all(|n| **n <= MAX_BALLOTS);
    if !fits || counted + (*revoked).max(2 * spoiled) > *ballots {
        return Err(DecodeError::Invalid(
            "a return has fewer ballots than it says became of them",
        ));
    }
    let marks: u64 = counts.iter().sum();
    let possible = match rules.method {
        Method::Single => marks == *counted,
        Method::Approval => marks >= *counted && counts.iter().all(|count| count <= counted),
    };
    if possible {
        Ok(())
    } else {
        Err(DecodeError::Invalid(
            "a return's counts are not ones that its ballots can give",
        ))
    }
}
