//! Ops that another version of the page stored: under other rules their signatures are checked
//! anew, and what was of an unknown kind then is judged as what it is now.

use ed25519_zebra::SigningKey;
use election_core::ids::PollId;
use election_core::poll::RULES;
use election_core::poll::ballot::Ballot;
use election_core::poll::choice::Choice;
use election_core::poll::genesis::Genesis;
use election_core::poll::op::Op;
use election_core::poll::revocation::RevokeBallot;
use election_core::wire::envelope::{Signed, envelopes, sign};
use election_core::wire::link::Link;

use crate::harness::page::ORDINARY;
use crate::harness::stage::Stage;
use crate::harness::store::Record;
use crate::harness::tab::Tab;

/// The set of ops of the tab's browser, which is the only one there.
struct Set<'a> {
    tab: &'a Tab,
    poll: PollId,
    genesis: Genesis,
}

impl<'a> Set<'a> {
    async fn of(tab: &'a Tab, poll: PollId) -> Self {
        let records = tab.records().await;
        let ops = records.iter().flat_map(|record| envelopes(&record.bytes));
        let genesis = ops.into_iter().find(|op| op.kind == Genesis::KIND).unwrap();
        let genesis = Signed::<Genesis>::decode(genesis.bytes(), PollId::NONE, &()).unwrap();
        let genesis = Genesis::clone(&genesis.verify().unwrap());
        Self { tab, poll, genesis }
    }

    /// Adds an op as a page of those rules stores it.
    async fn add(&self, rules: u32, bytes: Vec<u8>) {
        let records = self.tab.records().await;
        let (set, place) = records.last().unwrap().key.rsplit_once('/').unwrap();
        let next = place.parse::<u64>().unwrap() + 1;
        let record = Record::new(format!("{set}/{next:010}"), rules, bytes);
        self.tab.put_record(&record).await;
    }

    /// Somebody's first ballot.
    fn ballot(&self, voter: u8, option: usize) -> Vec<u8> {
        let choice = Choice::new(&[option], self.genesis.method(), 3).unwrap();
        let ballot = Ballot::new(None, choice, &self.genesis);
        self.op(&SigningKey::from([voter; 32]), Op::Ballot(ballot))
    }

    fn op(&self, key: &SigningKey, op: Op) -> Vec<u8> {
        sign(key, self.poll, op).bytes().to_vec()
    }

    /// The first entry of the chair's log, if it is the chair who signs it: revokes the only ballot
    /// in the set.
    async fn revocation(&self, by: &SigningKey) -> Vec<u8> {
        let records = self.tab.records().await;
        let mut ops = records.iter().flat_map(|record| envelopes(&record.bytes));
        let ballot = ops.find(|op| op.kind == Ballot::KIND).unwrap();
        let revocation = RevokeBallot {
            index: 0,
            voter: ballot.author,
            ballot: ballot.id(self.poll),
            reason: "An old page did not know this".to_owned(),
        };
        self.op(by, Op::RevokeBallot(Box::new(revocation)))
    }
}

#[tokio::test]
async fn what_was_stored_under_other_rules_is_verified_anew() {
    let mut stage = Stage::open().await;
    let voter = stage.browser.tab("voter").await;
    let links = voter.make_poll(&ORDINARY).await;
    let poll = Link::parse(&links.voters).unwrap().poll;
    voter.vote(0).await;
    voter.is_kept().await;
    stage.stop_relay();
    let set = Set::of(&voter, poll).await;
    for (round, rules) in [RULES - 1, RULES + 1].into_iter().enumerate() {
        let mut forged = set.ballot(10 + round as u8, 1);
        *forged.last_mut().unwrap() ^= 1;
        set.add(rules, forged).await;
        set.add(rules, set.ballot(20 + round as u8, 2)).await;
        voter.reload().await;
        let counted = 1 + round as u64;
        voter.counts(1 + counted, &[1, 0, counted]).await;
    }
    stage.close().await;
}

#[tokio::test]
async fn what_an_old_page_stored_as_of_an_unknown_kind_is_judged_by_the_rules_of_today() {
    let mut stage = Stage::open().await;
    let voter = stage.browser.tab("voter").await;
    let links = voter.make_poll(&ORDINARY).await;
    let Link { poll, chair, .. } = Link::parse(&links.chair).unwrap();
    voter.vote(0).await;
    voter.is_kept().await;
    stage.stop_relay();
    let set = Set::of(&voter, poll).await;

    // A page that does not know a kind does not know either who may sign it.
    let by_anybody = set.revocation(&SigningKey::from([7; 32])).await;
    set.add(RULES, by_anybody).await;
    // This page does not know that one.
    let unknown = Op::Unknown {
        kind: (200, 1),
        body: vec![1; 40].into(),
    };
    set.add(RULES, set.op(&SigningKey::from([8; 32]), unknown))
        .await;
    voter.reload().await;
    voter.counts(1, &[1, 0, 0]).await;
    voter.says("needs-newer", "1 entry here needs").await;
    assert_eq!(voter.number("revoked-notice").await, 0);

    let by_the_chair = set.revocation(&chair.unwrap()).await;
    set.add(RULES, by_the_chair).await;
    voter.reload().await;
    voter.counts(0, &[0, 0, 0]).await;
    voter
        .says("revoked-notice", "An old page did not know this")
        .await;
    stage.close().await;
}
