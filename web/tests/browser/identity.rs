//! Who a tab is: duplicated, closed and opened again, or the last one that is left.

use serde_json::json;

use crate::harness::page::{ORDINARY, SUMMER, all_agree};
use crate::harness::stage::Stage;

#[tokio::test]
async fn a_duplicated_tab_becomes_a_new_voter() {
    let stage = Stage::open().await;
    let (chair, first) = (
        stage.browser.tab("chair").await,
        stage.browser.tab("first").await,
    );
    let links = chair.make_poll(&SUMMER).await;
    first.join(&links.voters).await;
    first.vote(0).await;
    let (voter, receipt) = (first.voter().await, first.read("receipt").await);

    first.answers_late().await;
    let second = stage.browser.duplicate(&first, "second").await;
    second.read("voter-name").await;
    let duplicate = second.voter().await;
    assert_ne!(duplicate, voter, "two tabs under one voter's key");
    assert_eq!(
        second.number("receipt").await,
        0,
        "the vote is the first tab's"
    );
    second.vote(1).await;
    for tab in [&chair, &first, &second] {
        tab.counts(2, &[1, 1, 0]).await;
    }
    assert_eq!(first.voter().await, voter);
    assert_eq!(first.read("receipt").await, receipt);

    // Each stays who it is, and can go on.
    for tab in [&first, &second] {
        tab.reload().await;
        tab.counts(2, &[1, 1, 0]).await;
    }
    assert_eq!(first.voter().await, voter);
    assert_eq!(second.voter().await, duplicate);
    first.vote(2).await;
    second.vote(2).await;
    for tab in [&chair, &first, &second] {
        tab.counts(2, &[0, 0, 2]).await;
    }
    all_agree(&[&chair, &first, &second]).await;
    stage.close().await;
}

#[tokio::test]
async fn a_closed_tab_finds_its_voter_again() {
    let mut stage = Stage::open().await;
    let chair = stage.browser.tab("chair").await;
    let links = chair.make_poll(&ORDINARY).await;
    let phone = stage.another_browser().await;
    // A browser whose last tab is closed is gone.
    let (empty, voter) = (phone.tab("empty").await, phone.tab("voter").await);
    voter.join(&links.voters).await;
    voter.vote(0).await;
    let (name, receipt) = (voter.voter().await, voter.read("receipt").await);
    chair.counts(1, &[1, 0, 0]).await;
    voter.close().await;
    chair.shows("connection", "Nobody else here").await;

    empty.in_hand().await;
    let voter = phone.tab("voter again").await;
    voter.join(&links.voters).await;
    assert_eq!(voter.voter().await, name);
    assert_eq!(voter.read("receipt").await, receipt);
    voter
        .shows("voted", "You voted for Bergen in this browser")
        .await;
    voter.shows("vote", "Change my vote").await;
    voter.vote(1).await;
    for tab in [&chair, &voter] {
        tab.counts(1, &[0, 1, 0]).await;
    }
    stage.close().await;
}

#[tokio::test]
async fn a_browser_that_was_closed_brings_poll_voter_and_chair_back() {
    let stage = Stage::open().await;
    let tab = stage.browser.tab("chair").await;
    let links = tab.make_poll(&ORDINARY).await;
    tab.vote(2).await;
    let (name, receipt) = (tab.voter().await, tab.read("receipt").await);

    let stage = stage.restart_browser().await;
    let tab = stage.browser.tab("chair again").await;
    tab.join(&links.voters).await;
    tab.counts(1, &[0, 0, 1]).await;
    assert_eq!(tab.voter().await, name);
    assert_eq!(tab.read("receipt").await, receipt);
    assert_eq!(tab.chair_link().await, links.chair);
    stage.close().await;
}

#[tokio::test]
async fn one_tab_that_is_left_brings_the_poll_back() {
    let mut stage = Stage::open().await;
    let (chair, anna) = (
        stage.browser.tab("chair").await,
        stage.browser.tab("anna").await,
    );
    let last = stage.browser.tab("last").await;
    let links = chair.make_poll(&SUMMER).await;
    anna.join(&links.voters).await;
    last.join(&links.voters).await;
    chair.vote(0).await;
    anna.vote(1).await;
    last.vote(1).await;
    last.counts(3, &[1, 2, 0]).await;
    last.shows("agree", "2 of 2").await;
    let before = last.results().await;
    chair.close().await;
    anna.close().await;
    last.shows("connection", "Nobody else here").await;

    let newcomer = stage.another_browser().await.tab("newcomer").await;
    newcomer.join(&links.voters).await;
    newcomer.counts(3, &[1, 2, 0]).await;
    assert_eq!(newcomer.results().await, before);
    newcomer.mentions(SUMMER.title).await;
    newcomer.vote(0).await;
    for tab in [&last, &newcomer] {
        tab.counts(4, &[2, 2, 0]).await;
    }
    stage.close().await;
}

#[tokio::test]
async fn a_link_waits_until_somebody_has_the_poll() {
    let mut stage = Stage::open().await;
    let chair = stage.browser.tab("chair").await;
    let links = chair.make_poll(&SUMMER).await;
    chair.click("go-offline").await;
    chair.shows("connection", "Offline").await;
    let newcomer = stage.another_browser().await.tab("newcomer").await;
    newcomer.open(&links.voters).await;
    newcomer
        .says("waiting", "Nobody else is here right now")
        .await;
    chair.click("go-offline").await;
    newcomer.read("choice-0").await;
    newcomer.vote(1).await;
    chair.counts(1, &[0, 1, 0]).await;
    stage.close().await;
}

#[tokio::test]
async fn a_tab_that_learns_the_chairs_key_stays_the_voter_that_it_is() {
    let mut stage = Stage::open().await;
    let chair = stage.browser.tab("chair").await;
    for poll in [&ORDINARY, &SUMMER] {
        let links = chair.make_poll(poll).await;
        let tab = stage.another_browser().await.tab("voter").await;
        tab.join(&links.voters).await;
        tab.vote(1).await;
        let (name, receipt) = (tab.voter().await, tab.read("receipt").await);
        // In the same page, as an edited address or a link that is pasted there.
        tab.run("location.href = arguments[0]", &[json!(links.chair)])
            .await;
        assert_eq!(tab.chair_link().await, links.chair);
        assert_eq!(tab.voter().await, name);
        assert_eq!(tab.read("receipt").await, receipt);
        for tab in [&chair, &tab] {
            tab.counts(1, &[0, 1, 0]).await;
        }
        tab.vote(2).await;
        for tab in [&chair, &tab] {
            tab.counts(1, &[0, 0, 1]).await;
        }
    }
    stage.close().await;
}
