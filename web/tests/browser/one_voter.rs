//! A browser is one voter of an ordinary poll, however many tabs it opens; somebody else votes
//! there on purpose.

use serde_json::json;

use crate::harness::page::{ORDINARY, Poll, SUMMER};
use crate::harness::stage::Stage;
use crate::harness::tab::{ENTER, Tab};

/// The texts of the paper that everybody sees at once.
async fn has_voted(tab: &Tab, says: &str) {
    tab.shows("voted", says).await;
    tab.shows("vote", "Change my vote").await;
}

#[tokio::test]
async fn a_second_tab_says_that_this_browser_has_voted() {
    let mut stage = Stage::open().await;
    let chair = stage.browser.tab("chair").await;
    let links = chair.make_poll(&ORDINARY).await;
    let phone = stage.another_browser().await;
    let first = phone.tab("first").await;
    first.join(&links.voters).await;
    assert_eq!(first.number("voted").await, 0);
    first.vote(0).await;
    has_voted(&first, "You voted for Bergen").await;
    let (voter, receipt) = (first.voter().await, first.read("receipt").await);

    // The link is tapped again.
    let second = phone.tab("second").await;
    second.join(&links.voters).await;
    has_voted(&second, "You voted for Bergen in this browser").await;
    assert_eq!(second.voter().await, voter);
    assert_eq!(second.read("receipt").await, receipt);

    // Changed there, it is changed in both, and still one ballot.
    second.vote(1).await;
    has_voted(&second, "You voted for Porto").await;
    has_voted(&first, "You voted for Porto in this browser").await;
    for tab in [&chair, &first, &second] {
        tab.counts(1, &[0, 1, 0]).await;
    }
    // A reload is another tab too: nobody voted in what is loaded now.
    second.reload().await;
    has_voted(&second, "You voted for Porto in this browser").await;

    // A new tab knows how far the vote got, also when nobody is in reach to say so.
    second.says("vote-state", "Seen by").await;
    second.go_offline().await;
    let third = phone.tab("third").await;
    third.join(&links.voters).await;
    third.says("vote-state", "Seen by").await;
    stage.close().await;
}

#[tokio::test]
async fn somebody_else_votes_in_the_same_browser_on_purpose() {
    let mut stage = Stage::open().await;
    let chair = stage.browser.tab("chair").await;
    let links = chair.make_poll(&ORDINARY).await;
    let phone = stage.another_browser().await;
    let tab = phone.tab("phone").await;
    tab.join(&links.voters).await;
    assert_eq!(
        tab.number("somebody-else").await,
        0,
        "nobody is somebody else before a vote"
    );
    tab.vote(0).await;
    assert_eq!(tab.number("voters-here").await, 0, "one voter is no list");
    let first = tab.voter().await;

    tab.click("somebody-else").await;
    tab.lacks("voted").await;
    tab.shows("vote", "Vote").await;
    let second = tab.voter().await;
    assert_ne!(first, second, "somebody else is another voter");
    let marked = "return document.querySelectorAll('[data-test^=\"choice-\"]:checked').length";
    assert_eq!(
        tab.run(marked, &[]).await,
        0,
        "the paper is not filled in by who was here before"
    );
    tab.vote(1).await;
    has_voted(&tab, "You voted for Porto").await;
    for tab in [&chair, &tab] {
        tab.counts(2, &[1, 1, 0]).await;
    }

    // Nobody is lost: the first is a click away, and finds their vote.
    let says = tab.says("voters-here", "2 voters in this browser").await;
    assert!(says.contains(&first) && says.contains(&second), "{says}");
    go_on_as(&tab, &first).await;
    has_voted(&tab, "You voted for Bergen in this browser").await;
    tab.vote(2).await;
    for tab in [&chair, &tab] {
        tab.counts(2, &[0, 1, 1]).await;
    }
    go_on_as(&tab, &second).await;
    has_voted(&tab, "You voted for Porto in this browser").await;

    // Who the tab is lasts over a reload.
    tab.reload().await;
    has_voted(&tab, "You voted for Porto in this browser").await;
    assert_eq!(tab.voter().await, second);
    stage.close().await;
}

/// From the list of this browser's voters: goes on as that one.
async fn go_on_as(tab: &Tab, voter: &str) {
    tab.run(
        "document.querySelector('[data-test=\"voters-here\"]').open = true",
        &[],
    )
    .await;
    const SCRIPT: &str = "const buttons = document.querySelectorAll('[data-test^=\"become-\"]'); \
        return [...buttons].find(button => button.textContent.includes(arguments[0]))?.dataset.test ?? null";
    let hook = tab
        .until(&format!("the way back to {voter}"), async || {
            let hook = tab.run(SCRIPT, &[json!(voter)]).await;
            hook.as_str().map(str::to_owned)
        })
        .await;
    tab.click(&hook).await;
    tab.shows("voter-name", voter).await;
}

#[tokio::test]
async fn somebody_else_is_asked_for_with_the_keyboard_and_heard() {
    let stage = Stage::open().await;
    let tab = stage.browser.tab("keyboard").await;
    tab.make_poll(&ORDINARY).await;
    tab.vote(0).await;
    let means = "const button = document.querySelector('[data-test=\"somebody-else\"]'); \
        button.focus(); \
        return document.getElementById(button.getAttribute('aria-describedby'))?.textContent ?? ''";
    let means = tab.run(means, &[]).await;
    assert!(
        means.as_str().unwrap().contains("another person"),
        "{means}"
    );
    let first = tab.voter().await;
    tab.press(ENTER).await;
    tab.lacks("voted").await;
    tab.until("the focus at the new ballot", async || {
        let at = tab.run("return document.activeElement?.id", &[]).await;
        (at == "ballot").then_some(())
    })
    .await;
    // The way back is open, one press away, and says whom it leads to.
    let back = "const button = document.querySelector('[data-test^=\"become-\"]'); button.focus(); \
        return [button.checkVisibility(), button.textContent]";
    let back = tab.run(back, &[]).await;
    assert_eq!(back, json!([true, format!("Go on as {first}")]));
    tab.press(ENTER).await;
    tab.shows("voted", "You voted for Bergen in this browser")
        .await;
    tab.until(
        "the focus at the ballot of who was here first",
        async || {
            let at = tab.run("return document.activeElement?.id", &[]).await;
            (at == "ballot").then_some(())
        },
    )
    .await;
    stage.close().await;
}

#[tokio::test]
async fn every_tab_votes_where_the_poll_says_so() {
    let stage = Stage::open().await;
    let chair = stage.browser.tab("chair").await;
    let poll = Poll {
        approval: true,
        ..SUMMER
    };
    let links = chair.make_poll(&poll).await;
    chair.mentions("one vote a tab").await;
    let other = stage.browser.tab("other").await;
    chair.vote(0).await;
    other.join(&links.voters).await;
    assert_eq!(other.number("voted").await, 0, "a tab is a new voter");
    other.click("choice-1").await;
    other.vote(2).await;
    other
        .shows("voted", "You voted for Porto and Stay here")
        .await;
    other.reload().await;
    other
        .shows("voted", "You voted for Porto and Stay here in this tab")
        .await;
    for tab in [&chair, &other] {
        tab.counts(2, &[1, 1, 1]).await;
        assert_eq!(tab.number("somebody-else").await, 0);
    }
    stage.close().await;
}

#[tokio::test]
async fn each_voter_of_a_browser_remembers_how_far_its_own_vote_got() {
    let mut stage = Stage::open().await;
    let chair = stage.browser.tab("chair").await;
    let links = chair.make_poll(&SUMMER).await;
    let phone = stage.another_browser().await;
    let (first, second) = (phone.tab("first").await, phone.tab("second").await);
    for tab in [&first, &second] {
        tab.join(&links.voters).await;
        tab.vote(0).await;
        tab.says("vote-state", "Seen by").await;
    }
    for (tab, offline) in [(&first, 1), (&second, 2)] {
        tab.go_offline().await;
        tab.stores_offline(offline).await;
        tab.reload().await;
        tab.shows("connection", "Offline").await;
        tab.says("vote-state", "Seen by").await;
    }
    stage.close().await;
}
