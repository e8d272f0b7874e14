//! A browser that keeps nothing, or does not answer: the page opens all the same, says what is so,
//! and never signs with a kept key what it cannot keep.

use serde_json::json;

use crate::harness::page::ORDINARY;
use crate::harness::stage::Stage;
use crate::harness::store::Fault;
use crate::harness::tab::Tab;

/// From here on notes whether the tab ever says that something is saved.
async fn watch_for_saved(tab: &Tab) {
    const SCRIPT: &str = "window.saidSaved = []; \
        const look = () => { \
            const said = document.body.innerText.match(/(?<!not |nowhere|is )(saved|saving) (on this device|here)/i); \
            if (said) saidSaved.push(said[0]); \
        }; \
        new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true }); \
        look();";
    tab.run(SCRIPT, &[]).await;
}

async fn never_said_saved(tab: &Tab) {
    let said = tab.run("return saidSaved", &[]).await;
    assert_eq!(said, json!([]), "{}", tab.name());
}

#[tokio::test]
async fn a_browser_that_keeps_nothing_or_does_not_answer_votes_in_memory_and_says_so() {
    let mut stage = Stage::open().await;
    let chair = stage.browser.tab("chair").await;
    let links = chair.make_poll(&ORDINARY).await;
    let voter = stage.another_browser().await.tab("voter").await;
    let mut cast = 0;
    for fault in [
        Fault::OpenThrows,
        Fault::OpenFails,
        Fault::OpenIsSilent,
        Fault::RequestsAreSilent,
        Fault::WritesAreSilent,
        Fault::WritesBreakOff,
    ] {
        let trust = voter.distrust_store(fault).await;
        voter.join(&links.voters).await;
        watch_for_saved(&voter).await;
        voter.says("unsaved", "does not keep anything").await;
        let name = voter.voter().await;
        voter.vote(1).await;
        cast += 1;
        chair.counts(cast, &[0, cast, 0]).await;
        voter.says("vote-state", "Seen by 1 other").await;
        voter.vote(2).await;
        voter.vote(1).await;
        never_said_saved(&voter).await;
        assert_eq!(voter.number("reload-to-sign").await, 0, "{fault:?}");
        chair.counts(cast, &[0, cast, 0]).await;
        // What signed there was a key that no store holds.
        voter.trust_store(trust).await;
        voter.open(&links.voters).await;
        assert_ne!(voter.voter().await, name, "{fault:?}");
        assert_eq!(voter.number("unsaved").await, 0, "{fault:?}");
    }
    stage.close().await;
}

#[tokio::test]
async fn a_chair_whose_browser_keeps_nothing_is_warned_and_can_go_on() {
    let stage = Stage::open().await;
    for fault in [Fault::OpenThrows, Fault::WritesAreSilent] {
        let chair = stage.browser.tab("chair").await;
        chair.distrust_store(fault).await;
        chair.make_poll(&ORDINARY).await;
        chair.read("secret-unkept").await;
        watch_for_saved(&chair).await;
        chair.vote(0).await;
        chair.counts(1, &[1, 0, 0]).await;
        let voter = chair.voter().await;
        chair.revoke(&voter, "Only a test").await;
        chair.counts(0, &[0, 0, 0]).await;
        never_said_saved(&chair).await;
    }
    stage.close().await;
}

#[tokio::test]
async fn a_kept_voter_whose_ballot_cannot_be_kept_is_asked_to_reload_and_has_cast_nothing() {
    let mut stage = Stage::open().await;
    let chair = stage.browser.tab("chair").await;
    let links = chair.make_poll(&ORDINARY).await;
    let voter = stage.another_browser().await.tab("voter").await;
    for fault in [
        Fault::WritesBreakOff,
        Fault::OpenThrows,
        Fault::RequestsAreSilent,
    ] {
        let trust = voter.distrust_store(Fault::None).await;
        voter.join(&links.voters).await;
        voter.vote(0).await;
        let (name, receipt) = (voter.voter().await, voter.read("receipt").await);
        chair.counts(1, &[1, 0, 0]).await;
        voter.says("vote-state", "Seen by 1 other").await;

        voter.store_fails(fault).await;
        voter.close_store(false).await;
        voter.click("choice-1").await;
        voter.click("vote").await;
        voter.says("vote-error", "could not be saved").await;
        voter.read("reload-to-sign").await;
        voter.shows("receipt", &receipt).await;
        voter.click("choice-2").await;
        voter.click("vote").await;
        voter.says("vote-error", "Reload this page first").await;
        chair.counts(1, &[1, 0, 0]).await;

        // Where the store still fails, whoever votes is somebody whom it does not know.
        voter.trust_store(trust).await;
        let trust = voter.distrust_store(Fault::OpenThrows).await;
        voter.open(&links.voters).await;
        assert_ne!(voter.voter().await, name);
        assert_eq!(voter.number("voted").await, 0);

        // And where it works again, everything is there.
        voter.trust_store(trust).await;
        voter.open(&links.voters).await;
        voter
            .shows("voted", "You voted for Bergen in this browser")
            .await;
        assert_eq!(voter.voter().await, name);
        voter.vote(1).await;
        chair.counts(1, &[0, 1, 0]).await;
    }
    stage.close().await;
}

/// As on a machine that has no time: whatever is asked of the database takes a second, in which
/// nothing else happens; and timers are late.
const BE_LATE: &str = "\
    let time = performance.now(); \
    performance.now = () => time; \
    const { transaction } = IDBDatabase.prototype; \
    IDBDatabase.prototype.transaction = function (...words) { \
        time += 1_000; \
        return transaction.apply(this, words); \
    }; \
    const later = window.setTimeout; \
    window.setTimeout = (call, wait, ...words) => later(call, wait + 1_000, ...words);";

#[tokio::test]
async fn why_nothing_was_cast_is_still_said_when_a_late_screen_shows_what_stands() {
    let mut stage = Stage::open().await;
    let chair = stage.browser.tab("chair").await;
    let links = chair.make_poll(&ORDINARY).await;
    let voter = stage.another_browser().await.tab("voter").await;
    voter.distrust_store(Fault::None).await;
    voter.join(&links.voters).await;
    voter.vote(0).await;
    voter.shows("voted", "You voted for Bergen").await;
    voter.says("vote-state", "Seen by 1 other").await;
    let receipt = voter.read("receipt").await;
    voter.store_fails(Fault::WritesBreakOff).await;
    voter.run(BE_LATE, &[]).await;
    voter.click("choice-1").await;
    voter.click("vote").await;
    // Until it shows this, the screen shows the ballot that could not be saved.
    voter.read("reload-to-sign").await;
    voter.says("vote-error", "could not be saved").await;
    voter.shows("receipt", &receipt).await;
    voter.shows("voted", "You voted for Bergen").await;
    stage.close().await;
}

#[tokio::test]
async fn a_ballot_of_which_the_browser_never_says_that_it_is_stored_is_cast_once() {
    let mut stage = Stage::open().await;
    let chair = stage.browser.tab("chair").await;
    let links = chair.make_poll(&ORDINARY).await;
    let voter = stage.another_browser().await.tab("voter").await;
    let trust = voter.distrust_store(Fault::None).await;
    voter.join(&links.voters).await;
    voter.vote(0).await;
    let name = voter.voter().await;
    voter.store_fails(Fault::WritesAreSilent).await;
    voter.click("choice-1").await;
    voter.click("vote").await;
    voter.says("vote-error", "could not be saved").await;
    voter.read("reload-to-sign").await;
    // It was tried more than once, and it stands on the disk: as one ballot, which counts.
    voter.trust_store(trust).await;
    voter.open(&links.voters).await;
    for tab in [&voter, &chair] {
        tab.counts(1, &[0, 1, 0]).await;
    }
    assert_eq!(voter.voter().await, name);
    voter.vote(2).await;
    for tab in [&voter, &chair] {
        tab.counts(1, &[0, 0, 1]).await;
    }
    stage.close().await;
}

#[tokio::test]
async fn a_full_disk_is_named_and_room_made_later_is_used() {
    let mut stage = Stage::open().await;
    let chair = stage.browser.tab("chair").await;
    let links = chair.make_poll(&ORDINARY).await;
    let voter = stage.another_browser().await.tab("voter").await;
    let origin = stage.relay.origin();
    let full = json!({ "origin": origin, "quotaSize": 1 });
    voter.devtools("Storage.overrideQuotaForOrigin", full).await;
    voter.join(&links.voters).await;
    voter.says("unsaved", "the disk may be full").await;
    let name = voter.voter().await;
    voter.vote(1).await;
    chair.counts(1, &[0, 1, 0]).await;

    let room = json!({ "origin": origin });
    voter.devtools("Storage.overrideQuotaForOrigin", room).await;
    voter.open(&links.voters).await;
    voter.counts(1, &[0, 1, 0]).await;
    assert_ne!(voter.voter().await, name);
    assert_eq!(voter.number("unsaved").await, 0);
    voter.vote(2).await;
    voter.is_kept().await;
    stage.stop_relay();
    voter.reload().await;
    voter
        .shows("voted", "You voted for Stay here in this browser")
        .await;
    stage.close().await;
}
