//! The browser closes the database under the page, as it may at any time: nothing is lost, and nobody is asked anything.

use election_core::wire::link::Link;

use crate::harness::page::{ORDINARY, SUMMER};
use crate::harness::stage::Stage;
use crate::harness::store::Fault;
use crate::harness::tab::Tab;

/// It saves as if nothing had happened.
async fn complains_of_nothing(tab: &Tab) {
    for hook in ["unsaved", "reload-to-sign", "lacks-own", "vote-error"] {
        assert_eq!(tab.number(hook).await, 0, "{}: {hook}", tab.name());
    }
}

#[tokio::test]
async fn a_connection_that_is_closed_costs_neither_voter_nor_ballots_said_or_unsaid() {
    let mut stage = Stage::open().await;
    let chair = stage.browser.tab("chair").await;
    let links = chair.make_poll(&ORDINARY).await;
    let poll = Link::parse(&links.voters).unwrap().poll;
    let phone = stage.another_browser().await;
    let voter = phone.tab("voter").await;
    voter.distrust_store(Fault::None).await;
    voter.join(&links.voters).await;
    voter.vote(0).await;
    let name = voter.voter().await;

    for (round, says) in [true, false].into_iter().enumerate() {
        // Somebody else's ballot is the next to be written.
        voter.close_store(says).await;
        chair.vote(round).await;
        voter.stores(poll, 2 + round * 2).await;
        complains_of_nothing(&voter).await;
        // And then one's own.
        voter.close_store(says).await;
        voter.vote(1 + round).await;
        voter.stores(poll, 3 + round * 2).await;
        complains_of_nothing(&voter).await;
    }
    voter.counts(2, &[0, 1, 1]).await;
    voter.says("vote-state", "Seen by 1 other").await;
    voter.is_kept().await;

    // With nobody in reach: what is there is on the disk.
    stage.stop_relay();
    voter.reload().await;
    voter.counts(2, &[0, 1, 1]).await;
    assert_eq!(voter.voter().await, name);
    voter
        .shows("voted", "You voted for Stay here in this browser")
        .await;
    complains_of_nothing(&voter).await;
    stage.close().await;
}

#[tokio::test]
async fn what_is_broken_off_is_written_again_when_a_poll_is_made_opened_and_voted_in() {
    for poll in [ORDINARY, SUMMER] {
        let mut stage = Stage::open().await;
        let chair = stage.browser.tab("chair").await;
        chair.distrust_store(Fault::None).await;
        // Who it is takes two steps, and the definition is the third.
        let mut made = Vec::new();
        for spares in 0..3 {
            chair.write_poll(&poll).await;
            chair.break_writes(spares, 1).await;
            chair.click("make-submit").await;
            made.push(chair.links().await);
            complains_of_nothing(&chair).await;
        }
        let links = made.pop().unwrap();
        chair.break_writes(0, 2).await;
        chair.vote(0).await;
        complains_of_nothing(&chair).await;
        chair.is_kept().await;

        let voter = stage.another_browser().await.tab("voter").await;
        voter.distrust_store(Fault::None).await;
        voter.open("/").await;
        voter.break_writes(0, 2).await;
        voter.fill("home-join-input", &links.voters).await;
        voter.click("home-join").await;
        voter.read("choice-0").await;
        complains_of_nothing(&voter).await;
        voter.break_writes(0, 2).await;
        voter.vote(1).await;
        complains_of_nothing(&voter).await;
        voter.is_kept().await;
        chair.counts(2, &[1, 1, 0]).await;
        let id = Link::parse(&links.voters).unwrap().poll;
        let names = (chair.voter().await, voter.voter().await);
        voter.stores(id, 2).await;

        stage.stop_relay();
        for tab in [&chair, &voter] {
            tab.reload().await;
            tab.counts(2, &[1, 1, 0]).await;
        }
        assert_eq!((chair.voter().await, voter.voter().await), names);
        assert_eq!(chair.chair_link().await, links.chair);
        stage.close().await;
    }
}
