//! The browser's own buttons and address bar.

use serde_json::{Value, json};

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

#[tokio::test]
async fn a_poll_that_is_open_elsewhere_is_not_forgotten_and_the_question_says_why() {
    let stage = Stage::open().await;
    let chair = stage.browser.tab("chair").await;
    chair.make_poll(&SUMMER).await;
    chair.answers_late().await;
    let home = stage.browser.tab("home").await;
    home.open("/").await;
    home.click("forget").await;
    home.click("forget-confirm").await;
    home.says("forget-error", "open in another tab").await;
    let within = "return document.querySelector('.recent .note [data-test=forget-error]') !== null";
    assert_eq!(home.run(within, &[]).await, true);
    // Who asks anew is not answered before.
    home.click("forget").await;
    home.lacks("forget-confirm").await;
    home.click("forget").await;
    home.read("forget-confirm").await;
    assert_eq!(home.number("forget-error").await, 0);
    chair.close().await;
    // Until it is gone, which may be a moment after the driver says so, it answers.
    home.until("the poll to be forgotten", async || {
        home.run(
            "document.querySelector('[data-test=forget-confirm]')?.click()",
            &[],
        )
        .await;
        (home.number("forget").await == 0).then_some(())
    })
    .await;
    home.mentions("None yet.").await;
    stage.close().await;
}

#[tokio::test]
async fn the_frame_is_painted_before_the_program_is_there_and_replaced_by_it() {
    let mut stage = Stage::open().await;
    stage.network_lies();
    let tab = stage.browser.tab("slow").await;
    tab.devtools("Network.enable", json!({})).await;
    let block = async |urls: Value| {
        tab.devtools("Network.setBlockedURLs", json!({ "urls": urls }))
            .await;
    };
    block(json!(["*.wasm*"])).await;
    tab.open("/").await;
    tab.mentions("Loading the page").await;
    let painted = "return document.querySelector('header .brand').innerText + getComputedStyle(document.body).fontFamily";
    let before = tab.run(painted, &[]).await;
    assert!(before.as_str().unwrap().starts_with("Election Voter"));

    block(json!([])).await;
    tab.reload().await;
    tab.read("home-join").await;
    assert_eq!(tab.run(painted, &[]).await, before);
    let frames = "return document.querySelectorAll('header, main#content').length";
    assert_eq!(tab.run(frames, &[]).await, json!(2), "the program's own");
    stage.close().await;
}
