//! Many tabs of one browser: each is a replica and a voter of its own, and all show the same.

use serde_json::json;

use crate::harness::page::{SUMMER, all_agree};
use crate::harness::stage::Stage;

#[tokio::test]
async fn every_tab_is_a_voter_and_shows_the_same_results() {
    let stage = Stage::open().await;
    let chair = stage.browser.tab("chair").await;
    let links = chair.make_poll(&SUMMER).await;
    let mut tabs = vec![chair];
    for name in ["anna", "bert", "clara"] {
        let tab = stage.browser.tab(name).await;
        tab.join(&links.voters).await;
        tabs.push(tab);
    }
    let tabs: Vec<_> = tabs.iter().collect();

    let mut voters = Vec::new();
    for tab in &tabs {
        tab.shows("connection", "3 others here").await;
        voters.push(tab.voter().await);
    }
    voters.sort();
    voters.dedup();
    assert_eq!(
        voters.len(),
        4,
        "every tab votes as somebody else: {voters:?}"
    );

    for (option, tab) in [0, 0, 1, 2].into_iter().zip(&tabs) {
        tab.vote(option).await;
    }
    for tab in &tabs {
        tab.counts(4, &[2, 1, 1]).await;
        tab.shows("leader", "Bergen leads with 2 of 4.").await;
        tab.says("vote-state", "Seen by").await;
    }
    let before = all_agree(&tabs).await;

    // Nobody reloads anything: a changed vote is seen everywhere by itself.
    tabs[1].vote(1).await;
    for tab in &tabs {
        tab.counts(4, &[1, 2, 1]).await;
        tab.shows("leader", "Porto leads with 2 of 4.").await;
    }
    let after = all_agree(&tabs).await;
    assert_ne!(before.code, after.code, "other ballots, another code");
    stage.close().await;
}

#[tokio::test]
async fn the_result_is_there_as_a_table_too() {
    let stage = Stage::open().await;
    let tab = stage.browser.tab("chair").await;
    tab.make_poll(&SUMMER).await;
    tab.vote(1).await;
    tab.counts(1, &[0, 1, 0]).await;
    let button = "[...document.querySelectorAll('button')].find(button => button.textContent.includes('as a table')).click()";
    tab.run(button, &[]).await;
    let table = tab.read("results-table").await;
    assert!(table.contains("Porto (your vote)1"), "{table}");
    tab.counts(1, &[0, 1, 0]).await;
    stage.close().await;
}

#[tokio::test]
async fn marking_an_option_does_not_vote() {
    let stage = Stage::open().await;
    let (chair, voter) = (
        stage.browser.tab("chair").await,
        stage.browser.tab("voter").await,
    );
    let links = chair.make_poll(&SUMMER).await;
    voter.join(&links.voters).await;
    voter.click("choice-1").await;
    // Whatever the mark set off would have come before this.
    chair.vote(0).await;
    for tab in [&chair, &voter] {
        tab.counts(1, &[1, 0, 0]).await;
    }
    assert_eq!(voter.number("receipt").await, 0);
    stage.close().await;
}

/// What the vote shows moves the options to where the button was.
#[tokio::test]
async fn a_double_click_on_vote_marks_nothing_else() {
    const PLACE: &str = "const at = document.querySelector('[data-test=vote]').getBoundingClientRect(); \
         return [at.x + at.width / 2, at.y + at.height / 2]";
    const OPTION: &str =
        "return Boolean(document.elementFromPoint(...arguments).closest('.choice'))";
    const MARKED: &str =
        "return [...document.querySelectorAll('.choice input')].map(input => input.checked)";
    let stage = Stage::open().await;
    let tab = stage.browser.tab("chair").await;
    tab.make_poll(&SUMMER).await;
    tab.run("document.querySelector('#ballot').scrollIntoView()", &[])
        .await;
    tab.click("choice-2").await;
    let place = tab.run(PLACE, &[]).await;
    let [x, y] = [&place[0], &place[1]];
    for click in [1, 2] {
        for event in ["mousePressed", "mouseReleased"] {
            let mouse =
                json!({ "type": event, "x": x, "y": y, "button": "left", "clickCount": click });
            tab.devtools("Input.dispatchMouseEvent", mouse).await;
        }
        tab.read("receipt").await;
        tab.says("voted", "Stay here").await;
    }
    assert_eq!(tab.run(OPTION, &[x.clone(), y.clone()]).await, true);
    assert_eq!(tab.run(MARKED, &[]).await, json!([false, false, true]));
    stage.close().await;
}

#[tokio::test]
async fn anybody_finds_a_ballot_by_its_receipt() {
    let stage = Stage::open().await;
    let chair = stage.browser.tab("chair").await;
    let links = chair.make_poll(&SUMMER).await;
    let voter = stage.browser.tab("voter").await;
    let reader = stage.browser.tab("reader").await;
    voter.join(&links.voters).await;
    reader.join(&links.voters).await;
    voter.vote(1).await;
    let (receipt, name) = (voter.read("receipt").await, voter.voter().await);
    reader.counts(1, &[0, 1, 0]).await;
    reader.says("log-entry", &receipt).await;
    reader.click("receipt-open").await;
    reader
        .fill("receipt-search", &format!(" {}. ", receipt.to_uppercase()))
        .await;
    reader.click("receipt-find").await;
    let found = reader.says("receipt-found", "Porto").await;
    assert!(found.contains(&receipt) && found.contains(&name), "{found}");
    assert!(found.contains("counted"), "{found}");
    // A changed vote is another ballot, and the earlier one is still found.
    voter.vote(2).await;
    reader.counts(1, &[0, 0, 1]).await;
    reader.click("receipt-find").await;
    reader.says("receipt-found", "Porto").await;
    reader.says("receipt-found", "replaced").await;
    reader.fill("receipt-search", "no such").await;
    reader.click("receipt-find").await;
    reader.says("receipt-none", "No ballot here").await;
    reader.fill("receipt-search", "").await;
    reader.click("receipt-find").await;
    reader.says("receipt-none", "two words").await;
    stage.close().await;
}
