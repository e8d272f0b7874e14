//! Lists, names and reasons as people have them: pasted from anywhere, in any alphabet, mended in
//! place.

use serde_json::json;

use crate::harness::page::{Poll, SUMMER};
use crate::harness::stage::Stage;
use crate::harness::tab::Tab;

/// What the form makes of the list in that field.
async fn listed(tab: &Tab, field: &str) -> Vec<String> {
    let script = format!(
        "return [...document.querySelectorAll('#{field}-note li')].map(item => item.textContent)"
    );
    let listed = tab.run(&script, &[]).await;
    let names = listed.as_array().unwrap().iter();
    names
        .map(|name| name.as_str().unwrap().to_owned())
        .collect()
}

/// Pastes a list, and waits until the form shows what it makes of it.
async fn pasted(tab: &Tab, list: &str, names: &[&str]) {
    tab.fill("make-options", list).await;
    tab.until(&format!("{list:?} to be {names:?}"), async || {
        (listed(tab, "options").await == names).then_some(())
    })
    .await;
}

/// The form refuses what is written, says so once, and stops saying it once that field is written
/// in.
async fn refused(tab: &Tab, field: &str, text: &str, says: &str) {
    tab.fill(field, text).await;
    tab.lacks("make-error").await;
    tab.click("make-submit").await;
    tab.says("make-error", says).await;
    assert_eq!(
        tab.number("make-error").await,
        1,
        "one message for {text:?}"
    );
}

#[tokio::test]
async fn numbers_that_count_go_and_numbers_that_mean_something_stay() {
    let stage = Stage::open().await;
    let tab = stage.browser.tab("making").await;
    tab.write_poll(&SUMMER).await;
    for list in [
        "18. September\n2. Oktober",
        "1. FC Köln\nBayern München",
        "10. 30 Uhr\n11. 30 Uhr",
        "1. Bundesliga\n2. Bundesliga\n3. Liga",
        "A. Schmidt\nB. Müller",
        "1:0\n2:1",
        "-5 °C\n+5 °C",
    ] {
        pasted(&tab, list, &list.lines().collect::<Vec<_>>()).await;
    }
    for list in [
        "1. Bergen\n2. Porto",
        "(1) Bergen\n(2) Porto",
        "a) Bergen\nb) Porto",
    ] {
        pasted(&tab, list, &["Bergen", "Porto"]).await;
    }
    // Only who wrote them knows what they are; what is signed is what is shown.
    pasted(&tab, "1. Mai\n2. Juni", &["Mai", "Juni"]).await;
    let note =
        "return [...document.querySelectorAll('#options-note > *')].map(part => part.textContent)";
    let note = tab.run(note, &[]).await;
    assert_eq!(
        note,
        json!(["2 options (at most 64)", "Will stand as: MaiJuni"])
    );
    tab.click("make-options-numbers").await;
    tab.until("the numbers to stay", async || {
        (listed(&tab, "options").await == ["1. Mai", "2. Juni"]).then_some(())
    })
    .await;
    tab.click("make-submit").await;
    tab.says("result-0", "0").await;
    tab.mentions("1. Mai").await;
    tab.mentions("2. Juni").await;
    stage.close().await;
}

#[tokio::test]
async fn rows_of_spreadsheets_and_word_processors_become_names_and_what_is_refused_has_its_line() {
    let stage = Stage::open().await;
    let tab = stage.browser.tab("making").await;
    tab.write_poll(&SUMMER).await;
    let three = ["Bergen", "Porto", "Stay here"];
    for list in [
        "Bergen\t\nPorto\t\nStay here\t",
        "1\tBergen\n2\tPorto\n3\tStay here",
        "\u{f0b7}\tBergen\n\u{f0b7}\tPorto\n\u{f0b7}\tStay here",
        "·\u{a0}\u{a0}\u{a0}Bergen\no\tPorto\n·\u{a0}Stay here",
    ] {
        pasted(&tab, list, &three).await;
    }
    pasted(
        &tab,
        "\"the \"\"best\"\" one\"\nthe rest",
        &["the \"best\" one", "the rest"],
    )
    .await;
    let rows = "Bergen\tNorway\nPorto\tPortugal";
    pasted(&tab, rows, &["Bergen – Norway", "Porto – Portugal"]).await;

    let long = format!("Bergen\n\n- {}\nPorto", "x".repeat(203));
    for (list, says) in [
        (
            "Bergen\n\n\nPor\u{202e}to",
            "Line 4: the name has a control character",
        ),
        (&long, "Line 3: the name is too long by about 5 characters."),
        (
            "Bergen\n\n- Porto\nBergen",
            "Line 4: “Bergen” stands in line 1 already.",
        ),
    ] {
        refused(&tab, "make-options", list, says).await;
    }
    tab.fill("make-options", SUMMER.options).await;
    tab.click("make-places-named").await;
    let says = "Line 3: “North” stands in line 1 already.";
    refused(&tab, "make-precincts", "North\n\nNorth", says).await;
    tab.fill("make-precincts", "\u{f0b7}\tNorth\n\u{f0b7}\tSouth\t")
        .await;
    tab.click("make-submit").await;
    tab.shows("precinct", "North").await;
    stage.close().await;
}

#[tokio::test]
async fn what_looks_alike_or_shows_nothing_is_refused() {
    let stage = Stage::open().await;
    let tab = stage.browser.tab("making").await;
    tab.write_poll(&SUMMER).await;
    for (name, like) in [
        ("Porto", "Po\u{200b}rto"),
        ("M\u{e1}laga", "Ma\u{301}laga"),
        ("New York", "New\u{a0}York"),
        ("Porto", "PORTO"),
        ("Porto", "P\u{43e}rto"),
        ("Mon-Fri", "Mon\u{2013}Fri"),
    ] {
        let options = format!("Here\n{name}\n{like}");
        let says = format!("Line 3: “{like}” looks like line 2");
        refused(&tab, "make-options", &options, &says.replace('\u{a0}', " ")).await;
    }
    for blank in ["\u{3164}", "\u{2800}", "\u{ad}\u{200d}"] {
        let options = format!("Here\n\n{blank}");
        refused(
            &tab,
            "make-options",
            &options,
            "Line 3: the name has only characters that do not show",
        )
        .await;
    }
    tab.fill("make-options", SUMMER.options).await;
    refused(
        &tab,
        "make-title",
        "\u{3164}",
        "The title has only characters that do not show",
    )
    .await;
    tab.fill("make-title", SUMMER.title).await;
    tab.click("make-places-named").await;
    refused(
        &tab,
        "make-precincts",
        "Hall\n\u{3164}",
        "Line 2: the name has only",
    )
    .await;
    refused(
        &tab,
        "make-precincts",
        "Hall\nHa\u{200b}ll",
        "Line 2: “Ha\u{200b}ll” looks like line 1",
    )
    .await;
    tab.click("make-places-one").await;
    tab.click("make-submit").await;
    tab.read("share-link").await;

    // Reasons too; and that message goes as well.
    tab.vote(0).await;
    tab.ask_to_revoke(&tab.voter().await).await;
    for (reason, says) in [
        ("\u{3164}", "only characters that do not show"),
        ("", "Give a reason"),
        (&"あ".repeat(200), "too long by about 34 characters."),
    ] {
        tab.fill("revoke-reason", reason).await;
        tab.lacks("revoke-error").await;
        tab.click("revoke-confirm").await;
        tab.says("revoke-error", says).await;
    }
    tab.fill("revoke-reason", "A\ttest").await;
    tab.click("revoke-confirm").await;
    tab.lacks("revoke-reason").await;
    tab.says("log", "“A test”").await;
    stage.close().await;
}

#[tokio::test]
async fn lengths_are_said_in_the_characters_that_people_count() {
    let stage = Stage::open().await;
    let tab = stage.browser.tab("making").await;
    tab.write_poll(&SUMMER).await;
    for (title, over) in [
        ("é".repeat(150), "50 characters."),
        ("e\u{301}".repeat(67), "1 character."),
        ("東".repeat(70), "4 characters."),
        ("👨‍👩‍👧‍👦".repeat(10), "2 characters."),
        ("x".repeat(201), "1 character."),
    ] {
        let says = format!("The title is too long by about {over}");
        refused(&tab, "make-title", &title, &says).await;
    }
    tab.fill("make-title", &"東".repeat(66)).await;
    let options = format!("Bergen\n{}", "ж".repeat(120));
    let says = "Line 2: the name is too long by about 20 characters.";
    refused(&tab, "make-options", &options, says).await;
    tab.fill("make-options", SUMMER.options).await;
    tab.click("make-places-named").await;
    let names = format!("{}\nSouth", "👍🏽".repeat(9));
    let says = "Line 1: the name is too long by about 2 characters.";
    refused(&tab, "make-precincts", &names, says).await;
    stage.close().await;
}

#[tokio::test]
async fn an_error_goes_with_its_cause() {
    let stage = Stage::open().await;
    let tab = stage.browser.tab("making").await;
    tab.open("/").await;
    tab.click("home-join").await;
    tab.shows("poll-error", "Paste the link first.").await;
    tab.fill("home-join-input", "dinner?").await;
    tab.lacks("poll-error").await;
    tab.click("home-join").await;
    tab.read("poll-error").await;
    tab.fill("home-join-input", "h").await;
    tab.lacks("poll-error").await;

    tab.write_poll(&Poll {
        title: "",
        options: "Bergen",
        ..SUMMER
    })
    .await;
    tab.click("make-submit").await;
    tab.says("make-error", "title").await;
    // What another field says is not about this one.
    tab.fill("make-options", "Bergen\nBergen").await;
    tab.says("make-error", "title").await;
    tab.fill("make-title", "W").await;
    tab.lacks("make-error").await;
    tab.click("make-submit").await;
    tab.says("make-error", "Line 2").await;
    tab.fill("make-options", SUMMER.options).await;
    tab.lacks("make-error").await;
    tab.click("make-places-automatic").await;
    tab.fill("make-precinct-number", "1").await;
    tab.click("make-submit").await;
    tab.says("make-error", "from 2 to 4096").await;
    tab.fill("make-precinct-number", "2").await;
    tab.lacks("make-error").await;
    tab.fill("make-precinct-number", "1").await;
    tab.click("make-submit").await;
    tab.read("make-error").await;
    tab.click("make-places-one").await;
    tab.lacks("make-error").await;
    tab.click("make-submit").await;
    tab.read("share-link").await;

    tab.click("vote").await;
    tab.read("vote-error").await;
    tab.click("choice-0").await;
    tab.lacks("vote-error").await;
    stage.close().await;
}
