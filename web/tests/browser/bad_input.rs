//! What people get wrong: each time a clear message, and the page goes on.

use data_encoding::BASE64URL_NOPAD;
use election_core::wire::link::{CHECK_DOMAIN, END};
use sha2::{Digest, Sha256};

use crate::harness::page::{Poll, SUMMER};
use crate::harness::stage::Stage;
use crate::harness::tab::Tab;

/// A sound link of the version after this one.
fn of_another_version(link: &str) -> String {
    let (address, token) = link.split_once('#').unwrap();
    let encoded = token.strip_suffix(END).unwrap();
    let mut bytes = BASE64URL_NOPAD.decode(encoded.as_bytes()).unwrap();
    bytes.truncate(bytes.len() - 4);
    bytes[0] += 1;
    let check = Sha256::new()
        .chain_update(CHECK_DOMAIN)
        .chain_update(&bytes)
        .finalize();
    bytes.extend(&check[..4]);
    format!("{address}#{}", BASE64URL_NOPAD.encode(&bytes))
}

/// Bad links made from a good one, each with a part of what is said about it.
fn bad_links(good: &str) -> Vec<(String, &'static str)> {
    let (address, token) = good.split_once('#').unwrap();
    let mut mistyped = good.to_owned();
    mistyped.replace_range(good.len() - 30..good.len() - 26, "AAAA");
    vec![
        (good[..good.len() - 10].to_owned(), "damaged"),
        (good[..good.len() - 2].to_owned(), "damaged"),
        (mistyped, "damaged"),
        (of_another_version(good), "another version"),
        (address.to_owned(), "no part after"),
        (format!("{address}#"), "no part after"),
        (
            format!("{address}#{}!{}", &token[..20], &token[21..]),
            "20 of 72 characters",
        ),
        (format!("{address}#section-2"), "not a link to a poll"),
    ]
}

async fn a_poll_can_be_made(tab: &Tab) {
    tab.make_poll(&SUMMER).await;
    tab.vote(0).await;
    tab.counts(1, &[1, 0, 0]).await;
}

#[tokio::test]
async fn a_bad_link_is_explained_where_it_was_pasted() {
    let stage = Stage::open().await;
    let tab = stage.browser.tab("joining").await;
    let good = tab.make_poll(&SUMMER).await.voters;
    tab.open("/").await;
    let mut bad = bad_links(&good);
    bad.push((String::new(), "Paste the link first."));
    bad.push(("https://example.org/".to_owned(), "no part after"));
    bad.push(("dinner on friday?".to_owned(), "no part after"));
    for (link, says) in bad {
        tab.fill("home-join-input", &link).await;
        tab.click("home-join").await;
        tab.says("poll-error", says).await;
    }
    tab.fill("home-join-input", &format!("  {good}\n")).await;
    tab.click("home-join").await;
    tab.counts(0, &[0, 0, 0]).await;
    stage.close().await;
}

#[tokio::test]
async fn a_bad_link_is_explained_where_it_was_opened() {
    let stage = Stage::open().await;
    let tab = stage.browser.tab("opening").await;
    let good = tab.make_poll(&SUMMER).await.voters;
    for (link, says) in bad_links(&good) {
        for link in [link.clone(), link.replace("/p#", "/chair#")] {
            tab.open(&link).await;
            tab.says("poll-error", says).await;
        }
    }
    tab.open("/no/such/screen").await;
    tab.mentions("There is nothing here").await;
    a_poll_can_be_made(&tab).await;
    stage.close().await;
}

#[tokio::test]
async fn a_bad_poll_is_explained_beside_the_form() {
    let stage = Stage::open().await;
    let tab = stage.browser.tab("making").await;
    let many = (1..=65)
        .map(|number| format!("Place {number}"))
        .collect::<Vec<_>>()
        .join("\n");
    let long_option = format!("Bergen\n{}", "x".repeat(10_000));
    let long_title = "x".repeat(10_000);
    let cases = [
        (
            Poll {
                title: "",
                ..SUMMER
            },
            "title",
        ),
        (
            Poll {
                title: "   ",
                ..SUMMER
            },
            "title",
        ),
        (
            Poll {
                title: &long_title,
                ..SUMMER
            },
            "title is too long by about 9800 characters",
        ),
        (
            Poll {
                options: "",
                ..SUMMER
            },
            "at least 2 options; this one has 0",
        ),
        (
            Poll {
                options: "Bergen",
                ..SUMMER
            },
            "at least 2 options; this one has 1",
        ),
        (
            Poll {
                options: &many,
                ..SUMMER
            },
            "at most 64 options; this one has 65",
        ),
        (
            Poll {
                options: &long_option,
                ..SUMMER
            },
            "Line 2: the name is too long by about 9800 characters",
        ),
        (
            Poll {
                options: "Bergen\nPorto\nBergen",
                ..SUMMER
            },
            "Line 3: “Bergen” stands in line 1 already",
        ),
        (
            Poll {
                options: "Bergen\nPor\u{202e}to",
                ..SUMMER
            },
            "Line 2: the name has a control character",
        ),
    ];
    for (poll, says) in &cases {
        tab.write_poll(poll).await;
        tab.click("make-submit").await;
        tab.says("make-error", says).await;
        assert_eq!(
            tab.number("make-error").await,
            1,
            "one message at the field that it is about"
        );
        // A message must not cost anybody what they have written.
        assert_eq!(tab.read("make-title").await, poll.title.trim());
        assert_eq!(
            tab.read("make-options").await,
            poll.options.replace('\n', " ")
        );
    }
    // What was wrong can be put right in place.
    tab.fill("make-options", SUMMER.options).await;
    tab.click("make-submit").await;
    tab.read("share-link").await;
    stage.close().await;
}

#[tokio::test]
async fn the_largest_poll_can_be_made_and_voted_in() {
    let stage = Stage::open().await;
    let (chair, voter) = (
        stage.browser.tab("chair").await,
        stage.browser.tab("voter").await,
    );
    let options = (1..=64)
        .map(|number| format!("Place {number}"))
        .collect::<Vec<_>>()
        .join("\n");
    let links = chair
        .make_poll(&Poll {
            options: &options,
            ..SUMMER
        })
        .await;
    voter.join(&links.voters).await;
    voter.vote(63).await;
    chair.shows("result-63", "1").await;
    stage.close().await;
}

#[tokio::test]
async fn an_empty_ballot_and_an_unchanged_one_are_explained() {
    let stage = Stage::open().await;
    let tab = stage.browser.tab("voting").await;
    tab.make_poll(&SUMMER).await;
    tab.click("vote").await;
    tab.says("vote-error", "ark an option").await;
    tab.counts(0, &[0, 0, 0]).await;
    tab.vote(0).await;
    tab.lacks("vote-error").await;
    tab.click("vote").await;
    tab.says("vote-error", "already your vote").await;
    tab.counts(1, &[1, 0, 0]).await;
    stage.close().await;
}
