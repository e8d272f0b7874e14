//! Votes are cast with nobody in reach, and merge when somebody is.

use crate::harness::page::{ORDINARY, SUMMER, all_agree};
use crate::harness::stage::Stage;
use crate::harness::store::Fault;

#[tokio::test]
async fn a_tab_that_went_offline_merges_when_it_comes_back() {
    let stage = Stage::open().await;
    let [chair, away, other] = ["chair", "away", "other"].map(|name| stage.browser.tab(name));
    let (chair, away, other) = (chair.await, away.await, other.await);
    let links = chair.make_poll(&SUMMER).await;
    away.join(&links.voters).await;
    other.join(&links.voters).await;
    for tab in [&chair, &away, &other] {
        tab.shows("connection", "2 others here").await;
    }

    away.click("go-offline").await;
    away.shows("connection", "Offline").await;
    away.shows("go-offline", "Go online").await;
    away.read("offline-banner").await;
    away.vote(2).await;
    away.says("vote-state", "Saved on this device").await;
    away.says("offline-banner", "waiting here").await;
    away.counts(1, &[0, 0, 1]).await;

    chair.vote(0).await;
    other.vote(0).await;
    for tab in [&chair, &other] {
        tab.shows("connection", "1 other here").await;
        tab.counts(2, &[2, 0, 0]).await;
    }
    away.counts(1, &[0, 0, 1]).await;

    away.click("go-offline").await;
    for tab in [&chair, &away, &other] {
        tab.counts(3, &[2, 0, 1]).await;
    }
    let said = away.says("rejoin-message", "2 ballots came in").await;
    assert!(said.starts_with("Away "), "{said}");
    away.says("rejoin-message", "your vote reached 2 others")
        .await;
    assert_eq!(
        away.number("rejoin-message").await,
        1,
        "one message sums it up"
    );
    away.lacks("offline-banner").await;
    away.says("vote-state", "Seen by 2 others").await;
    all_agree(&[&chair, &away, &other]).await;
    stage.close().await;
}

#[tokio::test]
async fn all_tabs_merge_when_the_relay_is_back() {
    let mut stage = Stage::open().await;
    let chair = stage.browser.tab("chair").await;
    let links = chair.make_poll(&SUMMER).await;
    let (anna, bert) = (
        stage.browser.tab("anna").await,
        stage.browser.tab("bert").await,
    );
    anna.join(&links.voters).await;
    bert.join(&links.voters).await;
    let tabs = [&chair, &anna, &bert];
    for tab in tabs {
        tab.shows("connection", "2 others here").await;
    }

    stage.stop_relay();
    for (option, tab) in tabs.into_iter().enumerate() {
        tab.shows("connection", "Offline").await;
        tab.read("offline-banner").await;
        tab.vote(option).await;
        tab.says("vote-state", "Saved on this device").await;
    }
    chair.counts(1, &[1, 0, 0]).await;
    anna.counts(1, &[0, 1, 0]).await;
    bert.counts(1, &[0, 0, 1]).await;

    stage.relay.start_again();
    for tab in tabs {
        tab.counts(3, &[1, 1, 1]).await;
        tab.says("rejoin-message", "came in").await;
        tab.says("vote-state", "Seen by 2 others").await;
        tab.lacks("offline-banner").await;
    }
    all_agree(&tabs).await;
    stage.close().await;
}

#[tokio::test]
async fn a_vote_cast_offline_is_sent_after_a_reload() {
    let mut stage = Stage::open().await;
    let (chair, voter) = (
        stage.browser.tab("chair").await,
        stage.browser.tab("voter").await,
    );
    let links = chair.make_poll(&SUMMER).await;
    voter.join(&links.voters).await;
    voter.is_kept().await;
    stage.stop_relay();
    voter.shows("connection", "Offline").await;
    voter.vote(1).await;
    voter.reload().await;
    voter.counts(1, &[0, 1, 0]).await;
    chair.counts(0, &[0, 0, 0]).await;
    stage.relay.start_again();
    for tab in [&chair, &voter] {
        tab.counts(1, &[0, 1, 0]).await;
    }
    stage.close().await;
}

#[tokio::test]
async fn all_tabs_of_a_browser_go_offline_together_and_stay_so() {
    let stage = Stage::on_plain_http().await;
    let mut stage = stage;
    let chair = stage.another_browser().await.tab("chair").await;
    let links = chair.make_poll(&ORDINARY).await;
    let (first, second) = (
        stage.browser.tab("first").await,
        stage.browser.tab("second").await,
    );
    for tab in [&first, &second] {
        tab.join(&links.voters).await;
    }
    chair.shows("connection", "2 others here").await;
    first.go_offline().await;
    second.shows("connection", "Offline").await;
    second.shows("go-offline", "Go online").await;
    first.stores_offline(1).await;
    // One that is opened meanwhile is offline too, and one that is loaded anew still.
    let third = stage.browser.tab("third").await;
    third.join(&links.voters).await;
    second.reload().await;
    second.read("choice-0").await;
    for tab in [&third, &second] {
        tab.shows("connection", "Offline").await;
        tab.shows("go-offline", "Go online").await;
    }
    // They have no network between them, and are one voter all the same.
    second.vote(1).await;
    for tab in [&first, &third] {
        tab.shows("voted", "You voted for Porto in this browser")
            .await;
        tab.counts(1, &[0, 1, 0]).await;
    }
    third.vote(2).await;
    for tab in [&first, &second] {
        tab.counts(1, &[0, 0, 1]).await;
    }
    chair.shows("connection", "Nobody else here").await;
    chair.counts(0, &[0, 0, 0]).await;

    // The browser is closed and opened again: whoever chose to be away is away.
    let stage = stage.restart_browser().await;
    let (first, second) = (
        stage.browser.tab("first again").await,
        stage.browser.tab("second again").await,
    );
    for tab in [&first, &second] {
        tab.join(&links.voters).await;
        tab.shows("connection", "Offline").await;
        tab.counts(1, &[0, 0, 1]).await;
    }
    // And any of them brings all back.
    second.click("go-offline").await;
    for tab in [&first, &second, &chair] {
        tab.shows("connection", "2 others here").await;
        tab.counts(1, &[0, 0, 1]).await;
    }
    stage.close().await;
}

/// What shuts a page's ways out.
const DYING: &str = include_str!("dying.js");

#[tokio::test]
async fn a_tab_that_was_told_nothing_follows_the_choice_when_it_looks() {
    let mut stage = Stage::open().await;
    let chair = stage.another_browser().await.tab("chair").await;
    let links = chair.make_poll(&ORDINARY).await;
    let (first, second) = (
        stage.browser.tab("first").await,
        stage.browser.tab("second").await,
    );
    first.run_first(DYING).await;
    for tab in [&first, &second] {
        tab.join(&links.voters).await;
    }
    chair.shows("connection", "2 others here").await;
    first.run("dying.now(['tabs'])", &[]).await;
    let look = "document.dispatchEvent(new Event('visibilitychange'))";
    for (offline, says, others) in [
        (1, "Offline", "Nobody else here"),
        (0, "other", "2 others here"),
    ] {
        first.click("go-offline").await;
        first.says("connection", says).await;
        chair.shows("connection", "1 other here").await;
        first.stores_offline(offline).await;
        first.reload().await;
        first.read("choice-0").await;
        first.says("connection", says).await;
        first.run("dying.now(['tabs'])", &[]).await;
        second.run(look, &[]).await;
        second.says("connection", says).await;
        chair.shows("connection", others).await;
    }

    // The same for one that is put aside meanwhile and brought back.
    let elsewhere = second
        .in_hand()
        .await
        .goto("data:text/html,elsewhere")
        .await;
    elsewhere.unwrap();
    first.go_offline().await;
    first.stores_offline(1).await;
    second.in_hand().await.back().await.unwrap();
    second.shows("go-offline", "Go online").await;
    second.shows("connection", "Offline").await;
    chair.shows("connection", "Nobody else here").await;
    stage.close().await;
}

#[tokio::test]
async fn who_goes_offline_while_the_page_still_opens_is_offline() {
    let mut stage = Stage::open().await;
    let chair = stage.browser.tab("chair").await;
    let links = chair.make_poll(&ORDINARY).await;
    let voter = stage.another_browser().await.tab("voter").await;
    // It waits for seconds for the store, and goes on without it.
    voter.distrust_store(Fault::OpenIsSilent).await;
    voter.open(&links.voters).await;
    voter.go_offline().await;
    voter.read("unsaved").await;
    voter.shows("connection", "Offline").await;
    chair.shows("connection", "Nobody else here").await;
    voter.shows("go-offline", "Go online").await;
    voter.click("go-offline").await;
    chair.shows("connection", "1 other here").await;
    stage.close().await;
}

#[tokio::test]
async fn a_browser_that_is_offline_in_one_poll_is_not_in_another() {
    let stage = Stage::open().await;
    let (one, other) = (
        stage.browser.tab("one").await,
        stage.browser.tab("other").await,
    );
    one.make_poll(&ORDINARY).await;
    other.make_poll(&ORDINARY).await;
    one.go_offline().await;
    other.shows("connection", "Nobody else here").await;
    other.reload().await;
    other.shows("connection", "Nobody else here").await;
    one.shows("connection", "Offline").await;
    stage.close().await;
}

#[tokio::test]
async fn of_two_tabs_that_are_their_own_voters_one_goes_offline_and_they_part_and_merge() {
    let stage = Stage::open().await;
    let (left, right) = (
        stage.browser.tab("left").await,
        stage.browser.tab("right").await,
    );
    let links = left.make_poll(&SUMMER).await;
    right.join(&links.voters).await;
    left.shows("connection", "1 other here").await;
    right.go_offline().await;
    left.shows("connection", "Nobody else here").await;
    left.shows("go-offline", "Go offline").await;
    left.vote(0).await;
    right.vote(1).await;
    left.counts(1, &[1, 0, 0]).await;
    right.counts(1, &[0, 1, 0]).await;
    for tab in [&left, &right] {
        tab.reload().await;
    }
    left.shows("connection", "Nobody else here").await;
    right.shows("connection", "Offline").await;
    left.counts(1, &[1, 0, 0]).await;
    right.counts(1, &[0, 1, 0]).await;
    // A third begins with what this browser holds, and with a choice of its own.
    let third = stage.browser.tab("third").await;
    third.join(&links.voters).await;
    third.shows("connection", "1 other here").await;
    third.counts(2, &[1, 1, 0]).await;
    right.click("go-offline").await;
    for tab in [&left, &right, &third] {
        tab.counts(2, &[1, 1, 0]).await;
    }
    all_agree(&[&left, &right, &third]).await;
    stage.close().await;
}
