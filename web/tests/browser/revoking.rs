//! The chair revokes a ballot: all see it, the voter learns why and can vote again.

use crate::harness::page::{SUMMER, all_agree};
use crate::harness::stage::Stage;

const REASON: &str = "Not a member of the club";

#[tokio::test]
async fn a_revoked_ballot_is_seen_by_all_and_its_voter_can_vote_again() {
    let stage = Stage::open().await;
    let chair = stage.browser.tab("chair").await;
    let links = chair.make_poll(&SUMMER).await;
    let (anna, bert) = (
        stage.browser.tab("anna").await,
        stage.browser.tab("bert").await,
    );
    anna.join(&links.voters).await;
    bert.join(&links.voters).await;
    let tabs = [&chair, &anna, &bert];
    anna.vote(1).await;
    bert.vote(0).await;
    for tab in tabs {
        tab.counts(2, &[1, 1, 0]).await;
    }

    let voter = anna.voter().await;
    chair.revoke(&voter, REASON).await;
    for tab in tabs {
        tab.counts(1, &[1, 0, 0]).await;
        let log = tab.says("log", REASON).await;
        assert!(log.contains("revoked"), "{log}");
        assert!(log.contains(&voter), "the log says whose: {log}");
    }
    chair.says("ballots-table", "evoked").await;
    anna.says("revoked-notice", REASON).await;
    assert_eq!(
        bert.number("revoked-notice").await,
        0,
        "that is nobody else's"
    );

    anna.shows("vote", "Vote again").await;
    anna.vote(1).await;
    anna.lacks("revoked-notice").await;
    for tab in tabs {
        tab.counts(2, &[1, 1, 0]).await;
        // What happened stays on the record.
        tab.says("log", REASON).await;
    }
    all_agree(&tabs).await;
    stage.close().await;
}

#[tokio::test]
async fn a_barred_voter_is_told_why_and_votes_no_more() {
    let stage = Stage::open().await;
    let chair = stage.browser.tab("chair").await;
    let links = chair.make_poll(&SUMMER).await;
    let (anna, bert) = (
        stage.browser.tab("anna").await,
        stage.browser.tab("bert").await,
    );
    anna.join(&links.voters).await;
    bert.join(&links.voters).await;
    let tabs = [&chair, &anna, &bert];
    anna.vote(1).await;
    bert.vote(0).await;
    for tab in tabs {
        tab.counts(2, &[1, 1, 0]).await;
    }
    let voter = anna.voter().await;
    chair.bar(&voter, REASON).await;
    for tab in tabs {
        tab.counts(1, &[1, 0, 0]).await;
        let log = tab.says("log", REASON).await;
        assert!(log.contains("barred") && log.contains(&voter), "{log}");
    }
    chair.says("ballots-table", "barred").await;
    anna.says("barred-notice", REASON).await;
    anna.lacks("vote").await;
    assert_eq!(
        bert.number("barred-notice").await,
        0,
        "that is nobody else's"
    );
    all_agree(&tabs).await;
    stage.close().await;
}

#[tokio::test]
async fn a_voter_who_was_away_learns_of_the_revocation() {
    let stage = Stage::open().await;
    let (chair, voter) = (
        stage.browser.tab("chair").await,
        stage.browser.tab("voter").await,
    );
    let links = chair.make_poll(&SUMMER).await;
    voter.join(&links.voters).await;
    voter.vote(0).await;
    chair.counts(1, &[1, 0, 0]).await;
    voter.click("go-offline").await;
    voter.shows("connection", "Offline").await;
    chair.revoke(&voter.voter().await, REASON).await;
    chair.counts(0, &[0, 0, 0]).await;
    voter.counts(1, &[1, 0, 0]).await;
    voter.click("go-offline").await;
    voter.says("revoked-notice", REASON).await;
    voter.says("rejoin-message", "1 was revoked").await;
    voter.counts(0, &[0, 0, 0]).await;
    stage.close().await;
}

#[tokio::test]
async fn nothing_is_revoked_without_a_reason() {
    let stage = Stage::open().await;
    let chair = stage.browser.tab("chair").await;
    chair.make_poll(&SUMMER).await;
    chair.vote(0).await;
    chair.ask_to_revoke(&chair.voter().await).await;
    chair.click("revoke-confirm").await;
    chair.says("revoke-error", "reason").await;
    chair.counts(1, &[1, 0, 0]).await;
    stage.close().await;
}

#[tokio::test]
async fn only_the_chair_can_revoke() {
    let mut stage = Stage::open().await;
    let chair = stage.browser.tab("chair").await;
    let voter = stage.another_browser().await.tab("voter").await;
    let links = chair.make_poll(&SUMMER).await;
    // The desk's address with the voters' token: a poll to vote in, and nothing more.
    voter.join(&links.voters.replace("/p#", "/chair#")).await;
    voter.vote(0).await;
    chair.counts(1, &[1, 0, 0]).await;
    assert_eq!(voter.number("ballots-table").await, 0);
    // With the chair's link at the poll's address one is the chair, and says so to see the desk.
    let chair_elsewhere = stage.browser.tab("chair elsewhere").await;
    chair_elsewhere
        .join(&links.chair.replace("/chair#", "/p#"))
        .await;
    chair_elsewhere.click("i-am-the-chair").await;
    chair_elsewhere.revoke(&voter.voter().await, REASON).await;
    voter.says("revoked-notice", REASON).await;
    stage.close().await;
}

#[tokio::test]
async fn a_closed_poll_offers_no_ballot_until_the_chair_opens_it_again() {
    let stage = Stage::open().await;
    let chair = stage.browser.tab("chair").await;
    let links = chair.make_poll(&SUMMER).await;
    let anna = stage.browser.tab("anna").await;
    anna.join(&links.voters).await;
    let tabs = [&chair, &anna];
    anna.vote(1).await;
    for tab in tabs {
        tab.counts(1, &[0, 1, 0]).await;
    }
    chair.click("set-status").await;
    for tab in tabs {
        tab.read("closed-notice").await;
        tab.lacks("vote").await;
        tab.says("in-short", "closed by the chair").await;
        tab.says("log", "The chair closed the poll").await;
        // What was cast stays.
        tab.counts(1, &[0, 1, 0]).await;
    }
    anna.says("voted", "Porto").await;
    anna.reload().await;
    anna.read("closed-notice").await;
    chair.shows("set-status", "Open it again").await;
    chair.click("set-status").await;
    for tab in tabs {
        tab.lacks("closed-notice").await;
    }
    anna.vote(0).await;
    for tab in tabs {
        tab.counts(1, &[1, 0, 0]).await;
    }
    all_agree(&tabs).await;
    stage.close().await;
}
