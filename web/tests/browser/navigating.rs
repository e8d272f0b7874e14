//! The browser's own buttons and address bar.

use serde_json::json;

use crate::harness::page::SUMMER;
use crate::harness::stage::Stage;

#[tokio::test]
async fn back_and_forward_and_another_link_show_their_screens() {
    let stage = Stage::open().await;
    let tab = stage.browser.tab("chair").await;
    let poll = tab.make_poll(&SUMMER).await;
    tab.read("share-show-chair").await;
    tab.run("window.sameDocument = true", &[]).await;

    tab.run("history.back()", &[]).await;
    tab.read("make-title").await;
    tab.run("history.forward()", &[]).await;
    tab.read("share-show-chair").await;

    // As when the address is edited by hand: only what stands behind the `#` changes.
    tab.run("location.hash = 'cut'", &[]).await;
    tab.read("poll-error").await;
    let token = poll.chair.split_once('#').unwrap().1;
    tab.run("location.hash = arguments[0]", &[json!(token)])
        .await;
    tab.read("share-show-chair").await;
    tab.lacks("poll-error").await;

    let same = tab.run("return window.sameDocument === true", &[]).await;
    assert_eq!(same, json!(true), "the page was loaded anew");
    stage.close().await;
}
