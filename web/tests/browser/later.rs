//! Parts of the page that are fetched when they are wanted.

use serde_json::{Value, json};

use crate::harness::page::SUMMER;
use crate::harness::stage::Stage;
use crate::harness::tab::Tab;

/// The files of parts that the page has fetched so far.
const FETCHED: &str = "return performance.getEntriesByType('resource').map(entry => entry.name) \
    .filter(name => name.endsWith('.part.wasm')).map(name => name.match(/([a-z]+)[^/]*$/)[1])";

/// Lets no part through from now on, or all of them again.
async fn block(tab: &Tab, parts: bool) {
    let urls = if parts {
        json!(["*.part.wasm*"])
    } else {
        json!([])
    };
    tab.devtools("Network.enable", json!({})).await;
    tab.devtools("Network.setBlockedURLs", json!({ "urls": urls }))
        .await;
}

#[tokio::test]
async fn who_comes_to_vote_fetches_nothing_but_that() {
    let mut stage = Stage::open().await;
    let chair = stage.browser.tab("chair").await;
    let links = chair.make_poll(&SUMMER).await;
    let phone = stage.another_browser().await.tab("phone").await;
    let metrics = json!({"width": 360, "height": 640, "deviceScaleFactor": 1, "mobile": true});
    phone
        .devtools("Emulation.setDeviceMetricsOverride", metrics)
        .await;
    phone.join(&links.voters).await;
    phone.counts(0, &[0, 0, 0]).await;
    assert_eq!(phone.run(FETCHED, &[]).await, json!([]));

    phone
        .run(
            "document.querySelector('main').lastElementChild.scrollIntoView()",
            &[],
        )
        .await;
    phone.read("share-qr").await;
    phone.vote(0).await;
    phone.says("log-entry", "Bergen").await;
    stage.close().await;
}

#[tokio::test]
async fn a_part_that_cannot_be_fetched_says_so_and_comes_when_it_is_asked_for_again() {
    let mut stage = Stage::open().await;
    stage.network_lies();
    let tab = stage.browser.tab("chair").await;
    block(&tab, true).await;
    tab.open("/make").await;
    tab.says("later", "could not be fetched").await;
    tab.picture("part-missing").await;
    tab.click("later-again").await;
    tab.says("later", "could not be fetched").await;

    block(&tab, false).await;
    tab.click("later-again").await;
    tab.read("make-title").await;
    tab.lacks("later").await;
    stage.close().await;
}

#[tokio::test]
async fn every_part_is_there_without_a_network_once_the_page_is_kept() {
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
