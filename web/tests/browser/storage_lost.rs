//! The browser closes the database under the page, as it may at any time: nothing is lost, and
//! nobody is asked anything.

use election_core::wire::link::Link;

use serde_json::{Value, json};

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
        // And the definitions of the two polls before.
        chair.stores(id, 4).await;

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

#[tokio::test]
async fn what_the_browser_itself_closes_and_clears_under_open_tabs_is_there_again_with_the_next_vote()
 {
    let mut stage = Stage::open().await;
    let chair = stage.browser.tab("chair").await;
    let links = chair.make_poll(&ORDINARY).await;
    let poll = Link::parse(&links.voters).unwrap().poll;
    let phone = stage.another_browser().await;
    let voter = phone.tab("voter").await;
    voter.join(&links.voters).await;
    voter.vote(0).await;
    voter.stores(poll, 1).await;
    let twin = phone.tab("twin").await;
    twin.join(&links.voters).await;
    twin.shows("voted", "You voted for Bergen in this browser")
        .await;
    let name = voter.voter().await;

    twin.clear_store().await;
    for (option, tab) in [(1, &voter), (2, &twin)] {
        tab.vote(option).await;
        complains_of_nothing(tab).await;
    }
    chair.counts(1, &[0, 0, 1]).await;
    voter
        .shows("voted", "You voted for Stay here in this browser")
        .await;
    stage.stop_relay();
    for tab in [&voter, &twin] {
        tab.in_hand().await;
        tab.reload().await;
        assert_eq!(tab.voter().await, name);
        tab.counts(1, &[0, 0, 1]).await;
        complains_of_nothing(tab).await;
    }
    stage.close().await;
}

#[tokio::test]
async fn a_record_that_cannot_be_read_is_left_as_it_is_and_said_so() {
    let mut stage = Stage::open().await;
    let chair = stage.browser.tab("chair").await;
    let links = chair.make_poll(&ORDINARY).await;
    let poll = Link::parse(&links.voters).unwrap().poll;
    let voter = stage.another_browser().await.tab("voter").await;
    voter.join(&links.voters).await;
    voter.vote(0).await;
    voter.stores(poll, 1).await;
    voter.is_kept().await;
    let name = voter.voter().await;

    let whole = voter.swap_poll_record(poll, &Value::Null).await;
    let mut strange = whole.clone();
    strange["secret"] = json!("in a form of its own");
    voter.swap_poll_record(poll, &strange).await;
    voter.reload().await;
    voter.says("unsaved", "cannot be read").await;
    // It may be looked at, and voted in under a name that nothing is kept of.
    chair.counts(1, &[1, 0, 0]).await;
    voter.vote(1).await;
    assert_ne!(voter.voter().await, name);
    chair.counts(2, &[1, 1, 0]).await;
    assert_eq!(voter.swap_poll_record(poll, &whole).await, strange);
    voter.reload().await;
    assert_eq!(voter.voter().await, name);
    voter
        .shows("voted", "You voted for Bergen in this browser")
        .await;
    complains_of_nothing(&voter).await;
    stage.close().await;
}
