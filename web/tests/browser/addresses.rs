//! Where the chair's secret is: in the browser that keeps it, and in no address, history or list
//! that people look at, copy or send.

use election_core::wire::link::Link;
use serde_json::{Value, json};

use crate::harness::page::{Links, ORDINARY, SUMMER};
use crate::harness::stage::Stage;
use crate::harness::tab::Tab;

/// Everything of a tab that is looked at, copied or read by whoever comes after: its address, the
/// session's history, what is on the screen with all links and fields, and what it keeps beside the
/// database.
const OPEN_TO_ALL: &str = "\
    const fields = [...document.querySelectorAll('input, textarea')].map(field => field.value); \
    return [location.href, document.title, document.documentElement.outerHTML, ...fields, \
        JSON.stringify(sessionStorage), JSON.stringify(localStorage), JSON.stringify(history.state)];";

async fn open_to_all(tab: &Tab) -> Vec<String> {
    let seen = tab.run(OPEN_TO_ALL, &[]).await;
    let history = tab.devtools("Page.getNavigationHistory", json!({})).await;
    let entries = history["entries"].as_array().unwrap();
    assert!(!entries.is_empty(), "a tab has a history");
    let urls = entries.iter().map(|entry| &entry["url"]);
    let seen = seen.as_array().unwrap().iter();
    seen.chain(urls)
        .map(|text| text.as_str().unwrap_or_default().to_owned())
        .collect()
}

/// The runs of characters that may be tokens, and are chair's links.
fn secrets(text: &str) -> Vec<&str> {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_'))
        .filter(|run| Link::parse(run).is_ok_and(|link| link.chair.is_some()))
        .collect()
}

async fn has_no_secret(tab: &Tab, when: &str) {
    for text in open_to_all(tab).await {
        assert_eq!(secrets(&text), [""; 0], "{}, {when}: {text}", tab.name());
    }
}

async fn address(tab: &Tab) -> String {
    let address = tab.run("return location.href", &[]).await;
    address.as_str().unwrap().to_owned()
}

async fn is_at(tab: &Tab, address: &str) {
    tab.until(&format!("the address {address}"), async || {
        (self::address(tab).await == address).then_some(())
    })
    .await;
}

async fn is_a_voter(tab: &Tab) {
    tab.read("choice-0").await;
    for hook in ["share-show-chair", "ballots-table", "i-am-the-chair"] {
        assert_eq!(tab.number(hook).await, 0, "`{hook}` of {}", tab.name());
    }
}

/// From the first screen, by the list of recent polls.
async fn open_recent(tab: &Tab) {
    tab.open("/").await;
    tab.mentions(SUMMER.title).await;
    has_no_secret(tab, "the list of recent polls").await;
    tab.run("document.querySelector('a.poll').click()", &[])
        .await;
}

fn desk(links: &Links) -> String {
    links.voters.replace("/p#", "/chair#")
}

#[test]
fn the_search_for_secrets_finds_them() {
    use ed25519_zebra::SigningKey;
    use election_core::ids::PollId;
    use election_core::wire::link::Secret;
    let link = Link {
        poll: PollId([1; 32]),
        secret: Secret([2; 16]),
        chair: Some(SigningKey::from([3; 32])),
        precincts: None,
    };
    let (token, voters) = (link.token(), link.for_voters().token());
    let text = format!("<a href=\"/p#{voters}\">x</a>{{\"a\":\"/chair#{token}\"}}");
    assert_eq!(secrets(&text), [token.as_str()]);
}

#[tokio::test]
async fn whoever_made_a_poll_stands_at_the_address_that_voters_may_have() {
    let mut stage = Stage::open().await;
    let chair = stage.browser.tab("chair").await;
    let links = chair.make_poll(&ORDINARY).await;
    has_no_secret(&chair, "after making the poll").await;
    is_at(&chair, &links.voters).await;
    chair.vote(0).await;
    chair.reload().await;
    chair.read("share-show-chair").await;

    // Back to the form and forth to the desk.
    chair.run("history.back()", &[]).await;
    chair.read("make-title").await;
    chair.run("history.forward()", &[]).await;
    chair.read("share-show-chair").await;
    open_recent(&chair).await;
    chair.read("share-show-chair").await;
    is_at(&chair, &links.voters).await;
    has_no_secret(&chair, "from the recent polls").await;

    // Copied from the address bar, it is the voters' link, and no more.
    let copied = address(&chair).await;
    let voter = stage.another_browser().await.tab("voter").await;
    voter.join(&copied).await;
    is_a_voter(&voter).await;
    voter.vote(1).await;
    chair.counts(2, &[1, 1, 0]).await;

    // Nor does it help to ask for the desk.
    voter.join(&copied.replace("/p#", "/chair#")).await;
    voter.mentions("has no chair's key").await;
    is_a_voter(&voter).await;
    stage.close().await;
}

#[tokio::test]
async fn a_chairs_link_leaves_the_address_once_the_browser_has_it() {
    let mut stage = Stage::open().await;
    let chair = stage.browser.tab("chair").await;
    let links = chair.make_poll(&ORDINARY).await;
    chair.vote(0).await;

    let other = stage.another_browser().await;
    for (name, link) in [
        ("desk", links.chair.clone()),
        ("at the poll", links.chair.replace("/chair#", "/p#")),
    ] {
        let laptop = other.tab(name).await;
        laptop.open(&link).await;
        is_at(&laptop, &links.voters).await;
        laptop.read("share-show-chair").await;
        has_no_secret(&laptop, "after opening the chair's link").await;
        let said = laptop.read("secret-taken").await;
        assert!(said.contains("list of visited pages"), "{said}");
        laptop.reload().await;
        laptop.read("share-show-chair").await;
        laptop.lacks("secret-taken").await;
        open_recent(&laptop).await;
        laptop.read("share-show-chair").await;
        has_no_secret(&laptop, "from the recent polls").await;
    }

    // In a page that has the poll open already: the address is edited by hand.
    let typed = other.tab("typed").await;
    typed.join(&links.voters).await;
    let token = links.chair.split_once('#').unwrap().1;
    typed
        .run("location.hash = arguments[0]", &[json!(token)])
        .await;
    is_at(&typed, &links.voters).await;
    has_no_secret(&typed, "after the address was edited").await;
    stage.close().await;
}

#[tokio::test]
async fn a_chairs_link_that_is_pasted_goes_into_no_address() {
    let mut stage = Stage::open().await;
    let chair = stage.browser.tab("chair").await;
    for poll in [&ORDINARY, &SUMMER] {
        let links = chair.make_poll(poll).await;
        let other = stage.another_browser().await.tab("other").await;
        other.open("/").await;
        other.fill("home-join-input", &links.chair).await;
        other.click("home-join").await;
        other.read("share-show-chair").await;
        has_no_secret(&other, "after joining").await;
        let at = if poll.one_vote_a_tab {
            desk(&links)
        } else {
            links.voters.clone()
        };
        is_at(&other, &at).await;
        other.reload().await;
        other.read("share-show-chair").await;
        has_no_secret(&other, "after a reload").await;
    }
    stage.close().await;
}

#[tokio::test]
async fn the_desk_of_a_device_that_is_passed_around_is_asked_for() {
    let mut stage = Stage::open().await;
    let chair = stage.browser.tab("chair").await;
    let links = chair.make_poll(&SUMMER).await;
    is_at(&chair, &desk(&links)).await;
    has_no_secret(&chair, "after making the poll").await;

    // The same browser, another person: no desk before they say who they are.
    let passed = stage.browser.tab("passed around").await;
    passed.join(&links.voters).await;
    assert_eq!(passed.number("share-show-chair").await, 0);
    passed.click("i-am-the-chair").await;
    passed.read("share-show-chair").await;
    is_at(&passed, &desk(&links)).await;
    has_no_secret(&passed, "at the desk").await;
    passed.click("leave-desk").await;
    passed.lacks("share-show-chair").await;
    is_at(&passed, &links.voters).await;

    // Nobody else's browser has that desk, nor the button.
    let stranger = stage.another_browser().await.tab("stranger").await;
    stranger.join(&desk(&links)).await;
    stranger.mentions("has no chair's key").await;
    is_a_voter(&stranger).await;
    stranger.join(&links.voters).await;
    is_a_voter(&stranger).await;

    // A chair's link makes it one's own.
    stranger.open(&links.chair).await;
    stranger.read("share-show-chair").await;
    is_at(&stranger, &desk(&links)).await;
    has_no_secret(&stranger, "after opening the chair's link").await;
    stage.close().await;
}

#[tokio::test]
async fn the_chairs_link_is_on_no_screen_before_it_is_asked_for() {
    let stage = Stage::open().await;
    let chair = stage.browser.tab("chair").await;
    chair.make_poll(&ORDINARY).await;
    has_no_secret(&chair, "the desk").await;
    chair.click("share-show-chair").await;
    let shown = chair.read("share-chair-link").await;
    assert!(Link::parse(&shown).unwrap().chair.is_some());
    chair.mentions("whoever has it can revoke ballots").await;
    chair
        .shows("share-show-chair", "Hide the chair's link")
        .await;
    chair.click("share-show-chair").await;
    chair.lacks("share-chair-link").await;
    has_no_secret(&chair, "the desk, after the link was hidden").await;
    stage.close().await;
}

/// A browser that keeps nothing: whatever the tab loads from now on finds no database.
async fn keeps_nothing(tab: &Tab) {
    let script = "Object.defineProperty(window, 'indexedDB', {value: undefined})";
    let parameters = json!({ "source": script });
    let added = tab
        .devtools("Page.addScriptToEvaluateOnNewDocument", parameters)
        .await;
    assert!(matches!(added["identifier"], Value::String(_)), "{added}");
}

#[tokio::test]
async fn where_nothing_is_kept_the_address_stays_and_is_warned_of() {
    let mut stage = Stage::open().await;
    let chair = stage.browser.tab("chair").await;
    let links = chair.make_poll(&ORDINARY).await;
    let other = stage.another_browser().await.tab("keeps nothing").await;
    keeps_nothing(&other).await;
    other.open(&links.chair).await;
    other.read("share-show-chair").await;
    let said = other.read("secret-stays").await;
    assert!(said.contains("still in this page's address"), "{said}");
    assert_eq!(address(&other).await, links.chair);
    // So a reload is still the chair's.
    other.reload().await;
    other.read("share-show-chair").await;
    assert_eq!(address(&other).await, links.chair);

    // A poll that is made there has its key in the tab alone, and in no address either.
    other.make_poll(&ORDINARY).await;
    let said = other.read("secret-unkept").await;
    assert!(said.contains("before you close or reload"), "{said}");
    let here = address(&other).await;
    assert_eq!(secrets(&here), [""; 0], "{here}");
    stage.close().await;
}
