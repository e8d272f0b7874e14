//! Links as they come: in a sentence, in brackets, escaped, cut by a mail program; pasted, and
//! opened.

use crate::harness::page::SUMMER;
use crate::harness::stage::Stage;

/// A link in what people and programs put around it.
fn wrapped(link: &str) -> Vec<String> {
    let escaped = link.replace('#', "%23");
    let whole = format!("http%3A%2F%2F{}", &escaped["http://".len()..]);
    let (begin, end) = link.split_at(link.len() - 30);
    vec![
        format!("{link}."),
        format!("({link})"),
        format!("<{link}>, tomorrow!"),
        format!("“{link}”"),
        format!("Vote here: {link} and tell the others."),
        format!("[our poll]({link})"),
        format!("\u{feff}{link}\u{200b}"),
        escaped,
        format!("{link}?utm_source=mail"),
        link.split_once('#').unwrap().1.to_owned(),
        // A letter that only marks the end may be lost on the way.
        link[..link.len() - 1].to_owned(),
        format!("{begin}\n> {end}"),
        format!("https://l.facebook.com/l.php?u={whole}&h=AT0"),
        whole,
        format!("https://l.facebook.com/l.php?u={link}"),
        format!("{begin}=\n{end}"),
    ]
}

#[tokio::test]
async fn a_link_is_found_in_whatever_it_was_pasted_with() {
    let stage = Stage::open().await;
    let tab = stage.browser.tab("joining").await;
    let links = tab.make_poll(&SUMMER).await;
    for pasted in wrapped(&links.voters) {
        tab.open("/").await;
        tab.fill("home-join-input", &pasted).await;
        tab.click("home-join").await;
        tab.read("choice-0").await;
        let address = tab.run("return location.href", &[]).await;
        assert_eq!(address, links.voters.as_str(), "from {pasted:?}");
    }
    // What stands around it is no part of where it leads.
    let elsewhere = links
        .voters
        .replace(stage.relay.origin(), "https://elsewhere.example");
    for pasted in wrapped(&elsewhere) {
        let bare = !pasted.contains("elsewhere");
        if bare || pasted.contains("%2F") {
            continue;
        }
        tab.open("/").await;
        tab.fill("home-join-input", &pasted).await;
        tab.click("home-join").await;
        tab.says("poll-error", "https://elsewhere.example").await;
        let script = "return document.querySelector('[data-test=poll-error] a').href";
        assert_eq!(
            tab.run(script, &[]).await,
            elsewhere.as_str(),
            "from {pasted:?}"
        );
    }
    stage.close().await;
}

#[tokio::test]
async fn a_link_opens_with_what_was_sent_along() {
    let stage = Stage::open().await;
    let tab = stage.browser.tab("opening").await;
    let links = tab.make_poll(&SUMMER).await;
    let link = &links.voters;
    for opened in [
        link.replace('#', "%23"),
        format!("{link}."),
        format!("{link})"),
        format!("{link}%20and%20more"),
        format!("{link}?utm_source=mail"),
        link.replace("/p#", "/p?via=mail#"),
        link.replace("/p#", "/p/#"),
        link[..link.len() - 1].to_owned(),
    ] {
        tab.open(&opened).await;
        tab.read("choice-0").await;
        assert_eq!(tab.number("poll-error").await, 0, "{opened}");
    }
    stage.close().await;
}
