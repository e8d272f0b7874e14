//! A poll in three precincts: each tab holds the ballots of its own, and all come to the same
//! canvass.

use std::process::{Command, Stdio};

use crate::harness::canvass::{WARDS, all_canvass};
use crate::harness::environment;
use crate::harness::page::{ORDINARY, SUMMER};
use crate::harness::stage::Stage;
use crate::harness::wards::{HARBOUR, NORTH, OLD_TOWN, Wards};

/// The words of a text, without the signs between them.
fn words(text: &str) -> Vec<&str> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect()
}

#[tokio::test]
async fn votes_in_three_precincts_come_to_one_canvass() {
    let stage = Stage::open().await;
    let wards = Wards::open(&stage).await;
    assert_eq!(
        wards.links.voters,
        wards.chair().link_of(NORTH).await,
        "the panel shows the link of the chair's own precinct first"
    );
    for (choice, tab) in [0, 1, 1, 1, 2, 0].into_iter().zip(wards.all()) {
        tab.vote(choice).await;
    }
    let canvass = all_canvass(&wards.all(), &[2, 2, 2], &[2, 3, 1]).await;
    let rows: Vec<_> = canvass
        .rows
        .iter()
        .map(|row| (&*row.name, words(&row.votes)))
        .collect();
    assert_eq!(
        rows,
        [
            ("North", vec!["Bergen", "1", "Porto", "1"]),
            ("Harbour", vec!["Porto", "2"]),
            ("Old town", vec!["Bergen", "1", "Stay", "here", "1"]),
        ]
    );

    for (own, counts) in [[1, 1, 0], [0, 2, 0], [1, 0, 1]].iter().enumerate() {
        for tab in wards.of(own) {
            // Of one's own precinct the ballots themselves.
            tab.counts(2, counts).await;
            for precinct in NORTH..=OLD_TOWN {
                let grade = tab.grade(precinct).await;
                let folded = grade == "folded";
                assert_eq!(folded, precinct == own, "{}: {grade}", tab.name());
                assert!(
                    folded || grade.starts_with("claimed") || grade.starts_with("attested by "),
                    "{}: {grade}",
                    tab.name()
                );
            }
            let total = tab.read("canvass-grade").await;
            assert_ne!(total, "folded", "a total is as sure as its weakest part");
            tab.shows("canvass-reporting", "All 3 precincts report")
                .await;
        }
    }
    stage.close().await;
}

#[tokio::test]
async fn a_link_of_another_precinct_says_why_one_is_not_there_and_lets_somebody_else_vote_there() {
    let mut stage = Stage::open().await;
    let chair = stage.browser.tab("chair").await;
    chair.make_wards(&ORDINARY, OLD_TOWN).await;
    let [north, harbour] = [chair.link_of(NORTH).await, chair.link_of(HARBOUR).await];
    let phone = stage.another_browser().await;
    let first = phone.tab("first").await;
    first.join(&harbour).await;
    first.vote(0).await;
    assert_eq!(first.number("strayed").await, 0);
    let voter = first.voter().await;

    let says = "You opened North's link, but this browser votes in Harbour already.";
    let second = phone.tab("second").await;
    for tab in [&second, &first] {
        tab.join(&north).await;
        tab.says("strayed", says).await;
        tab.shows("precinct", "Harbour").await;
        assert_eq!(tab.voter().await, voter);
        tab.read("somebody-else").await;
        assert_eq!(
            tab.number("somebody-else").await,
            1,
            "one way to vote there"
        );
    }
    second
        .shows("somebody-else", "Vote for somebody else here, in North")
        .await;
    second.click("somebody-else").await;
    second.shows("precinct", "North").await;
    second.lacks("strayed").await;
    assert_ne!(second.voter().await, voter);
    second.vote(1).await;
    for tab in [&chair, &second] {
        tab.canvasses(&[Some(1), Some(1), Some(0)], &[1, 1, 0])
            .await;
    }
    // Both links lead where they say from now on.
    for (link, precinct) in [(&harbour, "Harbour"), (&north, "North")] {
        first.join(link).await;
        first.shows("precinct", precinct).await;
        assert_eq!(first.number("strayed").await, 0, "{precinct}");
    }
    stage.close().await;
}

#[tokio::test]
async fn a_precinct_that_was_offline_is_in_the_canvass_when_it_is_back() {
    let stage = Stage::open().await;
    let wards = Wards::open(&stage).await;
    wards.vote().await;
    let away = wards.of(HARBOUR);
    for tab in away {
        tab.go_offline().await;
    }
    away[0].vote(2).await;
    for tab in [wards.chair(), wards.of(OLD_TOWN)[0]] {
        tab.vote(0).await;
    }
    let counted = [2, 1, 2];
    all_canvass(&wards.without(HARBOUR), &counted, &[3, 1, 1]).await;
    // Nobody hears of what was cast there, not even the precinct's other tab.
    let own_vote = [Some(1), Some(2), Some(1)];
    away[0].canvasses(&own_vote, &[1, 1, 2]).await;
    away[1].canvasses(&[Some(1); 3], &[1, 1, 1]).await;

    for tab in away {
        tab.click("go-offline").await;
    }
    all_canvass(&wards.all(), &[2, 2, 2], &[3, 1, 2]).await;
    away[0].says("rejoin-message", "your vote reached").await;
    for tab in away {
        tab.says("rejoin-message", "2 precincts' returns changed")
            .await;
    }
    stage.close().await;
}

#[tokio::test]
async fn votes_cast_while_the_relay_was_down_are_in_the_canvass() {
    let mut stage = Stage::open().await;
    let wards = Wards::open(&stage).await;
    wards.vote().await;
    stage.stop_relay();
    for tab in wards.all() {
        tab.shows("connection", "Offline").await;
    }
    for precinct in NORTH..=OLD_TOWN {
        wards.of(precinct)[0].vote(0).await;
    }
    stage.relay.start_again();
    all_canvass(&wards.all(), &[2, 2, 2], &[4, 1, 1]).await;
    stage.close().await;
}

#[tokio::test]
async fn a_reload_with_the_relay_down_shows_the_canvass() {
    let mut stage = Stage::open().await;
    let wards = Wards::open(&stage).await;
    wards.vote().await;
    for tab in wards.all() {
        tab.is_kept().await;
    }
    let canvass = wards.chair().canvass().await;
    stage.stop_relay();
    for tab in [wards.chair(), wards.of(HARBOUR)[0]] {
        tab.shows("connection", "Offline").await;
        let precinct = tab.read("precinct").await;
        let own = tab.results().await;
        tab.reload().await;
        tab.canvasses(&[Some(1); 3], &[1, 1, 1]).await;
        assert_eq!(tab.canvass().await, canvass, "{}", tab.name());
        assert_eq!(tab.results().await, own, "{}", tab.name());
        assert_eq!(tab.read("precinct").await, precinct);
    }
    // What is cast there is in the canvass of all when the relay is back.
    wards.chair().vote(1).await;
    stage.relay.start_again();
    all_canvass(&wards.all(), &[2, 1, 1], &[1, 2, 1]).await;
    stage.close().await;
}

#[tokio::test]
async fn a_vote_from_the_command_line_is_in_the_canvass() {
    let stage = Stage::open().await;
    let chair = stage.browser.tab("chair").await;
    chair.make_wards(&SUMMER, OLD_TOWN).await;
    chair.shows("precinct", WARDS[OLD_TOWN]).await;
    let harbour = stage.browser.tab("hans").await;
    harbour.join(&chair.link_of(HARBOUR).await).await;
    chair.vote(0).await;

    let output = Command::new(environment::path("ELECTION_PEER"))
        .args(["vote", &chair.link_of(OLD_TOWN).await])
        .args(["--precinct", WARDS[HARBOUR], "--choice", "Porto"])
        .args(["--json", "--wait", "60s"])
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}");
    harbour.counts(1, &[0, 1, 0]).await;
    let counted = [None, Some(1), Some(1)];
    for tab in [&chair, &harbour] {
        tab.canvasses(&counted, &[1, 1, 0]).await;
        tab.shows("grade-0", "not heard of yet").await;
        tab.shows("canvass-reporting", "2 of 3 precincts report")
            .await;
    }
    stage.close().await;
}

#[tokio::test]
async fn one_link_leads_to_every_automatic_precinct() {
    let stage = Stage::open().await;
    let chair = stage.browser.tab("chair").await;
    chair.write_poll(&SUMMER).await;
    chair.click("make-places-automatic").await;
    chair.fill("make-precinct-number", "3").await;
    chair.click("make-submit").await;
    let link = chair.read("share-link").await;
    chair.vote(0).await;
    let mut tabs = vec![chair];
    for (name, choice) in [("anna", 1), ("bert", 1), ("clara", 2), ("dora", 1)] {
        let tab = stage.browser.tab(name).await;
        tab.join(&link).await;
        tab.vote(choice).await;
        tabs.push(tab);
    }

    // Whoever votes where, five ballots are counted once each.
    let mut voters = [0; 3];
    for tab in &tabs {
        let precinct = tab.read("precinct").await;
        let number = precinct.strip_prefix("Precinct ").unwrap();
        voters[number.parse::<usize>().unwrap() - 1] += 1;
    }
    let counted = voters.map(|voters| (voters > 0).then_some(voters));
    let canvass = tabs[0].canvasses(&counted, &[1, 3, 1]).await;
    for tab in &tabs {
        assert_eq!(tab.canvasses(&counted, &[1, 3, 1]).await, canvass);
    }
    // The key was drawn, and with it the precinct.
    let (precinct, voter) = (tabs[1].read("precinct").await, tabs[1].voter().await);
    tabs[1].reload().await;
    tabs[1].canvasses(&counted, &[1, 3, 1]).await;
    assert_eq!(tabs[1].read("precinct").await, precinct);
    assert_eq!(tabs[1].voter().await, voter);
    stage.close().await;
}

#[tokio::test]
async fn who_voted_in_a_precinct_sees_that_at_the_link_of_another_and_each_vote_is_found_again() {
    let mut stage = Stage::open().await;
    let chair = stage.another_browser().await.tab("chair").await;
    chair.make_wards(&ORDINARY, NORTH).await;
    let links = [chair.link_of(HARBOUR).await, chair.link_of(OLD_TOWN).await];
    let visitor = stage.browser.tab("visitor").await;
    let mut voters = Vec::new();
    for (precinct, counted, counts) in [
        (HARBOUR, [Some(0), Some(1), None], [0, 1, 0]),
        (OLD_TOWN, [Some(0), Some(1), Some(1)], [0, 1, 1]),
    ] {
        visitor.join(&links[precinct - 1]).await;
        if precinct == OLD_TOWN {
            // The browser has voted, and a second vote is not given away with a second link.
            visitor
                .shows("voted", "You voted for Porto in this browser")
                .await;
            visitor.shows("precinct", WARDS[HARBOUR]).await;
            visitor.click("somebody-else").await;
            visitor.lacks("voted").await;
        }
        visitor.shows("precinct", WARDS[precinct]).await;
        visitor.vote(precinct).await;
        let says = format!("the other precincts see {}'s return", WARDS[precinct]);
        visitor.says("vote-state", &says).await;
        voters.push(visitor.voter().await);
        // Whoever leaves a precinct alone leaves behind what the others heard of it.
        chair.canvasses(&counted, &counts).await;
    }
    assert_ne!(voters[0], voters[1], "a voter is of one precinct");

    let stage = stage.restart_browser().await;
    let visitor = stage.browser.tab("visitor again").await;
    visitor.open("/").await;
    visitor.mentions(ORDINARY.title).await;
    visitor.mentions("you vote in Old town").await;
    visitor
        .run("document.querySelector('a.poll').click()", &[])
        .await;
    visitor.shows("precinct", WARDS[OLD_TOWN]).await;
    for (precinct, link) in [HARBOUR, OLD_TOWN].into_iter().zip(links) {
        visitor.join(&link).await;
        visitor.shows("precinct", WARDS[precinct]).await;
        visitor.shows("vote", "Change my vote").await;
        assert_eq!(visitor.voter().await, voters[precinct - 1]);
        chair
            .until("what the precinct states", async || {
                (chair.canvass().await.rows[precinct].counted == "1").then_some(())
            })
            .await;
    }
    visitor.vote(0).await;
    let counted = [Some(0), Some(1), Some(1)];
    chair.canvasses(&counted, &[1, 1, 0]).await;
    stage.close().await;
}
