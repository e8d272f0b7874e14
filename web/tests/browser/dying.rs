//! A page that dies between storing what was signed in it and sending it: another tab of the
//! browser sends it, or one that is opened later.

use serde_json::json;

use crate::harness::browser::Browser;
use crate::harness::page::{ORDINARY, SUMMER};
use crate::harness::peer::peer;
use crate::harness::stage::Stage;
use crate::harness::tab::Tab;

/// What stops a page where it stored something.
const SCRIPT: &str = include_str!("dying.js");

/// A tab that has joined a poll and can be made to die.
async fn mortal(browser: &Browser, link: &str) -> Tab {
    let tab = browser.window("mortal").await;
    tab.run_first(SCRIPT).await;
    tab.join(link).await;
    tab.shows("connection", "1 other here").await;
    tab
}

/// From the next thing on that is stored for good, nothing leaves the tab by these ways.
async fn shut(tab: &Tab, ways: &[&str]) {
    tab.run("dying.onceStored(arguments[0])", &[json!(ways)])
        .await;
}

/// How many ballots another replica counts, and for what, with the help of whoever is there.
fn counted(link: &str) -> (u64, Vec<u64>) {
    let tally = peer(&["tally", link]);
    let options = tally["options"].as_array().unwrap().iter();
    let counts = options.map(|option| option["count"].as_u64().unwrap());
    (tally["counted"].as_u64().unwrap(), counts.collect())
}

#[tokio::test]
async fn a_vote_that_was_stored_and_not_sent_is_sent_by_another_tab() {
    let mut stage = Stage::open().await;
    let chair = stage.browser.tab("chair").await;
    let links = chair.make_poll(&ORDINARY).await;
    let phone = stage.another_browser().await;
    let mortal = mortal(phone, &links.voters).await;
    let witness = phone.window("witness").await;
    witness.join(&links.voters).await;
    witness.shows("connection", "2 others here").await;

    shut(&mortal, &["relay"]).await;
    mortal.vote(1).await;
    mortal.crash().await;
    witness
        .shows("voted", "You voted for Porto in this browser")
        .await;
    chair.counts(1, &[0, 1, 0]).await;
    assert_eq!(counted(&links.voters), (1, vec![0, 1, 0]));
    witness.says("vote-state", "Seen by").await;
    stage.close().await;
}

/// Keeps everybody else from the store of boards until it is told to stop: whoever opens a poll in
/// precincts waits there, after they have read the ballots.
const HOLD_UP: &str = "\
    window.holding = true; \
    indexedDB.open('election-voter').onsuccess = ({ target: { result: database } }) => { \
        const store = database.transaction('boards', 'readwrite').objectStore('boards'); \
        const again = () => { window.held = true; if (window.holding) store.count().onsuccess = again; }; \
        again(); \
    };";

/// Whether the store says that the browser is offline by choice.
const STORED_OFFLINE: &str = "\
    return new Promise(done => { \
        indexedDB.open('election-voter').onsuccess = ({ target: { result: database } }) => { \
            database.transaction('polls').objectStore('polls').getAll().onsuccess = ({ target: { result: polls } }) => { \
                database.close(); \
                done(polls.every(poll => poll.offline)); \
            }; \
        }; \
    });";

/// Takes note when a page gets there.
const NOTE_BOARDS: &str = "\
    const transaction = IDBDatabase.prototype.transaction; \
    IDBDatabase.prototype.transaction = function (stores, ...words) { \
        if ([stores].flat().includes('boards')) window.atBoards = true; \
        return transaction.call(this, stores, ...words); \
    };";

#[tokio::test]
async fn a_tab_that_is_opening_meanwhile_misses_neither_a_vote_nor_a_choice() {
    let mut stage = Stage::open().await;
    let chair = stage.browser.tab("chair").await;
    chair.write_poll(&ORDINARY).await;
    chair.click("make-places-automatic").await;
    chair.fill("make-precinct-number", "2").await;
    chair.click("make-submit").await;
    let links = chair.links().await;
    let phone = stage.another_browser().await;
    let (holder, opening) = (phone.window("holder").await, phone.window("opening").await);
    let mortal = phone.window("mortal").await;
    mortal.run_first(SCRIPT).await;
    opening.run_first(NOTE_BOARDS).await;
    mortal.join(&links.voters).await;
    holder.open("/").await;

    for what in ["vote", "choice"] {
        holder.run(HOLD_UP, &[]).await;
        holder
            .until("the store of boards", async || {
                let held = holder.run("return window.held === true", &[]).await;
                held.as_bool()?.then_some(())
            })
            .await;
        opening.open(&links.voters).await;
        opening
            .until("the page to wait", async || {
                let waits = opening.run("return window.atBoards === true", &[]).await;
                waits.as_bool()?.then_some(())
            })
            .await;
        match what {
            "vote" => {
                // It reaches nobody but the browser's other tabs, of which one is not open yet.
                shut(&mortal, &["relay"]).await;
                mortal.vote(1).await;
            }
            _ => {
                mortal.run("dying.now(['relay', 'tabs'])", &[]).await;
                mortal.go_offline().await;
                holder
                    .until("the choice to be stored", async || {
                        let stored = holder.run(STORED_OFFLINE, &[]).await;
                        stored.as_bool()?.then_some(())
                    })
                    .await;
            }
        }
        let let_go = "window.holding = window.held = false";
        holder.run(let_go, &[]).await;
        opening
            .shows("voted", "You voted for Porto in this browser")
            .await;
        if what == "choice" {
            opening.shows("connection", "Offline").await;
        }
    }
    stage.close().await;
}

#[tokio::test]
async fn a_vote_that_was_stored_and_not_sent_is_sent_by_a_tab_that_is_opened_later() {
    let mut stage = Stage::on_plain_http().await;
    let chair = stage.browser.tab("chair").await;
    let links = chair.make_poll(&ORDINARY).await;
    let phone = stage.another_browser().await;
    // A browser whose last tab is closed is gone.
    let empty = phone.tab("empty").await;
    let mortal = mortal(phone, &links.voters).await;
    shut(&mortal, &["relay", "tabs"]).await;
    mortal.vote(1).await;
    mortal.crash().await;
    chair.shows("connection", "Nobody else here").await;
    assert_eq!(chair.results().await.total, "0");

    empty.in_hand().await;
    let later = phone.tab("later").await;
    later.join(&links.voters).await;
    later
        .shows("voted", "You voted for Porto in this browser")
        .await;
    chair.counts(1, &[0, 1, 0]).await;
    // And its number is taken.
    later.vote(2).await;
    chair.counts(1, &[0, 0, 1]).await;
    let link = stage.for_programs(&links.voters);
    assert_eq!(counted(&link), (1, vec![0, 0, 1]));
    stage.close().await;
}

#[tokio::test]
async fn what_the_chair_revoked_in_a_tab_that_died_is_sent_by_another() {
    let mut stage = Stage::open().await;
    let maker = stage.browser.tab("maker").await;
    let links = maker.make_poll(&ORDINARY).await;
    let voter = stage.another_browser().await.tab("voter").await;
    voter.join(&links.voters).await;
    voter.vote(2).await;
    let name = voter.voter().await;
    let mortal = stage.browser.window("mortal").await;
    mortal.run_first(SCRIPT).await;
    mortal.join(&links.voters).await;
    mortal.counts(1, &[0, 0, 1]).await;
    shut(&mortal, &["relay"]).await;
    mortal.revoke(&name, "Voted twice").await;
    mortal.crash().await;
    for tab in [&maker, &voter] {
        tab.counts(0, &[0, 0, 0]).await;
    }
    voter.says("revoked-notice", "Voted twice").await;
    stage.close().await;
}

#[tokio::test]
async fn a_tab_that_is_its_own_voter_sends_when_it_is_loaded_anew() {
    let mut stage = Stage::open().await;
    let chair = stage.browser.tab("chair").await;
    let links = chair.make_poll(&SUMMER).await;
    let tab = mortal(stage.another_browser().await, &links.voters).await;
    let voter = tab.voter().await;
    shut(&tab, &["relay", "tabs"]).await;
    tab.vote(1).await;
    assert_eq!(chair.results().await.total, "0");
    tab.reload().await;
    tab.shows("voted", "You voted for Porto in this tab").await;
    assert_eq!(tab.voter().await, voter);
    chair.counts(1, &[0, 1, 0]).await;
    tab.vote(2).await;
    chair.counts(1, &[0, 0, 1]).await;
    stage.close().await;
}
