//! A page that stops over a mistake of its own says so, and how to go on.

use serde_json::json;

use crate::harness::stage::Stage;

#[tokio::test]
async fn a_mistake_in_the_page_shows_a_calm_screen_from_which_it_starts_again() {
    let stage = Stage::open().await;
    let tab = stage.browser.tab("voter").await;
    tab.open("/").await;
    tab.read("home-make").await;
    let seen = "return ['app', 'broken'].map(id => document.getElementById(id).checkVisibility())";
    assert_eq!(tab.run(seen, &[]).await, json!([true, false]));

    // What Yew takes for impossible.
    let spoil = "document.createElement = () => { throw new Error('no more nodes') }; \
        document.querySelector('[data-test=home-make]').click()";
    tab.run(spoil, &[]).await;
    tab.until("the calm screen", async || {
        (tab.run(seen, &[]).await == json!([false, true])).then_some(())
    })
    .await;
    let told = stage.browser.console_errors().await;
    assert!(!told.is_empty(), "who looks at the console sees nothing");

    tab.run("document.getElementById('reload').click()", &[])
        .await;
    tab.read("make-title").await;
    stage.close().await;
}
