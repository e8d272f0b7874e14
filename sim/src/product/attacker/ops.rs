//! What the attacker signs, and what it forges.

use std::collections::VecDeque;
use std::rc::Rc;

use ed25519_zebra::SigningKey;
use election_core::board::statement::PrecinctState;
use election_core::board::{Claim, Rules, SignedClaim, Statement};
use election_core::broadcast::causal::MAX_WAITERS;
use election_core::ids::{OpId, PollId, VoterKey};
use election_core::poll::ballot::Ballot;
use election_core::poll::choice::Choice;
use election_core::poll::method::Method;
use election_core::poll::op::{Op, VerifiedOp};
use election_core::poll::revocation::RevokeBallot;
use election_core::wire::bytes::Writer;
use election_core::wire::envelope::{sign, voter_key};

use crate::product::poll::Poll;
use crate::random::Random;

/// The most voters that it makes up.
const MOST_FRESH_VOTERS: u32 = 200;
/// The most crowds of ballots that wait for one thing.
const MOST_CROWDS: u32 = 3;
/// The most ops of unknown kinds.
const MOST_UNKNOWN: u32 = 20;

/// An op's id and its bytes.
pub type Made = (OpId, Vec<u8>);

/// Its key, and what it signed so far.
pub struct Signer {
    poll: Rc<Poll>,
    key: SigningKey,
    voter: VoterKey,
    /// One of the ballots of the last number that it used.
    tip: Option<(u32, OpId)>,
    kept_back: VecDeque<Made>,
    fresh_voters: u32,
    crowds: u32,
    /// What a crowd waits for.
    awaited: Option<Made>,
    unknown: u32,
}

impl Signer {
    pub fn new(poll: Rc<Poll>, voter: u64) -> Self {
        let key = poll.voter(voter);
        Self {
            poll,
            voter: voter_key(&key),
            key,
            tip: None,
            kept_back: VecDeque::new(),
            fresh_voters: 0,
            crowds: 0,
            awaited: None,
            unknown: 0,
        }
    }

    pub fn voter(&self) -> VoterKey {
        self.voter
    }

    pub fn poll(&self) -> PollId {
        self.poll.id()
    }

    /// Two or three ballots of the next number, all of them valid, the last of them sometimes kept
    /// back; or one that was. None when its numbers are used up.
    pub fn equivocal(&mut self, random: &mut Random) -> Vec<Made> {
        if random.chance(0.3)
            && let Some(late) = self.kept_back.pop_front()
        {
            return vec![late];
        }
        let highest = self.poll.genesis().max_seq();
        if self.tip.is_some_and(|(seq, _)| seq >= highest) {
            return Vec::new();
        }
        let many = random.between(2, 3).min(self.poll.options() as u64) as usize;
        let first = random.below(self.poll.options() as u64) as usize;
        let mut ballots = Vec::new();
        for option in (first..first + many).map(|option| option % self.poll.options()) {
            ballots.extend(self.ballot(&self.key, self.tip, option).map(|op| made(&op)));
        }
        let seq = self.tip.map_or(0, |(seq, _)| seq + 1);
        self.tip = random.pick(&ballots).map(|(id, _)| (seq, *id));
        if ballots.len() > 1 && random.chance(0.5) {
            self.kept_back.extend(ballots.pop());
        }
        ballots
    }

    /// A ballot that follows one that there is not.
    pub fn orphan(&self, random: &mut Random) -> Option<Made> {
        let highest = u64::from(self.poll.genesis().max_seq());
        let before = random.below(highest) as u32;
        let nowhere = OpId(random.bytes());
        let op = self.ballot(
            &self.key,
            (highest > 0).then_some((before, nowhere))?.into(),
            0,
        );
        op.map(|op| made(&op))
    }

    /// A ballot of somebody new that waits for one that is kept back, and more than are held back
    /// for one thing that wait for it too and will never be delivered; or the one that was kept
    /// back.
    pub fn crowd(&mut self, random: &mut Random) -> Vec<Made> {
        if let Some(awaited) = self.awaited.take() {
            return vec![awaited];
        }
        if self.crowds >= MOST_CROWDS {
            return Vec::new();
        }
        self.crowds += 1;
        let key = SigningKey::from(random.bytes());
        let Some(first) = self.ballot(&key, None, 0) else {
            return Vec::new();
        };
        let most = MAX_WAITERS as u64;
        let nowhere = (0..random.between(most - 2, most + 4)).map(|_| OpId(random.bytes()));
        let before = [first.id()].into_iter().chain(nowhere);
        let crowd = before.filter_map(|before| self.ballot(&key, Some((0, before)), 1));
        let crowd = crowd.map(|op| made(&op)).collect();
        self.awaited = Some(made(&first));
        crowd
    }

    /// The first ballot of somebody new.
    pub fn fresh_voter(&mut self, random: &mut Random) -> Option<Made> {
        if self.fresh_voters >= MOST_FRESH_VOTERS {
            return None;
        }
        self.fresh_voters += 1;
        let key = SigningKey::from(random.bytes());
        let option = random.below(self.poll.options() as u64) as usize;
        self.ballot(&key, None, option).map(|op| made(&op))
    }

    /// An op of a kind or version that there is not.
    pub fn unknown(&mut self, random: &mut Random) -> Option<Made> {
        if self.unknown >= MOST_UNKNOWN {
            return None;
        }
        self.unknown += 1;
        let kind = if random.chance(0.5) { (1, 2) } else { (9, 1) };
        let body = random.bytes();
        let op = Op::Unknown {
            kind,
            body: Box::new(body),
        };
        Some(made(&sign(&self.key, self.poll.id(), op)))
    }

    /// A well signed op that the rules refuse.
    pub fn against_the_rules(
        &self,
        victim: Option<(VoterKey, OpId)>,
        random: &mut Random,
    ) -> Vec<u8> {
        let genesis = self.poll.genesis();
        let op = match random.below(4) {
            0 => {
                let beyond = (genesis.max_seq(), OpId(random.bytes()));
                self.ballot(&self.key, Some(beyond), 0)
            }
            1 => {
                // The first that there is not; with 64 options, all are there.
                let all = Choice::new(&[self.poll.options()], Method::Single, 64).ok();
                let ballot = all.map(|choice| Op::Ballot(Ballot::new(None, choice, genesis)));
                ballot.map(|op| sign(&self.key, self.poll.id(), op))
            }
            2 => {
                // Kind 0: a second genesis, which it is not.
                let body = Box::new(random.bytes());
                let op = Op::Unknown { kind: (0, 1), body };
                Some(sign(&self.key, self.poll.id(), op))
            }
            _ => None,
        };
        let op = op.unwrap_or_else(|| self.revocation(victim));
        op.bytes().to_vec()
    }

    /// An op whose signature is wrong.
    pub fn forged(&self, victim: Option<(VoterKey, OpId)>, random: &mut Random) -> Vec<u8> {
        let (voter, _) = victim.unwrap_or((self.poll.genesis().chair(), OpId([0; 32])));
        let option = random.below(self.poll.options() as u64) as usize;
        match random.below(4) {
            0 => in_the_name_of(
                &self.voter,
                &self.poll.genesis().chair(),
                &self.revocation(victim),
            ),
            1 => {
                // Well signed, for another poll.
                let (op, _) = match self.ballot(&self.key, None, option) {
                    Some(op) => op.into_parts(),
                    None => return Vec::new(),
                };
                let elsewhere = PollId(random.bytes());
                sign(&self.key, elsewhere, op).bytes().to_vec()
            }
            _ => match self.ballot(&self.key, None, option) {
                Some(op) => in_the_name_of(&self.voter, &voter, &op),
                None => Vec::new(),
            },
        }
    }

    /// What that claim says, with other figures, signed by a few voters of the precinct who were
    /// never there: one claim each.
    pub fn false_claims(&self, received: &[u8], random: &mut Random) -> Vec<Vec<u8>> {
        let rules = Rules::of(self.poll.genesis());
        let Ok(received) = SignedClaim::decode(received, &rules) else {
            return Vec::new();
        };
        let Some(received) = received.verify() else {
            return Vec::new();
        };
        let mut said: PrecinctState = (**received.statement()).clone();
        let more = random.between(1, 9);
        said.total.ballots += more;
        said.total.counted += more;
        said.total.counts[0] += more;
        let Ok(statement) = Statement::new(&rules, said) else {
            return Vec::new();
        };
        let precinct = statement.precinct;
        let mut claims = Vec::new();
        for _ in 0..random.between(2, 4) {
            let key = loop {
                let key = SigningKey::from(random.bytes());
                if rules.precinct_of(voter_key(&key)) == precinct {
                    break key;
                }
            };
            if let Ok(claim) = Claim::sign(&key, &rules, statement.clone()) {
                let mut writer = Writer::new();
                claim.encode(&mut writer);
                claims.push(writer.into_bytes());
            }
        }
        claims
    }

    fn revocation(&self, victim: Option<(VoterKey, OpId)>) -> VerifiedOp {
        let (voter, ballot) = victim.unwrap_or((self.voter, OpId([0; 32])));
        let revocation = RevokeBallot {
            index: 0,
            voter,
            ballot,
            reason: "I did not like it".to_owned(),
        };
        let op = Op::RevokeBallot(Box::new(revocation));
        sign(&self.key, self.poll.id(), op)
    }

    fn ballot(
        &self,
        key: &SigningKey,
        prev: Option<(u32, OpId)>,
        option: usize,
    ) -> Option<VerifiedOp> {
        let genesis = self.poll.genesis();
        let choice = Choice::new(&[option], genesis.method(), self.poll.options()).ok()?;
        let ballot = Ballot::new(prev, choice, genesis);
        Some(sign(key, self.poll.id(), Op::Ballot(ballot)))
    }
}

fn made(op: &VerifiedOp) -> Made {
    (op.id(), op.bytes().to_vec())
}

/// The op with another author's key in the place of its own.
fn in_the_name_of(own: &VoterKey, other: &VoterKey, op: &VerifiedOp) -> Vec<u8> {
    let mut bytes = op.bytes().to_vec();
    if let Some(at) = bytes.windows(32).position(|window| *window == own.0) {
        bytes[at..at + 32].copy_from_slice(&other.0);
    }
    bytes
}
