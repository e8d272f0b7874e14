//! A page that dies between storing what was signed in it and sending it: another tab of the browser sends it, or one that is
//! opened later.

use serde_json::json;

use crate::harness::browser::Browser;
use crate::harness::page::{ORDINARY, SUMMER};
use crate::harness::peer::peer;
use crate::harness::stage::Stage;
use crate::harness::tab::Tab;

/// What stops a page where it stored something.
const SCRIPT: &str = include_str!("dying.js");

/// A tab that has joined a poll and can be made to die.
async fn mortal(browser: &Browser, link: &str) -> Tab {
    let tab = browser.window("mortal").await;
    tab.run_first(SCRIPT).await;
    tab.join(link).await;
    tab.shows("connection", "1 other here").await;
    tab
}

/// From the next thing on that is stored for good, nothing leaves the tab by these ways.
async fn shut(tab: &Tab, ways: &[&str]) {
    tab.run("dying.onceStored(arguments[0])", &[json!(ways)])
        .await;
}

/// How many ballots another replica counts, and for what, with the help of whoever is there.
fn counted(link: &str) -> (u64, Vec<u64>) {
    let tally = peer(&["tally", link]);
    let options = tally["options"].as_array().unwrap().iter();
    let counts = options.map(|option| option["count"].as_u64().unwrap());
    (tally["counted"].as_u64().unwrap(), counts.collect())
}

#[tokio::test]
async fn a_vote_that_was_stored_and_not_sent_is_sent_by_another_tab() {
    let mut stage = Stage::open().await;
    let chair = stage.browser.tab("chair").await;
    let links = chair.make_poll(&ORDINARY).await;
    let phone = stage.another_browser().await;
    let mortal = mortal(phone, &links.voters).await;
    let witness = phone.window("witness").await;
    witness.join(&links.voters).await;
    witness.shows("connection", "2 others here").await;

    shut(&mortal, &["relay"]).await;
    mortal.vote(1).await;
    mortal.crash().await;
    witness
        .shows("voted", "You voted for Porto in this browser")
        .await;
    chair.counts(1, &[0, 1, 0]).await;
    assert_eq!(counted(&links.voters), (1, vec![0, 1, 0]));
    witness.says("vote-state", "Seen by").await;
    stage.close().await;
}

#[tokio::test]
async fn a_vote_that_was_stored_and_not_sent_is_sent_by_a_tab_that_is_opened_later() {
    let mut stage = Stage::on_plain_http().await;
    let chair = stage.browser.tab("chair").await;
    let links = chair.make_poll(&ORDINARY).await;
    let phone = stage.another_browser().await;
    // A browser whose last tab is closed is gone.
    let empty = phone.tab("empty").await;
    let mortal = mortal(phone, &links.voters).await;
    shut(&mortal, &["relay", "tabs"]).await;
    mortal.vote(1).await;
    mortal.crash().await;
    chair.shows("connection", "Nobody else here").await;
    assert_eq!(chair.results().await.total, "0");

    empty.in_hand().await;
    let later = phone.tab("later").await;
    later.join(&links.voters).await;
    later
        .shows("voted", "You voted for Porto in this browser")
        .await;
    chair.counts(1, &[0, 1, 0]).await;
    // And its number is taken.
    later.vote(2).await;
    chair.counts(1, &[0, 0, 1]).await;
    let link = stage.for_programs(&links.voters);
    assert_eq!(counted(&link), (1, vec![0, 0, 1]));
    stage.close().await;
}

#[tokio::test]
async fn what_the_chair_revoked_in_a_tab_that_died_is_sent_by_another() {
    let mut stage = Stage::open().await;
    let maker = stage.browser.tab("maker").await;
    let links = maker.make_poll(&ORDINARY).await;
    let voter = stage.another_browser().await.tab("voter").await;
    voter.join(&links.voters).await;
    voter.vote(2).await;
    let name = voter.voter().await;
    let mortal = stage.browser.window("mortal").await;
    mortal.run_first(SCRIPT).await;
    mortal.join(&links.voters).await;
    mortal.counts(1, &[0, 0, 1]).await;
    shut(&mortal, &["relay"]).await;
    mortal.revoke(&name, "Voted twice").await;
    mortal.crash().await;
    for tab in [&maker, &voter] {
        tab.counts(0, &[0, 0, 0]).await;
    }
    voter.says("revoked-notice", "Voted twice").await;
    stage.close().await;
}

#[tokio::test]
async fn a_tab_that_is_its_own_voter_sends_when_it_is_loaded_anew() {
    let mut stage = Stage::open().await;
    let chair = stage.browser.tab("chair").await;
    let links = chair.make_poll(&SUMMER).await;
    let tab = mortal(stage.another_browser().await, &links.voters).await;
    let voter = tab.voter().await;
    shut(&tab, &["relay", "tabs"]).await;
    tab.vote(1).await;
    assert_eq!(chair.results().await.total, "0");
    tab.reload().await;
    tab.shows("voted", "You voted for Porto in this tab").await;
    assert_eq!(tab.voter().await, voter);
    chair.counts(1, &[0, 1, 0]).await;
    tab.vote(2).await;
    chair.counts(1, &[0, 0, 1]).await;
    stage.close().await;
}
