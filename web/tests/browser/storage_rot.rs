//! A record that rotted on the disk: it is noticed, others bring it back, and meanwhile no number
//! is used twice.

use election_core::ids::PollId;
use election_core::poll::ballot::Ballot;
use election_core::poll::genesis::Genesis;
use election_core::wire::link::Link;

use crate::harness::page::{Links, ORDINARY, SUMMER};
use crate::harness::stage::Stage;
use crate::harness::store::Record;
use crate::harness::tab::Tab;

/// The last record with an op of that kind.
async fn last(tab: &Tab, kind: (u8, u8)) -> Record {
    let mut records = tab.records().await.into_iter();
    let found = records.rfind(|record| record.has(kind));
    found.expect("one was stored")
}

/// Flips a bit in the middle of that record, which the checksum and the signature both notice.
async fn rot(tab: &Tab, kind: (u8, u8)) {
    let record = last(tab, kind).await;
    let mut bytes = record.bytes.clone();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    tab.put_record(&Record { bytes, ..record }).await;
}

fn id(links: &Links) -> PollId {
    Link::parse(&links.voters).unwrap().poll
}

#[tokio::test]
async fn a_rotten_ballot_is_not_counted_and_comes_back_from_others_for_good() {
    let mut stage = Stage::open().await;
    let chair = stage.browser.tab("chair").await;
    let links = chair.make_poll(&ORDINARY).await;
    let reader = stage.another_browser().await.tab("reader").await;
    reader.join(&links.voters).await;
    chair.vote(1).await;
    reader.stores(id(&links), 1).await;
    reader.is_kept().await;
    stage.stop_relay();
    rot(&reader, Ballot::KIND).await;
    reader.reload().await;
    reader.counts(0, &[0, 0, 0]).await;
    assert_eq!(
        reader.number("lacks-own").await,
        0,
        "it is somebody else's ballot"
    );

    stage.relay.start_again();
    reader.counts(1, &[0, 1, 0]).await;
    reader.stores(id(&links), 1).await;
    stage.stop_relay();
    reader.reload().await;
    reader.counts(1, &[0, 1, 0]).await;
    stage.close().await;
}

#[tokio::test]
async fn who_lost_a_ballot_casts_no_other_one_under_its_number() {
    for poll in [ORDINARY, SUMMER] {
        let mut stage = Stage::open().await;
        let chair = stage.browser.tab("chair").await;
        let links = chair.make_poll(&poll).await;
        let voter = stage.another_browser().await.tab("voter").await;
        voter.join(&links.voters).await;
        voter.vote(0).await;
        voter.vote(1).await;
        chair.counts(1, &[0, 1, 0]).await;
        voter.stores(id(&links), 2).await;
        voter.is_kept().await;
        let name = voter.voter().await;

        for is_gone in [false, true] {
            stage.stop_relay();
            match is_gone {
                false => rot(&voter, Ballot::KIND).await,
                true => {
                    let record = last(&voter, Ballot::KIND).await;
                    voter.delete_record(&record.key).await;
                }
            }
            voter.reload().await;
            assert_eq!(voter.voter().await, name);
            voter.says("lacks-own", "damaged on this device").await;
            voter.counts(1, &[1, 0, 0]).await;
            voter.click("choice-2").await;
            voter.click("vote").await;
            voter.says("vote-error", "damaged on this device").await;
            voter.counts(1, &[1, 0, 0]).await;

            stage.relay.start_again();
            voter.counts(1, &[0, 1, 0]).await;
            voter.lacks("lacks-own").await;
            voter.stores(id(&links), 2).await;
        }
        voter.vote(2).await;
        chair.counts(1, &[0, 0, 1]).await;
        voter.reload().await;
        voter.counts(1, &[0, 0, 1]).await;
        assert_eq!(voter.number("lacks-own").await, 0);
        stage.close().await;
    }
}

#[tokio::test]
async fn a_rotten_definition_takes_nothing_with_it() {
    let mut stage = Stage::open().await;
    let chair = stage.browser.tab("chair").await;
    let links = chair.make_poll(&ORDINARY).await;
    let voter = stage.another_browser().await.tab("voter").await;
    voter.join(&links.voters).await;
    chair.vote(0).await;
    voter.counts(1, &[1, 0, 0]).await;
    voter.is_kept().await;
    voter.stores(id(&links), 1).await;
    stage.stop_relay();
    // Nobody else has this one.
    voter.vote(1).await;
    let name = voter.voter().await;
    rot(&voter, Genesis::KIND).await;
    voter.reload().await;
    voter.read("waiting").await;

    stage.relay.start_again();
    for tab in [&voter, &chair] {
        tab.counts(2, &[1, 1, 0]).await;
    }
    assert_eq!(voter.voter().await, name);
    voter.vote(2).await;
    voter.stores(id(&links), 3).await;
    // It stands behind the ballots now.
    stage.stop_relay();
    voter.reload().await;
    voter.counts(2, &[1, 0, 1]).await;
    assert_eq!(voter.number("lacks-own").await, 0);
    stage.close().await;
}
