//! What is still there after a reload, with the relay down too.

use std::time::Duration;

use election_core::wire::link::Link;
use serde_json::{Value, json};

use crate::harness::page::{ORDINARY, SUMMER};
use crate::harness::stage::Stage;
use crate::harness::tab::Tab;

/// Everything that must survive.
async fn what_is_there(tab: &Tab) -> (String, String, String, String, String) {
    let address = tab.run("return location.href", &[]).await;
    (
        address.as_str().unwrap().to_owned(),
        tab.voter().await,
        tab.read("receipt").await,
        tab.state_hash().await,
        tab.read("vote").await,
    )
}

/// Scrolls down, and gives where the ballot paper stands on the screen: the place to come back to.
async fn scroll_down(tab: &Tab) -> f64 {
    let scrolled = tab.run("scrollTo(0, 250); return scrollY", &[]).await;
    assert_eq!(scrolled, 250, "the page is high enough to be scrolled");
    top_of_ballot(tab).await
}

async fn top_of_ballot(tab: &Tab) -> f64 {
    let script = "return document.querySelector('#ballot').getBoundingClientRect().top";
    tab.run(script, &[]).await.as_f64().unwrap()
}

/// Waits until the ballot paper stands where it stood. A note that came or went above it may move
/// it by its own height.
async fn is_scrolled_as_before(tab: &Tab, top: f64) {
    tab.until("the place in the page", async || {
        let scrolled = tab.run("return scrollY", &[]).await.as_f64()? > 0.0;
        let moved = (top_of_ballot(tab).await - top).abs();
        (scrolled && moved < 120.0).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_reload_keeps_voter_ballots_and_place() {
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
    for (option, tab) in tabs.into_iter().enumerate() {
        tab.vote(option).await;
    }
    for tab in tabs {
        tab.counts(3, &[1, 1, 1]).await;
    }
    for tab in tabs {
        let before = what_is_there(tab).await;
        let top = scroll_down(tab).await;
        tab.reload().await;
        tab.counts(3, &[1, 1, 1]).await;
        is_scrolled_as_before(tab, top).await;
        assert_eq!(what_is_there(tab).await, before, "{}", tab.name());
    }
    // The chair is still the chair, and its ballots are still listed.
    chair.says("ballots-table", &anna.voter().await).await;
    assert_eq!(chair.chair_link().await, links.chair);
    anna.vote(2).await;
    for tab in tabs {
        tab.counts(3, &[1, 0, 2]).await;
    }
    stage.close().await;
}

#[tokio::test]
async fn a_reload_with_the_relay_down_shows_the_poll() {
    let mut stage = Stage::open().await;
    let (chair, voter) = (
        stage.browser.tab("chair").await,
        stage.browser.tab("voter").await,
    );
    let links = chair.make_poll(&SUMMER).await;
    voter.join(&links.voters).await;
    chair.vote(0).await;
    voter.vote(1).await;
    for tab in [&chair, &voter] {
        tab.counts(2, &[1, 1, 0]).await;
        tab.is_kept().await;
    }
    stage.stop_relay();
    for tab in [&chair, &voter] {
        let before = what_is_there(tab).await;
        let top = scroll_down(tab).await;
        tab.reload().await;
        tab.counts(2, &[1, 1, 0]).await;
        is_scrolled_as_before(tab, top).await;
        assert_eq!(what_is_there(tab).await, before, "{}", tab.name());
        tab.read("offline-banner").await;
    }
    // Voting works there as well, and a second reload finds the new vote.
    voter.vote(2).await;
    voter.reload().await;
    voter.counts(2, &[1, 0, 1]).await;
    // Every screen opens, not only the one that was open.
    voter.open("/").await;
    voter.read("home-make").await;
    stage.relay.start_again();
    voter.open(&links.voters).await;
    for tab in [&chair, &voter] {
        tab.counts(2, &[1, 0, 1]).await;
    }
    stage.close().await;
}

#[tokio::test]
async fn a_tab_that_chose_to_be_offline_stays_so_after_a_reload() {
    let stage = Stage::open().await;
    let tab = stage.browser.tab("chair").await;
    tab.make_poll(&SUMMER).await;
    tab.shows("connection", "Nobody else here").await;
    tab.click("go-offline").await;
    tab.shows("connection", "Offline").await;
    tab.stores_offline(1).await;
    tab.reload().await;
    tab.shows("go-offline", "Go online").await;
    tab.shows("connection", "Offline").await;
    tab.click("go-offline").await;
    tab.shows("connection", "Nobody else here").await;
    stage.close().await;
}

#[tokio::test]
async fn recent_polls_are_listed_and_can_be_forgotten() {
    let stage = Stage::open().await;
    let tab = stage.browser.tab("chair").await;
    tab.make_poll(&SUMMER).await;
    tab.vote(0).await;
    tab.open("/").await;
    tab.mentions(SUMMER.title).await;
    tab.run("document.querySelector('a.poll').click()", &[])
        .await;
    tab.counts(1, &[1, 0, 0]).await;
    tab.open("/").await;
    tab.mentions(SUMMER.title).await;
    press(&tab, "Forget").await;
    press(&tab, "Forget it").await;
    tab.mentions("None yet").await;

    // A tab that has it open would write it down again.
    tab.make_poll(&SUMMER).await;
    let other = stage.browser.tab("other").await;
    other.open("/").await;
    press(&other, "Forget").await;
    press(&other, "Forget it").await;
    other.mentions("open in another tab").await;
    other.mentions(SUMMER.title).await;
    tab.close().await;
    other.in_hand().await;
    press(&other, "Forget it").await;
    other.mentions("None yet").await;
    stage.close().await;
}

/// Presses the first button of that name, as soon as it is there.
async fn press(tab: &Tab, name: &str) {
    const PRESS: &str = "const button = [...document.querySelectorAll('button')].find(button => button.textContent.trim() === arguments[0]); \
        button?.click(); return Boolean(button)";
    tab.until(name, async || {
        tab.run(PRESS, &[json!(name)])
            .await
            .as_bool()?
            .then_some(())
    })
    .await;
}

/// When each entry of the log came, in milliseconds.
async fn times(tab: &Tab, entries: usize) -> Vec<u64> {
    const LOOK: &str = "return [...document.querySelectorAll('[data-test=log-entry] time')].map(at => Date.parse(at.dateTime))";
    tab.until(&format!("{entries} entries"), async || {
        let times = tab.run(LOOK, &[]).await;
        let times = times.as_array()?.iter().filter_map(Value::as_u64);
        Some(times.collect::<Vec<_>>()).filter(|times| times.len() == entries)
    })
    .await
}

#[tokio::test]
async fn what_happened_keeps_its_times_in_another_tab_and_over_a_reload() {
    for poll in [SUMMER, ORDINARY] {
        let mut stage = Stage::open().await;
        let chair = stage.browser.tab("chair").await;
        let links = chair.make_poll(&poll).await;
        for option in 0..3 {
            tokio::time::sleep(Duration::from_millis(1_200)).await;
            chair.vote(option).await;
        }
        let came = times(&chair, 3).await;
        let again = stage.browser.tab("again").await;
        again.join(&links.voters).await;
        again.counts(1, &[0, 0, 1]).await;
        again.read("log").await;
        are(&times(&again, 3).await, &came);
        let id = Link::parse(&links.voters).unwrap().poll;
        again.stores(id, 3).await;
        stage.stop_relay();
        again.reload().await;
        again.read("log").await;
        are(&times(&again, 3).await, &came);
        stage.close().await;
    }
}

/// The same times, to the second.
fn are(read: &[u64], came: &[u64]) {
    for (read, came) in read.iter().zip(came) {
        assert!(read.abs_diff(*came) < 1_000, "{read} and {came}");
    }
}
