//! No mouse: everything is reached with Tab, and one sees where one is.

use crate::harness::page::SUMMER;
use crate::harness::stage::Stage;
use crate::harness::tab::{ENTER, ESCAPE, TAB, Tab};

/// The most presses of Tab that reach anything on a screen.
const MOST: usize = 40;

/// The hook of the element that has the focus, after a check that the focus can be seen. Behind the
/// last element the focus leaves the page, and comes back at the first.
async fn focused(tab: &Tab) -> String {
    // The ring is around the element, or around the whole label that it is in.
    const SCRIPT: &str = "const at = document.activeElement; \
        const ringed = element => { const style = getComputedStyle(element); \
            return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2; }; \
        return [at === document.body ? 'the end of the page' : at.dataset.test ?? '', at.outerHTML.slice(0, 120), \
            at === document.body || at.matches(':focus-visible') && (ringed(at) || ringed(at.closest('label') ?? at))];";
    let seen = tab.run(SCRIPT, &[]).await;
    assert_eq!(
        seen[2], true,
        "one cannot see that the focus is on {}",
        seen[1]
    );
    seen[0].as_str().unwrap().to_owned()
}

/// Presses Tab until the focus is on the hook.
async fn walk_to(tab: &Tab, hook: &str) {
    tab.read(hook).await;
    let mut passed = Vec::new();
    for _ in 0..MOST {
        tab.press(TAB).await;
        let on = focused(tab).await;
        if on == hook {
            return;
        }
        passed.push(on);
    }
    panic!("Tab does not lead to `{hook}`, only to {passed:?}");
}

#[tokio::test]
async fn a_poll_is_made_and_voted_in_with_the_keyboard() {
    let stage = Stage::open().await;
    let tab = stage.browser.tab("keyboard").await;
    tab.open("/").await;
    walk_to(&tab, "home-make").await;
    tab.press(ENTER).await;
    walk_to(&tab, "make-title").await;
    tab.type_out("Tea or coffee?").await;
    walk_to(&tab, "make-options").await;
    tab.type_out("Tea\nCoffee").await;
    walk_to(&tab, "make-method-single").await;
    walk_to(&tab, "make-holder-browser").await;
    walk_to(&tab, "make-submit").await;
    tab.press(ENTER).await;

    // Radio buttons are one stop: the first, and Space marks it.
    walk_to(&tab, "choice-0").await;
    tab.press(' ').await;
    walk_to(&tab, "vote").await;
    tab.press(ENTER).await;
    tab.counts(1, &[1, 0]).await;

    // Once one is marked, the arrows choose among them.
    tab.open(tab.run("return location.href", &[]).await.as_str().unwrap())
        .await;
    walk_to(&tab, "choice-0").await;
    tab.press('\u{E015}').await;
    assert_eq!(focused(&tab).await, "choice-1");
    walk_to(&tab, "vote").await;
    tab.press(' ').await;
    tab.counts(1, &[0, 1]).await;
    stage.close().await;
}

#[tokio::test]
async fn the_chair_revokes_with_the_keyboard() {
    let stage = Stage::open().await;
    let tab = stage.browser.tab("keyboard").await;
    tab.make_poll(&SUMMER).await;
    tab.vote(0).await;
    tab.read("ballots-table").await;
    let hook = "return document.querySelector('[data-test=\"ballots-table\"] [data-test^=\"revoke-\"]').dataset.test";
    let hook = tab.run(hook, &[]).await.as_str().unwrap().to_owned();
    walk_to(&tab, &hook).await;
    tab.press(ENTER).await;
    // The form opens with the focus in its field, and Escape closes it.
    tab.read("revoke-reason").await;
    assert_eq!(focused(&tab).await, "revoke-reason");
    tab.press(ESCAPE).await;
    tab.lacks("revoke-reason").await;
    tab.reload().await;
    walk_to(&tab, &hook).await;
    tab.press(' ').await;
    tab.read("revoke-reason").await;
    tab.type_out("A mistake").await;
    tab.press(ENTER).await;
    tab.says("revoked-notice", "A mistake").await;
    stage.close().await;
}

#[tokio::test]
async fn the_inspector_gives_the_focus_back() {
    let stage = Stage::open().await;
    let tab = stage.browser.tab("keyboard").await;
    tab.make_poll(&SUMMER).await;
    walk_to(&tab, "inspector-toggle").await;
    tab.press(ENTER).await;
    tab.read("inspector").await;
    let inside = "return document.querySelector('[data-test=\"inspector\"]').contains(document.activeElement)";
    tab.until("the focus in the drawer", async || {
        tab.run(inside, &[]).await.as_bool()?.then_some(())
    })
    .await;
    tab.press(ESCAPE).await;
    tab.lacks("inspector").await;
    assert_eq!(focused(&tab).await, "inspector-toggle");
    stage.close().await;
}
