//! What people get wrong about precincts: each time a clear message, and nothing is made.

use election_core::ids::PrecinctId;
use election_core::wire::link::{Link, LinkPrecincts};

use crate::harness::canvass::WARDS;
use crate::harness::page::SUMMER;
use crate::harness::stage::Stage;
use crate::harness::tab::Tab;

/// The form is still there, with its one message, and no poll.
async fn nothing_is_made(tab: &Tab, says: &str) {
    tab.click("make-submit").await;
    tab.says("make-error", says).await;
    assert_eq!(tab.number("make-error").await, 1, "one message");
    let path = tab.run("return location.pathname", &[]).await;
    assert_eq!(path, "/make");
}

#[tokio::test]
async fn bad_names_of_precincts_are_explained_beside_the_form() {
    let stage = Stage::open().await;
    let tab = stage.browser.tab("making").await;
    let many = |number: u32| {
        let names = (1..=number).map(|number| format!("Ward {number}"));
        names.collect::<Vec<_>>().join("\n")
    };
    let long = format!("North\n{}", "x".repeat(61));
    for (names, says) in [
        ("", "at least 2; this one has 0"),
        ("  \n\n", "at least 2; this one has 0"),
        ("North", "at least 2; this one has 1"),
        // A line without a name is none.
        ("North\n \n\n", "at least 2; this one has 1"),
        (&many(65), "most 64"),
        (
            "North\nHarbour\nNorth",
            "Line 3: “North” stands in line 1 already",
        ),
        (
            "North\nHar\u{202e}bour",
            "Line 2: the name has a control character",
        ),
        (&long, "Line 2: the name is too long by about 1 character."),
    ] {
        tab.write_precincts(&SUMMER, names).await;
        nothing_is_made(&tab, says).await;
        assert_eq!(
            tab.read("make-precincts").await,
            names.replace('\n', " ").trim(),
            "a message costs nobody what they have written"
        );
    }
    tab.open("/").await;
    tab.mentions("None yet").await;
    // As many as can be, put right in place.
    tab.write_precincts(&SUMMER, &many(65)).await;
    nothing_is_made(&tab, "65").await;
    tab.fill("make-precincts", &many(64)).await;
    tab.lacks("make-error").await;
    assert_eq!(tab.offers("make-own-precinct").await.len(), 64);
    tab.click("make-submit").await;
    tab.shows("precinct", "Ward 1").await;
    assert_eq!(tab.offers("share-precinct").await.len(), 64);
    stage.close().await;
}

#[tokio::test]
async fn a_bad_number_of_precincts_is_explained_beside_the_form() {
    let stage = Stage::open().await;
    let tab = stage.browser.tab("making").await;
    tab.write_poll(&SUMMER).await;
    tab.click("make-places-automatic").await;
    for number in ["0", "1", "4097", "65538", "-8", "8.5", "eight", ""] {
        tab.fill("make-precinct-number", number).await;
        tab.lacks("make-error").await;
        nothing_is_made(&tab, "from 2 to 4096").await;
        assert_eq!(tab.read("make-precinct-number").await, number);
    }
    tab.open("/").await;
    tab.mentions("None yet").await;

    tab.write_poll(&SUMMER).await;
    tab.click("make-places-automatic").await;
    tab.fill("make-precinct-number", "4096").await;
    tab.click("make-submit").await;
    let link = Link::parse(&tab.read("share-link").await).unwrap();
    let precincts = link.precincts.unwrap();
    assert_eq!(precincts.count, 4096);
    assert_eq!(precincts.precinct, None, "the voter's key says where");
    tab.vote(0).await;
    tab.shows("total-counted", "1").await;
    tab.shows("canvass-reporting", "1 of 4096 precincts reports")
        .await;
    stage.close().await;
}

#[tokio::test]
async fn a_link_that_does_not_fit_its_poll_is_explained() {
    let stage = Stage::open().await;
    let chair = stage.browser.tab("chair").await;
    chair.make_wards(&SUMMER, 0).await;
    chair.vote(0).await;
    let good = Link::parse(&chair.link_of(1).await).unwrap();
    let edited = |count: u16, precinct: u16| {
        let precinct = Some(PrecinctId(precinct));
        let precincts = Some(LinkPrecincts { count, precinct });
        let link = Link {
            precincts,
            ..good.clone()
        };
        link.url(stage.relay.origin())
    };
    let other = stage.browser.tab("other").await;
    for link in [edited(4, 1), edited(2, 1), edited(64, 63)] {
        other.open(&link).await;
        other
            .says("poll-error", "another number of precincts")
            .await;
        assert_eq!(other.number("choice-0").await, 0, "nothing to vote on");
    }
    // A precinct that the link itself says there is not.
    other.open(&edited(3, 3)).await;
    other.says("poll-error", "link").await;
    other.join(&chair.link_of(1).await).await;
    other.shows("precinct", WARDS[1]).await;
    other.vote(0).await;
    chair.shows("total-counted", "2").await;
    stage.close().await;
}
