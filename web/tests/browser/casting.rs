//! Four tabs of one browser vote at the same instant, over and over: one voter, whose ballots are
//! numbered without a twin and without a gap.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::harness::page::{ORDINARY, Poll};
use crate::harness::peer::peer;
use crate::harness::stage::Stage;
use crate::harness::tab::Tab;
use crate::sample;

/// Tabs that vote at once.
const TABS: usize = 4;
/// Rounds in which one voter's ballots are made: a voter may sign 64.
const ROUNDS: usize = 15;
/// What runs in each page.
const SCRIPT: &str = include_str!("casting.js");

/// Two options for each tab, so that no ballot says what the one before it said, whoever of them
/// comes first.
const MANY: Poll<'static> = Poll {
    title: "Which of eight?",
    options: "A\nB\nC\nD\nE\nF\nG\nH",
    ..ORDINARY
};

/// Begins to watch and to vote in that tab; gives whether it is trusted with locks and a service
/// worker.
async fn prepare(tab: &Tab, number: usize) -> bool {
    tab.state_hash().await;
    let has = tab.run(SCRIPT, &[json!(number), json!(TABS)]).await;
    assert_eq!(has[0], "visible", "what is hidden is slowed down");
    assert!(has[1] == has[2] && has[2] == has[3], "{has}");
    has[1] == true
}

/// So many rounds; all of them go well, or the test ends here.
async fn play(conductor: &Tab, rounds: usize) {
    conductor
        .run("casting.begin(arguments[0])", &[json!(rounds)])
        .await;
    for round in 1..=rounds {
        let look = "return [casting.rounds, casting.wrong]";
        conductor
            .until(&format!("the end of round {round}"), async || {
                let seen = conductor.run(look, &[]).await;
                assert_eq!(seen[1], Value::Null);
                (seen[0].as_u64()? >= round as u64).then_some(())
            })
            .await;
    }
}

/// The numbers of each voter's ballots, as another replica has them, which must all be whole and in
/// order.
fn numbered(link: &str) -> BTreeMap<String, u64> {
    let Value::Array(ballots) = peer(&["ballots", link]) else {
        panic!("a list of ballots");
    };
    let mut last: BTreeMap<String, u64> = BTreeMap::new();
    for ballot in &ballots {
        let (voter, seq) = (&ballot["voter"], &ballot["seq"]);
        let voter = voter.as_str().unwrap().to_owned();
        // They are listed by voter and number.
        let next = last.get(&voter).map_or(0, |seq| seq + 1);
        assert_eq!(seq.as_u64(), Some(next), "a twin or a gap: {ballots:#?}");
        last.insert(voter, next);
    }
    let counted = ballots
        .iter()
        .filter(|ballot| ballot["counts"] == "counted");
    assert_eq!(counted.count(), last.len(), "one of each voter counts");
    last
}

/// So many rounds in all, each voter's with one after the other.
async fn four_tabs_vote_at_once(stage: Stage, is_trusted: bool, rounds: usize) {
    let conductor = stage.browser.tab("conductor").await;
    let links = conductor.make_poll(&MANY).await;
    conductor.run(SCRIPT, &[json!(null), json!(TABS)]).await;
    let mut tabs = Vec::new();
    for number in 0..TABS {
        let tab = stage.browser.window(&format!("tab {number}")).await;
        tab.join(&links.voters).await;
        assert_eq!(prepare(&tab, number).await, is_trusted);
        tabs.push(tab);
    }
    let mut expected = BTreeMap::new();
    let mut left = rounds;
    loop {
        let now = left.min(ROUNDS);
        play(&conductor, now).await;
        left -= now;
        let first = &tabs[0];
        let key = first.read("voter-key").await;
        for tab in &tabs {
            assert_eq!(tab.read("voter-key").await, key, "{}", tab.name());
            assert_eq!(tab.number("spoiled-notice").await, 0);
        }
        // The first voter began with nothing, the others with the ballot that made them the
        // browser's latest.
        let before = u64::from(!expected.is_empty());
        expected.insert(key, (TABS * now) as u64 - 1 + before);
        if left == 0 {
            break;
        }
        somebody_else(&tabs).await;
    }
    // Everybody shows the same, the page that has been hidden too, and so does a replica that got
    // it from them.
    let hash = tabs[0].state_hash().await;
    for tab in tabs.iter().chain([&conductor]) {
        tab.state_hash().await;
        tab.shows("state-hash", &hash).await;
    }
    assert_eq!(numbered(&stage.for_programs(&links.voters)), expected);
    stage.close().await;
}

/// Somebody else votes in the first tab; the others are loaded anew, and are that voter's too.
async fn somebody_else(tabs: &[Tab]) {
    let first = &tabs[0];
    // What was marked there last is not what another tab cast after it, and nobody hands a marked
    // paper on.
    first.reload().await;
    first.click("somebody-else").await;
    first.lacks("voted").await;
    first.vote(2 * TABS - 1).await;
    prepare(first, 0).await;
    for (number, tab) in tabs.iter().enumerate().skip(1) {
        tab.reload().await;
        tab.read("voted").await;
        prepare(tab, number).await;
    }
}

#[tokio::test]
async fn tabs_that_vote_at_once_are_one_voter() {
    let rounds = sample::of(ROUNDS + 3, 1_000);
    four_tabs_vote_at_once(Stage::open().await, true, rounds).await;
}

#[tokio::test]
async fn tabs_that_vote_at_once_are_one_voter_where_there_are_no_locks() {
    let rounds = sample::of(ROUNDS + 3, 1_000);
    four_tabs_vote_at_once(Stage::on_plain_http().await, false, rounds).await;
}
