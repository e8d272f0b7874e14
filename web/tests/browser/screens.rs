//! Every screen once: pictures for people, and what can be checked of a screen by itself.

use serde_json::json;

use crate::harness::page::SUMMER;
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
