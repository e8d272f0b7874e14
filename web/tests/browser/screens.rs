//! Every screen once: pictures for people, and what can be checked of a screen by itself.

use election_core::wire::link::Link;
use serde_json::json;

use crate::harness::canvass::{WARDS, all_canvass};
use crate::harness::page::{ORDINARY, SUMMER};
use crate::harness::stage::Stage;
use crate::harness::tab::{ESCAPE, Tab};

/// What is wrong with a screen's structure.
const FAULTS: &str = r#"
    const faults = [];
    const shown = what => [...document.querySelectorAll(what)].filter(element => element.checkVisibility()).length;
    if (shown('h1') !== 1) faults.push(`${shown('h1')} h1`);
    if (document.documentElement.lang !== 'en') faults.push('no lang');
    if (!document.title.trim()) faults.push('no title');
    if (shown('main') !== 1) faults.push(`${shown('main')} main`);
    const named = element => (element.getAttribute('aria-label') ?? '').trim()
        || (element.getAttribute('aria-labelledby') ?? '').split(' ').some(id => id && document.getElementById(id)?.textContent.trim())
        || [...(element.labels ?? [])].some(label => label.textContent.trim())
        || (element.matches('button, a, summary') && element.textContent.trim());
    for (const element of document.querySelectorAll('input, textarea, select, button, a[href], summary, [role=img], progress'))
        if (!named(element)) faults.push('no name: ' + element.outerHTML.slice(0, 120));
    // Who speaks to the page says what they see.
    for (const element of document.querySelectorAll('button[aria-label], a[aria-label], summary[aria-label]')) {
        const seen = element.textContent.trim();
        if (/[a-z]/i.test(seen) && !element.ariaLabel.startsWith(seen)) faults.push('another name than is seen: ' + element.outerHTML.slice(0, 120));
    }
    for (const element of document.querySelectorAll('[aria-describedby], [aria-labelledby]'))
        for (const id of (element.getAttribute('aria-labelledby') ?? '').split(' ').filter(Boolean))
            if (!document.getElementById(id)) faults.push('a label that is not there: ' + id);
    const ids = [...document.querySelectorAll('[id]')].map(element => element.id);
    for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) faults.push('an id twice: ' + id);
    for (const group of document.querySelectorAll('fieldset'))
        if (!group.querySelector('legend')?.textContent.trim()) faults.push('a fieldset without legend');
    for (const element of document.querySelectorAll('[tabindex]'))
        if (element.tabIndex > 0) faults.push('an order of its own: ' + element.outerHTML.slice(0, 120));
    for (const element of document.querySelectorAll('button, input:not([type=radio], [type=checkbox]), textarea, summary')) {
        const box = element.getBoundingClientRect();
        if (box.width && box.height && (box.width < 24 || box.height < 24))
            faults.push(`small, ${box.width}x${box.height}: ` + element.outerHTML.slice(0, 120));
    }
    return [...new Set(faults)];
"#;

/// Takes the pictures of a screen, and checks it.
async fn look_at(tab: &Tab, screen: &str) {
    let faults = tab.run(FAULTS, &[]).await;
    assert_eq!(faults, json!([]), "faults of the screen `{screen}`");
    tab.picture(screen).await;
}

#[tokio::test]
async fn the_screens_before_a_poll() {
    let stage = Stage::open().await;
    let tab = stage.browser.tab("screens").await;
    tab.open("/").await;
    tab.mentions("None yet").await;
    look_at(&tab, "home").await;
    tab.click("home-join").await;
    tab.read("poll-error").await;
    look_at(&tab, "home-bad-link").await;
    tab.open("/make").await;
    tab.read("make-title").await;
    look_at(&tab, "make-empty").await;
    tab.write_poll(&SUMMER).await;
    look_at(&tab, "make").await;
    tab.fill("make-options", "Bergen").await;
    tab.click("make-submit").await;
    tab.read("make-error").await;
    look_at(&tab, "make-error").await;
    tab.write_precincts(&SUMMER, "North").await;
    tab.click("make-submit").await;
    tab.read("make-error").await;
    look_at(&tab, "make-precincts-error").await;
    tab.fill("make-precincts", &WARDS.join("\n")).await;
    look_at(&tab, "make-precincts").await;
    tab.click("make-places-automatic").await;
    look_at(&tab, "make-automatic").await;
    tab.open("/p#cut").await;
    tab.read("poll-error").await;
    look_at(&tab, "bad-link").await;
    tab.open("/nowhere").await;
    tab.mentions("There is nothing here").await;
    look_at(&tab, "nothing-here").await;
    stage.close().await;
}

#[tokio::test]
async fn the_screens_of_a_poll() {
    let mut stage = Stage::open().await;
    let (chair, voter) = (
        stage.browser.tab("chair").await,
        stage.browser.tab("voter").await,
    );
    let links = chair.make_poll(&SUMMER).await;
    look_at(&chair, "desk-new").await;
    voter.join(&links.voters).await;
    look_at(&voter, "poll-before-voting").await;
    let mut others = Vec::new();
    for (option, name) in [0, 0, 1, 2]
        .into_iter()
        .zip(["anna", "bert", "clara", "dora"])
    {
        let tab = stage.browser.tab(name).await;
        tab.join(&links.voters).await;
        tab.vote(option).await;
        others.push(tab);
    }
    voter.vote(1).await;
    voter.counts(5, &[2, 2, 1]).await;
    voter.says("vote-state", "Seen by 5").await;
    look_at(&voter, "poll-after-voting").await;

    voter.click("inspector-toggle").await;
    voter.read("state-hash").await;
    look_at(&voter, "inspector").await;
    voter.press(ESCAPE).await;
    voter.lacks("inspector").await;

    voter.click("go-offline").await;
    voter.read("offline-banner").await;
    voter.vote(0).await;
    voter.says("offline-banner", "waiting here").await;
    look_at(&voter, "offline").await;
    others[3].vote(0).await;
    voter.click("go-offline").await;
    voter.says("rejoin-message", "came in").await;
    look_at(&voter, "rejoined").await;

    chair.counts(5, &[4, 1, 0]).await;
    chair.ask_to_revoke(&voter.voter().await).await;
    look_at(&chair, "desk-revoking").await;
    chair
        .fill("revoke-reason", "Not a member of the club")
        .await;
    chair.click("revoke-confirm").await;
    chair.lacks("revoke-reason").await;
    voter.read("revoked-notice").await;
    look_at(&voter, "revoked").await;
    look_at(&chair, "desk").await;
    let as_table = "[...document.querySelectorAll('button')].find(button => button.textContent.includes('as a table')).click()";
    chair.run(as_table, &[]).await;
    chair.read("results-table").await;
    look_at(&chair, "desk-table").await;

    for tab in others.into_iter().chain([voter]) {
        tab.close().await;
    }
    chair.click("go-offline").await;
    chair.shows("connection", "Offline").await;
    let newcomer = stage.another_browser().await.tab("newcomer").await;
    newcomer.open(&links.voters).await;
    newcomer.says("waiting", "Nobody else is here").await;
    look_at(&newcomer, "waiting").await;
    stage.close().await;
}

#[tokio::test]
async fn the_screens_of_one_vote_a_browser() {
    let mut stage = Stage::open().await;
    let chair = stage.browser.tab("chair").await;
    let links = chair.make_poll(&ORDINARY).await;
    chair.click("share-show-chair").await;
    chair.read("share-chair-link").await;
    look_at(&chair, "desk-chairs-link").await;

    let phone = stage.another_browser().await;
    let first = phone.tab("first").await;
    first.join(&links.voters).await;
    first.vote(0).await;
    first.says("vote-state", "Seen by").await;
    look_at(&first, "voted").await;
    let second = phone.tab("second").await;
    second.join(&links.voters).await;
    second.says("voted", "in this browser").await;
    look_at(&second, "voted-in-this-browser").await;
    second.click("choice-2").await;
    look_at(&second, "changing").await;
    second.click("choice-0").await;
    second.click("somebody-else").await;
    second.shows("vote", "Vote").await;
    look_at(&second, "somebody-else").await;
    second.vote(1).await;
    second
        .run(
            "document.querySelector('[data-test=\"voters-here\"]').open = true",
            &[],
        )
        .await;
    look_at(&second, "voters-in-this-browser").await;

    let laptop = stage.another_browser().await.tab("laptop").await;
    laptop.open(&links.chair).await;
    laptop.read("secret-taken").await;
    look_at(&laptop, "chairs-link-opened").await;
    stage.close().await;
}

#[tokio::test]
async fn the_screens_of_a_poll_in_precincts() {
    let stage = Stage::open().await;
    let chair = stage.browser.tab("chair").await;
    chair.make_wards(&SUMMER, 0).await;
    chair.read("canvass").await;
    look_at(&chair, "precincts-desk-new").await;
    let (harbour, old_town) = (
        stage.browser.tab("hans").await,
        stage.browser.tab("otto").await,
    );
    harbour.join(&chair.link_of(1).await).await;
    harbour.vote(1).await;
    chair.canvasses(&[Some(0), Some(1), None], &[0, 1, 0]).await;
    look_at(&harbour, "precincts-one-missing").await;
    old_town.join(&chair.link_of(2).await).await;
    old_town.vote(2).await;
    chair.vote(0).await;
    all_canvass(&[&chair, &harbour, &old_town], &[1, 1, 1], &[1, 1, 1]).await;
    look_at(&harbour, "precincts-poll").await;
    harbour
        .run("document.querySelector('.grades').open = true", &[])
        .await;
    look_at(&harbour, "precincts-grades").await;
    harbour.click("inspector-toggle").await;
    harbour.read("state-hash").await;
    look_at(&harbour, "precincts-inspector").await;

    chair.audit(1).await;
    chair.says("ballots-table", &harbour.voter().await).await;
    look_at(&chair, "precincts-desk-auditing").await;
    old_town.go_offline().await;
    chair.click("strike-2").await;
    chair.fill("strike-reason", "The hall had closed").await;
    look_at(&chair, "precincts-desk-striking").await;
    chair.click("strike-confirm").await;
    chair.shows("grade-2", "struck").await;
    look_at(&chair, "precincts-desk-struck").await;
    old_town.vote(0).await;
    old_town.click("go-offline").await;
    chair.says("precinct-2", "1 return struck").await;
    look_at(&chair, "precincts-desk").await;
    chair
        .run(
            "document.querySelectorAll('.share details').forEach(details => details.open = true)",
            &[],
        )
        .await;
    look_at(&chair, "precincts-desk-links").await;

    let misfit = chair.link_of(1).await;
    let misfit = of_another_count(&misfit);
    harbour.open(&misfit).await;
    harbour.read("poll-error").await;
    look_at(&harbour, "precincts-misfit").await;

    chair.write_poll(&SUMMER).await;
    chair.click("make-places-automatic").await;
    chair.fill("make-precinct-number", "4096").await;
    chair.click("make-submit").await;
    chair.read("canvass").await;
    chair.vote(0).await;
    chair.shows("total-counted", "1").await;
    look_at(&chair, "precincts-many").await;
    chair.fill("precinct-search", "no such ward").await;
    chair.mentions("No precinct is like that").await;
    look_at(&chair, "precincts-none-found").await;
    stage.close().await;
}

/// A precinct's link, edited: its poll has not so many precincts.
fn of_another_count(link: &str) -> String {
    let (origin, _) = link.split_once("/p#").unwrap();
    let mut link = Link::parse(link).unwrap();
    link.precincts.as_mut().unwrap().count += 1;
    link.url(origin)
}
