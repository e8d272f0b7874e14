//! Pieces of the page that are fetched behind what is needed first.

use serde_json::{Value, json};

use crate::harness::environment;
use crate::harness::page::SUMMER;
use crate::harness::stage::Stage;
use crate::harness::store::Fault;
use crate::harness::tab::Tab;

/// The files of pieces that the page has fetched so far.
const FETCHED: &str = "return performance.getEntriesByType('resource').map(entry => entry.name) \
    .filter(name => name.endsWith('.piece.wasm')).map(name => name.match(/([a-z]+)[^/]*$/)[1])";

/// Lets no piece through from now on, or all of them again.
async fn block(tab: &Tab, pieces: bool) {
    let urls = if pieces {
        json!(["*.piece.wasm*"])
    } else {
        json!([])
    };
    tab.devtools("Network.enable", json!({})).await;
    tab.devtools("Network.setBlockedURLs", json!({ "urls": urls }))
        .await;
}

#[tokio::test]
async fn who_comes_to_vote_waits_for_nothing_but_the_ballot() {
    let mut stage = Stage::open().await;
    let chair = stage.browser.tab("chair").await;
    let links = chair.make_poll(&SUMMER).await;
    stage.network_lies();
    let phone = stage.another_browser().await.tab("phone").await;
    block(&phone, true).await;
    phone.join(&links.voters).await;
    phone.says("later", "could not be fetched").await;
    phone.vote(0).await;
    chair.counts(1, &[1, 0, 0]).await;
    assert_eq!(
        phone.number("later").await,
        2,
        "the log and the way to invite"
    );

    // What is lacking comes by itself when the network is back.
    block(&phone, false).await;
    phone.run("dispatchEvent(new Event('online'))", &[]).await;
    phone.says("log-entry", "Bergen").await;
    phone.read("share-qr").await;
    phone.lacks("later").await;
    stage.close().await;
}

#[tokio::test]
async fn a_piece_that_cannot_be_fetched_says_so_and_comes_when_it_is_asked_for_again() {
    const FOCUSED: &str = "return document.activeElement.dataset.test";
    let mut stage = Stage::open().await;
    stage.network_lies();
    let tab = stage.browser.tab("chair").await;
    block(&tab, true).await;
    tab.open("/make").await;
    tab.says("later", "could not be fetched").await;
    tab.mentions("Make a poll").await;
    tab.picture("piece-missing").await;
    tab.click("later-again").await;
    tab.says("later", "could not be fetched").await;
    assert_eq!(tab.run(FOCUSED, &[]).await, "later-again");

    block(&tab, false).await;
    tab.click("later-again").await;
    tab.read("make-title").await;
    tab.lacks("later").await;
    stage.close().await;
}

#[tokio::test]
async fn a_chair_whose_key_is_kept_nowhere_is_not_told_to_reload() {
    let mut stage = Stage::open().await;
    stage.network_lies();
    let tab = stage.browser.tab("chair").await;
    tab.distrust_store(Fault::OpenThrows).await;
    tab.write_poll(&SUMMER).await;
    // It is fetched before it is needed.
    tab.until("the way to invite", async || {
        let fetched = tab.run(FETCHED, &[]).await;
        fetched.as_array()?.contains(&json!("more")).then_some(())
    })
    .await;
    block(&tab, true).await;
    tab.click("make-submit").await;
    tab.links().await;
    assert_eq!(tab.number("later").await, 0);

    let other = stage.another_browser().await.tab("other").await;
    other.distrust_store(Fault::OpenThrows).await;
    other
        .devtools("Network.setBypassServiceWorker", json!({ "bypass": true }))
        .await;
    let only = json!({ "urls": ["*/more-*"] });
    other.devtools("Network.enable", json!({})).await;
    other.devtools("Network.setBlockedURLs", only).await;
    other.write_poll(&SUMMER).await;
    other.click("make-submit").await;
    other.says("later", "could not be fetched").await;
    // Of the ballots and the log alone.
    assert_eq!(other.number("later").await, 3);
    assert_eq!(other.number("later-reload").await, 2);
    stage.close().await;
}

#[tokio::test]
async fn a_tab_of_the_build_before_still_gets_what_it_has_not_fetched() {
    let mut stage = Stage::open().await;
    let links = stage.browser.tab("chair").await.make_poll(&SUMMER).await;
    let older = stage.browser.tab("older").await;
    older.join(&links.voters).await;
    older.is_kept().await;
    let before = older.run(FETCHED, &[]).await;
    assert!(!before.as_array().unwrap().contains(&json!("start")));
    const WATCH: &str = "navigator.serviceWorker.addEventListener('controllerchange', \
        () => window.testChanged = true)";
    older.run(WATCH, &[]).await;
    let [today, next] = [
        environment::path("ELECTION_DIST"),
        environment::path("ELECTION_NEXT_DIST"),
    ]
    .map(|dist| {
        let mut names = dist
            .read_dir()
            .unwrap()
            .map(|file| file.unwrap().file_name());
        names.find(|name| name.to_string_lossy().starts_with("start-"))
    });
    assert_ne!(today, next, "the newer build has none of these");

    stage.stop_relay();
    stage.relay.serve_next(true);
    stage.relay.start_again();
    let newer = stage.browser.tab("newer").await;
    newer.open(&links.voters).await;
    older
        .until("the newer service worker", async || {
            let changed = older.run("return window.testChanged", &[]).await;
            changed.as_bool()?.then_some(())
        })
        .await;
    older
        .run("document.querySelector('header .brand').click()", &[])
        .await;
    older.read("home-make").await;
    let fetched = older.run(FETCHED, &[]).await;
    assert!(fetched.as_array().unwrap().contains(&json!("start")));
    stage.close().await;
}

#[tokio::test]
async fn every_piece_is_there_without_a_network_once_the_page_is_kept() {
    let mut stage = Stage::open().await;
    let tab = stage.browser.tab("chair").await;
    tab.make_poll(&SUMMER).await;
    tab.is_kept().await;
    stage.stop_relay();
    tab.reload().await;
    tab.read("share-qr").await;
    tab.read("log").await;
    tab.vote(1).await;
    tab.says("ballots-table", "Porto").await;
    tab.click("inspector-toggle").await;
    tab.read("state-hash").await;
    tab.open("/make").await;
    tab.read("make-title").await;
    let fetched = tab.run(FETCHED, &[]).await;
    assert!(matches!(fetched, Value::Array(all) if !all.is_empty()));
    stage.close().await;
}
