//! A poll is made, and its links are there to share.

use election_core::wire::link::Link;

use crate::harness::page::{Links, Poll, SUMMER};
use crate::harness::stage::Stage;
use crate::harness::tab::Tab;

/// The options that the ballot paper offers, in order.
async fn offered(tab: &Tab) -> Vec<String> {
    let script = "return [...document.querySelectorAll('[data-test^=\"choice-\"]')] \
        .map(input => input.closest('label').textContent.trim())";
    let offered = tab.run(script, &[]).await;
    let names = offered.as_array().unwrap().iter();
    names
        .map(|name| name.as_str().unwrap().to_owned())
        .collect()
}

async fn kind_of_choice(tab: &Tab) -> String {
    let script = "return document.querySelector('[data-test=\"choice-0\"]').type";
    tab.run(script, &[]).await.as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_poll_is_made_from_the_first_screen() {
    let stage = Stage::open().await;
    let tab = stage.browser.tab("chair").await;
    tab.open("/").await;
    tab.click("home-make").await;
    tab.fill("make-title", SUMMER.title).await;
    tab.fill("make-options", SUMMER.options).await;
    tab.click("make-submit").await;
    let Links { voters, chair } = tab.links().await;

    let origin = stage.relay.origin();
    assert!(voters.starts_with(&format!("{origin}/p#")), "{voters}");
    assert!(chair.starts_with(&format!("{origin}/chair#")), "{chair}");
    let (voters, chair) = (Link::parse(&voters).unwrap(), Link::parse(&chair).unwrap());
    assert!(
        voters.chair.is_none(),
        "the voters' link has the chair's key"
    );
    assert!(chair.chair.is_some(), "the chair's link has no key");
    assert_eq!(voters.poll, chair.poll);

    tab.mentions(SUMMER.title).await;
    assert_eq!(offered(&tab).await, ["Bergen", "Porto", "Stay here"]);
    assert_eq!(kind_of_choice(&tab).await, "radio");
    tab.counts(0, &[0, 0, 0]).await;
    stage.close().await;
}

#[tokio::test]
async fn a_pasted_list_loses_its_bullets_and_numbers() {
    let stage = Stage::open().await;
    let tab = stage.browser.tab("chair").await;
    for options in [
        "- Bergen\n- Porto\n\n- Stay here\n",
        "1. Bergen\r\n2. Porto\r\n3. Stay here",
        "• Bergen\n  • Porto\n  • Stay here",
    ] {
        tab.make_poll(&Poll { options, ..SUMMER }).await;
        assert_eq!(
            offered(&tab).await,
            ["Bergen", "Porto", "Stay here"],
            "from {options:?}"
        );
    }
    stage.close().await;
}

#[tokio::test]
async fn an_approval_poll_takes_several_marks() {
    let stage = Stage::open().await;
    let (chair, voter) = (
        stage.browser.tab("chair").await,
        stage.browser.tab("voter").await,
    );
    let links = chair
        .make_poll(&Poll {
            approval: true,
            ..SUMMER
        })
        .await;
    voter.join(&links.voters).await;
    assert_eq!(kind_of_choice(&voter).await, "checkbox");
    voter.click("choice-0").await;
    voter.vote(2).await;
    for tab in [&chair, &voter] {
        tab.counts(1, &[1, 0, 1]).await;
    }
    stage.close().await;
}

#[tokio::test]
async fn the_qr_code_says_the_voters_link() {
    let stage = Stage::open().await;
    let tab = stage.browser.tab("chair").await;
    let links = tab.make_poll(&SUMMER).await;
    tab.read("share-qr").await;
    let label =
        "return document.querySelector('[data-test=\"share-qr\"]').getAttribute('aria-label')";
    let label = tab.run(label, &[]).await;
    assert!(label.as_str().unwrap().contains("QR"), "{label}");
    assert_eq!(scan(&tab).await, links.voters);
    stage.close().await;
}

/// Reads the code off the screen, as a phone does.
async fn scan(tab: &Tab) -> String {
    let client = tab.in_hand().await;
    let code = client
        .find(fantoccini::Locator::Css("[data-test=share-qr]"))
        .await
        .unwrap();
    let picture = code.screenshot().await.unwrap();
    let mut decoder = png::Decoder::new(std::io::Cursor::new(picture));
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    let (width, samples) = (info.width as usize, info.color_type.samples());
    // The code is black and white, so that any of the three colours is its brightness.
    let brightness = |x: usize, y: usize| pixels[(y * width + x) * samples];
    let mut image =
        rqrr::PreparedImage::prepare_from_greyscale(width, info.height as usize, brightness);
    let grids = image.detect_grids();
    assert_eq!(grids.len(), 1, "one code on the picture");
    grids[0].decode().unwrap().1
}
