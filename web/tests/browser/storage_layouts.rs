//! A page of today and one with a newer layout of the store, in one browser: both go on. Only the
//! newer one signs.

use crate::harness::page::ORDINARY;
use crate::harness::stage::Stage;
use crate::harness::tab::Tab;

/// The relay serves the page of the other version from here on, at the same origin.
fn serve(stage: &mut Stage, newer: bool) {
    stage.stop_relay();
    stage.relay.serve_next(newer);
    stage.relay.start_again();
}

/// It shows what comes, and asks to be reloaded before it signs.
async fn is_older(tab: &Tab) {
    tab.says("reload-to-sign", "newer version of it is open")
        .await;
    tab.click("choice-1").await;
    tab.click("vote").await;
    tab.says("vote-error", "Reload this page first").await;
}

#[tokio::test]
async fn a_newer_page_takes_the_store_over_and_the_older_one_goes_on_showing() {
    let mut stage = Stage::open().await;
    let chair = stage.another_browser().await.tab("chair").await;
    let links = chair.make_poll(&ORDINARY).await;
    let older = stage.browser.tab("older").await;
    older.join(&links.voters).await;
    older.vote(0).await;
    let (name, receipt) = (older.voter().await, older.read("receipt").await);
    chair.counts(1, &[1, 0, 0]).await;
    assert_eq!(older.number("reload-to-sign").await, 0);

    serve(&mut stage, true);
    let newer = stage.browser.tab("newer").await;
    newer.open(&links.voters).await;
    // It reads everything that was there.
    newer
        .shows("voted", "You voted for Bergen in this browser")
        .await;
    assert_eq!(newer.voter().await, name);
    assert_eq!(newer.read("receipt").await, receipt);
    assert_eq!(newer.number("reload-to-sign").await, 0);
    is_older(&older).await;

    // The older one shows what others cast, and what the newer one does.
    chair.vote(1).await;
    newer.vote(2).await;
    for tab in [&chair, &older, &newer] {
        tab.counts(2, &[0, 1, 1]).await;
    }
    assert_eq!(older.number("unsaved").await, 0);

    // Loaded anew it is the newer one.
    older.reload().await;
    older
        .shows("voted", "You voted for Stay here in this browser")
        .await;
    assert_eq!(older.voter().await, name);
    assert_eq!(older.number("reload-to-sign").await, 0);
    older.vote(1).await;
    for tab in [&chair, &older, &newer] {
        tab.counts(2, &[0, 2, 0]).await;
    }
    stage.close().await;
}

#[tokio::test]
async fn an_older_page_that_finds_a_newer_store_reads_it_and_signs_nothing() {
    let mut stage = Stage::open().await;
    let chair = stage.another_browser().await.tab("chair").await;
    let links = chair.make_poll(&ORDINARY).await;
    let another = chair.make_poll(&ORDINARY).await;
    chair.open(&links.voters).await;
    chair.read("choice-0").await;
    serve(&mut stage, true);
    let newer = stage.browser.tab("newer").await;
    newer.join(&links.voters).await;
    newer.vote(0).await;
    let name = newer.voter().await;

    serve(&mut stage, false);
    let older = stage.browser.tab("older").await;
    older.open(&links.voters).await;
    older
        .shows("voted", "You voted for Bergen in this browser")
        .await;
    assert_eq!(older.voter().await, name);
    is_older(&older).await;
    // The other one goes on, and is followed.
    newer.vote(2).await;
    for tab in [&chair, &older, &newer] {
        tab.counts(1, &[0, 0, 1]).await;
    }
    // A poll that this browser has not opened yet is shown too, and nobody becomes a second voter
    // in it.
    chair.open(&another.voters).await;
    chair.vote(0).await;
    older.open(&another.voters).await;
    older.counts(1, &[1, 0, 0]).await;
    is_older(&older).await;
    chair.counts(1, &[1, 0, 0]).await;
    stage.close().await;
}
