//! What is shown is what is: on a silent line, over reloads, and where a network answers in the
//! relay's place.

use std::time::{Duration, Instant};

use crate::harness::hotel::Hotel;
use crate::harness::page::{ORDINARY, SUMMER};
use crate::harness::proxy::Towards;
use crate::harness::stage::Stage;

/// The relay of this test gives no sign of life by itself for ten minutes: only who asks for one
/// learns that there is none.
#[tokio::test]
async fn a_line_that_went_silent_shows_after_a_vote_and_after_every_hint() {
    let mut stage = Stage::behind_a_proxy().await;
    let voter = stage.browser.tab("voter").await;
    let (relay, line) = (
        stage.relay.origin().to_owned(),
        stage.proxy().origin().to_owned(),
    );
    let chair = stage.another_browser().await.tab("chair").await;
    let links = chair.make_poll(&SUMMER).await;
    voter.join(&links.voters.replace(&relay, &line)).await;
    voter.shows("connection", "1 other here").await;

    stage.proxy().silence(true);
    voter.vote(1).await;
    voter.shows("connection", "Offline").await;
    voter.says("offline-banner", "waiting here").await;
    chair.counts(0, &[0, 0, 0]).await;
    voter.click("try-now").await;
    stage.proxy().silence(false);
    voter.shows("connection", "1 other here").await;
    chair.counts(1, &[0, 1, 0]).await;

    for hint in [
        "window.dispatchEvent(new Event('offline'))",
        "document.dispatchEvent(new Event('resume'))",
        "window.dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))",
    ] {
        stage.proxy().silence(true);
        voter.run(hint, &[]).await;
        voter.shows("connection", "Offline").await;
        stage.proxy().silence(false);
        voter
            .run("window.dispatchEvent(new Event('online'))", &[])
            .await;
        voter.shows("connection", "1 other here").await;
    }
    stage.close().await;
}

#[tokio::test]
async fn what_comes_in_late_does_not_hide_that_the_line_is_silent() {
    let stage = Stage::behind_a_proxy().await;
    let voter = stage.browser.tab("voter").await;
    voter.make_poll(&SUMMER).await;
    voter.shows("connection", "Nobody else here").await;
    let hint = "document.dispatchEvent(new Event('resume'))";
    for _ in 0..3 {
        // An answer is on its way when the line goes silent.
        stage.proxy().silence_towards(Towards::Page, true);
        voter.run(hint, &[]).await;
        voter
            .until("an answer of the relay", async || {
                stage.proxy().waits(Towards::Page).then_some(())
            })
            .await;
        stage.proxy().silence_towards(Towards::Relay, true);
        voter.run(hint, &[]).await;
        stage.proxy().silence_towards(Towards::Page, false);
        voter.shows("connection", "Offline").await;
        stage.proxy().silence_towards(Towards::Relay, false);
        voter.shows("connection", "Nobody else here").await;
    }
    stage.close().await;
}

/// Lets five seconds pass for the page, and stops its clock: nothing happens there any more because
/// it is time for it.
const STOP_THE_CLOCK: &str = "\
    const now = performance.now.bind(performance); \
    const stopped = now() + 5_000; \
    performance.now = () => stopped; \
    window.startTheClock = () => { performance.now = () => now() + 5_000; }";

#[tokio::test]
async fn a_dial_that_hangs_gives_way_to_whoever_waits() {
    let stage = Stage::behind_a_proxy().await;
    let voter = stage.browser.tab("voter").await;
    voter.make_poll(&SUMMER).await;
    voter.shows("connection", "Nobody else here").await;
    for sign in [
        "window.dispatchEvent(new Event('online'))",
        "document.querySelector('[data-test=\"try-now\"]').click()",
        "window.dispatchEvent(new Event('focus'))",
    ] {
        let before = stage.proxy().lost();
        stage.proxy().silence(true);
        stage.proxy().lose_dials(true);
        voter
            .run("window.dispatchEvent(new Event('offline'))", &[])
            .await;
        voter.shows("connection", "Offline").await;
        voter.read("try-now").await;
        voter
            .until("a dial in vain", async || {
                (stage.proxy().lost() > before).then_some(())
            })
            .await;
        voter.run(STOP_THE_CLOCK, &[]).await;
        stage.proxy().lose_dials(false);
        stage.proxy().silence(false);
        voter.run(sign, &[]).await;
        voter.shows("connection", "Nobody else here").await;
        voter.run("startTheClock()", &[]).await;
    }
    stage.close().await;
}

#[tokio::test]
async fn an_absence_and_who_has_seen_a_vote_outlive_a_reload() {
    let mut stage = Stage::open().await;
    let chair = stage.browser.tab("chair").await;
    let links = chair.make_poll(&SUMMER).await;
    let voter = stage.browser.tab("voter").await;
    voter.join(&links.voters).await;
    voter.is_kept().await;
    voter.vote(1).await;
    voter.says("vote-state", "Seen by 1 other").await;

    voter.click("go-offline").await;
    voter.read("offline-banner").await;
    let left = Instant::now();
    chair.vote(0).await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    voter.reload().await;
    voter.says("vote-state", "Seen by 1 other").await;
    let away = left.elapsed().as_secs();
    voter.click("go-offline").await;
    let said = voter.says("rejoin-message", "1 ballot came in").await;
    let seconds = said.strip_prefix("Away ").and_then(|rest| {
        let number = rest.split(' ').next()?;
        number.parse::<u64>().ok()
    });
    // However slow the machine, it was away for as long as the test waited.
    assert!(
        seconds.is_none_or(|seconds| seconds >= away),
        "{said}: {away}"
    );

    // And with nobody in reach.
    stage.stop_relay();
    voter.shows("connection", "Offline").await;
    voter.reload().await;
    voter.says("vote-state", "Seen by 1 other").await;
    stage.close().await;
}

#[tokio::test]
async fn nothing_that_a_network_gives_takes_the_place_of_the_page() {
    let mut stage = Stage::open().await;
    let voter = stage.browser.tab("voter").await;
    voter.make_poll(&ORDINARY).await;
    voter.vote(1).await;
    voter.is_kept().await;
    stage.stop_relay();
    stage.network_lies();
    for (status, body) in [
        (
            "200 OK",
            "<!doctype html><title>Hotel</title><h1>Please log in</h1>",
        ),
        ("200 OK", ""),
        ("302 Found\r\nLocation: /login", ""),
        ("403 Forbidden", "<h1>No</h1>"),
        ("404 Not Found", "not found"),
        ("502 Bad Gateway", "<h1>Bad gateway</h1>"),
    ] {
        let hotel = Hotel::open(stage.relay.origin(), status, body);
        voter.reload().await;
        voter.counts(1, &[0, 1, 0]).await;
        let says = voter.run("return document.body.innerText", &[]).await;
        assert!(!says.to_string().contains("log in"), "{status}");
        drop(hotel);
        // And what was kept is still whole.
        voter.reload().await;
        voter.counts(1, &[0, 1, 0]).await;
    }
    stage.relay.start_again();
    voter.reload().await;
    voter.shows("connection", "Nobody else here").await;
    stage.close().await;
}

#[tokio::test]
async fn who_waits_for_a_poll_reads_what_to_do_and_what_to_send() {
    let stage = Stage::open().await;
    let chair = stage.browser.tab("chair").await;
    let links = chair.make_poll(&SUMMER).await;
    chair.read("share-unreachable").await;
    let mut stage = stage;
    let somebody = stage.another_browser().await.tab("somebody").await;
    chair.click("go-offline").await;
    chair.shows("connection", "Offline").await;
    somebody.open(&links.voters).await;
    somebody.says("waiting", "Nobody else is here").await;
    somebody.says("waiting-text", "open the poll").await;
    // Another who waits as well is somebody who is here and does not answer.
    let other = stage.another_browser().await.tab("other").await;
    other.open(&links.voters).await;
    other.says("waiting", "does not answer").await;
    other.read("waiting-text").await;
    chair.click("go-offline").await;
    for tab in [&somebody, &other] {
        tab.read("choice-0").await;
    }
    stage.close().await;
}
