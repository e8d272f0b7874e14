//! Words of any length break within the page: nobody scrolls sideways, on the narrowest phones
//! either.

use serde_json::json;

use crate::harness::page::{Poll, SUMMER};
use crate::harness::stage::Stage;
use crate::harness::tab::{ESCAPE, Tab};

/// What is wider than the window, or the width of the page if it is something else.
const WIDER: &str = "const page = document.scrollingElement; \
    if (page.scrollWidth <= page.clientWidth) return []; \
    const wide = [...document.querySelectorAll('body *')] \
        .filter(element => element.getBoundingClientRect().right > page.clientWidth + 0.5) \
        .map(element => element.outerHTML.slice(0, 120)); \
    return [`${page.scrollWidth} in ${page.clientWidth}`, ...wide];";

async fn fits(tab: &Tab, screen: &str) {
    for width in [320, 360] {
        let metrics =
            json!({"width": width, "height": 640, "deviceScaleFactor": 1, "mobile": false});
        tab.devtools("Emulation.setDeviceMetricsOverride", metrics)
            .await;
        let wider = tab.run(WIDER, &[]).await;
        assert_eq!(wider, json!([]), "{screen} at {width} px");
    }
    tab.devtools("Emulation.clearDeviceMetricsOverride", json!({}))
        .await;
}

/// As long as a name can be.
fn word(letter: &str) -> String {
    letter.repeat(200)
}

#[tokio::test]
async fn a_poll_of_long_words_fits_on_every_screen() {
    let stage = Stage::open().await;
    let tab = stage.browser.tab("chair").await;
    let (title, options) = (word("W"), format!("{}\n{}", word("M"), word("O")));
    let poll = Poll {
        title: &title,
        options: &options,
        ..SUMMER
    };
    tab.write_poll(&poll).await;
    fits(&tab, "make").await;
    tab.fill("make-options", &format!("{}\n{}", word("M"), word("M")))
        .await;
    tab.click("make-submit").await;
    tab.read("make-error").await;
    fits(&tab, "make, refused").await;
    let links = tab.make_poll(&poll).await;
    fits(&tab, "desk, new").await;
    tab.vote(1).await;
    fits(&tab, "desk, voted").await;
    tab.ask_to_revoke(&tab.voter().await).await;
    tab.fill("revoke-reason", &word("R")).await;
    fits(&tab, "desk, revoking").await;
    tab.fill("revoke-reason", &"R".repeat(600)).await;
    tab.click("revoke-confirm").await;
    tab.read("revoke-error").await;
    tab.fill("revoke-reason", &"R".repeat(500)).await;
    tab.click("revoke-confirm").await;
    tab.read("revoked-notice").await;
    fits(&tab, "desk, revoked").await;
    let as_table = "[...document.querySelectorAll('button')].find(button => button.textContent.includes('as a table')).click()";
    tab.run(as_table, &[]).await;
    tab.read("results-table").await;
    let open = "document.querySelectorAll('details').forEach(details => details.open = true); \
        document.querySelectorAll('.why').forEach(why => why.click())";
    tab.run(open, &[]).await;
    fits(&tab, "desk, all open").await;
    tab.click("inspector-toggle").await;
    tab.read("state-hash").await;
    fits(&tab, "inspector").await;
    tab.press(ESCAPE).await;

    tab.join(&links.voters).await;
    tab.vote(0).await;
    fits(&tab, "poll").await;
    tab.open("/").await;
    tab.mentions(&title).await;
    fits(&tab, "home").await;
    let elsewhere = format!("https://{}.example", "e".repeat(60));
    tab.fill(
        "home-join-input",
        &links.voters.replace(stage.relay.origin(), &elsewhere),
    )
    .await;
    tab.click("home-join").await;
    tab.says("poll-error", "another site").await;
    fits(&tab, "home, a link elsewhere").await;
    stage.close().await;
}

#[tokio::test]
async fn precincts_of_long_words_fit_too() {
    let stage = Stage::open().await;
    let tab = stage.browser.tab("chair").await;
    let (title, options) = (word("W"), format!("{}\n{}", word("M"), word("O")));
    let poll = Poll {
        title: &title,
        options: &options,
        ..SUMMER
    };
    let names = ["N", "S"].map(|letter| letter.repeat(60)).join("\n");
    tab.write_precincts(&poll, &names).await;
    fits(&tab, "make, with precincts").await;
    tab.click("make-submit").await;
    tab.read("canvass").await;
    tab.vote(0).await;
    tab.shows("total-counted", "1").await;
    let open = "document.querySelectorAll('details').forEach(details => details.open = true)";
    tab.run(open, &[]).await;
    fits(&tab, "desk, with precincts").await;
    tab.open("/").await;
    tab.mentions(&title).await;
    fits(&tab, "home, with precincts").await;
    stage.close().await;
}
