//! Tabs that are duplicated, closed, opened again, put aside and brought back stay one voter, whose
//! ballots are never spoiled; on plain http too, where browsers have no locks.

use serde_json::{Value, json};

use crate::harness::page::ORDINARY;
use crate::harness::peer::peer;
use crate::harness::stage::Stage;
use crate::harness::tab::Tab;

/// What shuts a page's ways out.
const DYING: &str = include_str!("dying.js");

/// Which choice each ballot of the poll has, in the order of their numbers: all are one voter's,
/// and no number is there twice.
fn ballots_of_the_one_voter(link: &str) -> Vec<String> {
    let Value::Array(ballots) = peer(&["ballots", link]) else {
        panic!("a list of ballots");
    };
    for (number, ballot) in ballots.iter().enumerate() {
        assert_eq!(ballot["seq"], json!(number), "{ballots:#?}");
        assert_eq!(ballot["voter"], ballots[0]["voter"], "{ballots:#?}");
        let is_last = number + 1 == ballots.len();
        let counts = if is_last { "counted" } else { "replaced" };
        assert_eq!(ballot["counts"], counts, "{ballots:#?}");
    }
    let choices = ballots.iter().map(|ballot| &ballot["choice"][0]);
    choices
        .map(|choice| choice.as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn duplicated_closed_and_reopened_tabs_are_one_voter_without_locks() {
    let mut stage = Stage::on_plain_http().await;
    let chair = stage.another_browser().await.tab("chair").await;
    let links = chair.make_poll(&ORDINARY).await;
    // Others may be able to open this link, as opposed to one of this device alone.
    assert_eq!(chair.number("share-unreachable").await, 0);
    let first = stage.browser.tab("first").await;
    first.join(&links.voters).await;
    // Before its first vote too: two tabs, and one ballot in the end.
    let twin = stage.browser.duplicate(&first, "twin").await;
    twin.read("choice-0").await;
    assert_eq!(twin.voter().await, first.voter().await);
    let voter = first.voter().await;
    first.vote(0).await;
    twin.shows("voted", "You voted for Bergen in this browser")
        .await;
    twin.vote(1).await;
    let after = stage.browser.duplicate(&twin, "after").await;
    after
        .shows("voted", "You voted for Porto in this browser")
        .await;
    after.vote(2).await;
    first
        .shows("voted", "You voted for Stay here in this browser")
        .await;
    first.vote(0).await;
    first.close().await;
    twin.shows("voted", "You voted for Bergen in this browser")
        .await;
    twin.vote(1).await;
    twin.close().await;
    after.in_hand().await;
    let opened = stage.browser.tab("opened").await;
    opened.join(&links.voters).await;
    opened.vote(2).await;
    for tab in [&after, &opened] {
        assert_eq!(tab.voter().await, voter);
        assert_eq!(tab.number("spoiled-notice").await, 0);
    }

    // Nobody tells them anything, neither the relay nor each other: the store alone orders them.
    let stage = stage.restart_browser().await;
    let (again, alone) = (
        stage.browser.tab("again").await,
        stage.browser.tab("alone").await,
    );
    for tab in [&again, &alone] {
        tab.run_first(DYING).await;
        tab.join(&links.voters).await;
        tab.shows("voted", "You voted for Stay here in this browser")
            .await;
        assert_eq!(tab.voter().await, voter);
    }
    again.go_offline().await;
    alone.shows("connection", "Offline").await;
    for tab in [&again, &alone] {
        tab.run("dying.now(['tabs'])", &[]).await;
    }
    for (option, tab) in [&again, &alone, &again, &alone].into_iter().enumerate() {
        tab.vote(option % 3).await;
    }
    again.run("dying.now([])", &[]).await;
    again.click("go-offline").await;
    for tab in [&chair, &again, &alone] {
        tab.counts(1, &[1, 0, 0]).await;
    }
    let all = ["Bergen", "Porto", "Stay here"]
        .into_iter()
        .cycle()
        .take(10);
    let link = stage.for_programs(&links.voters);
    assert_eq!(ballots_of_the_one_voter(&link), all.collect::<Vec<_>>());
    stage.close().await;
}

/// Leaves the page for another one, and comes back by the button when `meanwhile` is over; gives
/// whether the page was kept as it was, with all that it knew then, and not loaded anew.
async fn leave_and_return(tab: &Tab, meanwhile: impl AsyncFnOnce()) -> bool {
    tab.run("window.marked = true", &[]).await;
    let elsewhere = tab.in_hand().await.goto("data:text/html,elsewhere").await;
    elsewhere.unwrap();
    meanwhile().await;
    tab.in_hand().await.back().await.unwrap();
    tab.read("choice-0").await;
    tab.run("return window.marked === true", &[]).await == true
}

/// Votes at the first sign of a return, before the page's own code hears of it.
const VOTE_ON_RETURN: &str = "window.addEventListener('pageshow', \
    () => document.querySelector('[data-test=\"vote\"]').click(), { capture: true, once: true })";

#[tokio::test]
async fn a_tab_that_returns_votes_after_what_was_cast_meanwhile() {
    let mut stage = Stage::on_plain_http().await;
    let chair = stage.another_browser().await.tab("chair").await;
    let links = chair.make_poll(&ORDINARY).await;
    let (going, staying) = (
        stage.browser.tab("going").await,
        stage.browser.tab("staying").await,
    );
    staying.run_first(DYING).await;
    for tab in [&going, &staying] {
        tab.join(&links.voters).await;
    }
    going.vote(0).await;
    // A page that is told of something while it is put aside is loaded anew.
    staying
        .shows("voted", "You voted for Bergen in this browser")
        .await;
    leave_and_return(&going, async || staying.vote(1).await).await;
    going
        .shows("voted", "You voted for Porto in this browser")
        .await;
    going.vote(2).await;
    staying
        .shows("voted", "You voted for Stay here in this browser")
        .await;

    // One that is not told is kept as it was, and looks by itself when it is back.
    staying.run("dying.now(['tabs'])", &[]).await;
    chair.shows("connection", "2 others here").await;
    let kept = leave_and_return(&going, async || {
        // Nor does it count as here meanwhile.
        chair.shows("connection", "1 other here").await;
        staying.vote(0).await;
    })
    .await;
    assert!(kept, "the browser puts pages aside");
    going
        .shows("voted", "You voted for Bergen in this browser")
        .await;

    // Nor does it get far that votes before it has looked, with nobody in reach.
    staying.run("dying.now([])", &[]).await;
    going.go_offline().await;
    staying.shows("connection", "Offline").await;
    staying.run("dying.now(['tabs'])", &[]).await;
    going.click("choice-2").await;
    going.run(VOTE_ON_RETURN, &[]).await;
    let kept = leave_and_return(&going, async || staying.vote(1).await).await;
    assert!(kept);
    going.shows("voted", "You voted for Stay here").await;
    staying.run("dying.now([])", &[]).await;
    staying.click("go-offline").await;
    for tab in [&chair, &going, &staying] {
        tab.counts(1, &[0, 0, 1]).await;
    }
    let link = stage.for_programs(&links.voters);
    let all = [
        "Bergen",
        "Porto",
        "Stay here",
        "Bergen",
        "Porto",
        "Stay here",
    ];
    assert_eq!(ballots_of_the_one_voter(&link), all);
    stage.close().await;
}
