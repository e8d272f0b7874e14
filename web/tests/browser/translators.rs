//! A translator that works on the page all the same: what is shown is what the replica holds.

use serde_json::{Value, json};

use crate::harness::canvass::WARDS;
use crate::harness::page::SUMMER;
use crate::harness::peer::peer;
use crate::harness::stage::Stage;
use crate::harness::tab::Tab;

/// Puts each text of the page into a `<font>` in another one, in one of the manners of translators.
/// Says how many there were.
const WRAP: &str = r"
    const wrap = (text, manner) => {
        const [outer, inner] = [document.createElement('font'), document.createElement('font')];
        outer.append(inner);
        const copy = () => inner.textContent = text.data;
        const { parentNode, nextSibling } = text;
        switch (manner) {
            case 'in place of it': copy(); text.replaceWith(outer); break;
            case 'in two parts': copy(); text.replaceWith(document.createElement('font'), outer); break;
            case 'before it, which goes': copy(); parentNode.insertBefore(outer, text); parentNode.removeChild(text); break;
            case 'after it went': copy(); text.remove(); parentNode.insertBefore(outer, nextSibling); break;
            case 'around it': text.before(outer); inner.append(text); break;
            case 'around it, from outside': inner.append(text); parentNode.insertBefore(outer, nextSibling); break;
            case 'twice': copy(); text.replaceWith(outer); const again = document.createElement('font');
                again.textContent = text.data; outer.before(again); outer.remove(); break;
            case 'and back, with another text': copy(); text.replaceWith(outer); outer.replaceWith(text.data); break;
            default: throw manner;
        }
    };
    const wrapAll = manner => {
        const walk = document.createTreeWalker(document.getElementById('app'), NodeFilter.SHOW_TEXT);
        const texts = [];
        while (walk.nextNode()) if (walk.currentNode.data.trim() && !walk.currentNode.parentNode.closest('font')) texts.push(walk.currentNode);
        for (const text of texts) wrap(text, manner);
        return texts.length;
    };";

const MANNERS: [&str; 8] = [
    "in place of it",
    "in two parts",
    "before it, which goes",
    "after it went",
    "around it",
    "around it, from outside",
    "twice",
    "and back, with another text",
];

async fn translate(tab: &Tab, manner: &str) {
    let script = format!("{WRAP} return wrapAll(arguments[0])");
    let wrapped = tab.run(&script, &[json!(manner)]).await;
    assert!(
        wrapped.as_u64() > Some(20),
        "{wrapped} texts of a whole screen"
    );
}

/// Translates whenever something changes.
async fn keep_translating(tab: &Tab) {
    let script = format!(
        "{WRAP} const again = new MutationObserver(() => wrapAll('in place of it')); \
         again.observe(document.getElementById('app'), {{ childList: true, subtree: true, characterData: true }}); \
         window.wrapped = wrapAll('in place of it'); window.again = again;"
    );
    tab.run(&script, &[]).await;
}

/// Waits until that is what people see at a hook, as opposed to what a node says that is not on the
/// page.
async fn sees(tab: &Tab, hook: &str, text: &str) {
    tab.until(&format!("{text:?} to be seen at `{hook}`"), async || {
        (seen(tab, hook).await? == text).then_some(())
    })
    .await;
}

async fn seen(tab: &Tab, hook: &str) -> Option<String> {
    let script = "const found = document.querySelector(`[data-test=\"${arguments[0]}\"]`); \
        return found && found.innerText.replace(/\\s+/g, ' ').trim()";
    tab.run(script, &[json!(hook)])
        .await
        .as_str()
        .map(str::to_owned)
}

async fn sees_counts(tab: &Tab, counts: [u64; 3]) {
    sees(
        tab,
        "results-total",
        &counts.iter().sum::<u64>().to_string(),
    )
    .await;
    for (option, count) in counts.iter().enumerate() {
        sees(tab, &format!("result-{option}"), &count.to_string()).await;
    }
}

async fn is_well(tab: &Tab) {
    let broken = tab
        .run("return !document.getElementById('broken').hidden", &[])
        .await;
    assert_eq!(broken, json!(false), "{} is broken", tab.name());
}

#[tokio::test]
async fn the_page_asks_not_to_be_translated() {
    let stage = Stage::open().await;
    let tab = stage.browser.tab("reading").await;
    tab.open("/").await;
    tab.read("home-make").await;
    let script = "const asks = element => element.translate === false && element.classList.contains('notranslate'); \
        return [asks(document.documentElement), asks(document.getElementById('app')), \
            document.querySelector('meta[name=google]')?.content]";
    assert_eq!(
        tab.run(script, &[]).await,
        json!([true, true, "notranslate"])
    );
    stage.close().await;
}

#[tokio::test]
async fn ballot_results_and_desk_show_what_comes_in_however_they_are_translated() {
    let stage = Stage::open().await;
    let (chair, voter) = (
        stage.browser.tab("chair").await,
        stage.browser.tab("voter").await,
    );
    let links = chair.make_poll(&SUMMER).await;
    voter.join(&links.voters).await;
    let mut last: Option<Value> = None;
    for (round, manner) in (1..).zip(MANNERS) {
        for tab in [&chair, &voter] {
            translate(tab, manner).await;
        }
        let voted = peer(&["vote", &links.voters, "--choice", "Porto"]);
        let leads = match round {
            1 => "Porto leads with 1 of 1".to_owned(),
            more => format!("Porto leads with {more} of {more}"),
        };
        for tab in [&chair, &voter] {
            sees_counts(tab, [0, round, 0]).await;
            assert!(
                seen(tab, "leader").await.unwrap().starts_with(&leads),
                "{manner}"
            );
            is_well(tab).await;
        }
        // What two people compare by ear.
        let code = chair.results().await.code;
        for tab in [&chair, &voter] {
            sees(tab, "result-code", &code).await;
        }
        last = Some(voted);
    }
    // A table and a log have grown under it; now something in them goes.
    let rows = "return document.querySelectorAll('[data-test=\"ballots-table\"] tbody tr').length";
    assert_eq!(chair.run(rows, &[]).await, json!(MANNERS.len()));
    let last = last.unwrap();
    let ballot = last["ballot"].as_str().unwrap();
    for (tab, manner) in [(&chair, "around it"), (&voter, "in place of it")] {
        translate(tab, manner).await;
    }
    peer(&[
        "revoke",
        &links.chair,
        "--ballot",
        ballot,
        "--reason",
        "A test vote",
    ]);
    for tab in [&chair, &voter] {
        sees_counts(tab, [0, MANNERS.len() as u64 - 1, 0]).await;
        tab.says("log", "A test vote").await;
        assert!(seen(tab, "log").await.unwrap().contains("A test vote"));
    }
    translate(&voter, "before it, which goes").await;
    voter.vote(0).await;
    sees(&voter, "vote", "Change my vote").await;
    for tab in [&chair, &voter] {
        sees_counts(tab, [1, MANNERS.len() as u64 - 1, 0]).await;
        is_well(tab).await;
    }
    stage.close().await;
}

#[tokio::test]
async fn a_translator_that_answers_at_once_can_neither_freeze_the_page_nor_its_counts() {
    let stage = Stage::open().await;
    let tab = stage.browser.tab("chair").await;
    let links = tab.make_poll(&SUMMER).await;
    keep_translating(&tab).await;
    for votes in 1..=3 {
        peer(&["vote", &links.voters, "--choice", "Bergen"]);
        sees_counts(&tab, [votes, 0, 0]).await;
    }
    // People can go on.
    tab.vote(1).await;
    sees_counts(&tab, [3, 1, 0]).await;
    is_well(&tab).await;
    tab.run("window.again.disconnect()", &[]).await;
    tab.until("the page's own text", async || {
        let fonts = "return document.querySelectorAll('#app font').length";
        (tab.run(fonts, &[]).await == json!(0)).then_some(())
    })
    .await;
    stage.close().await;
}

#[tokio::test]
async fn the_canvass_shows_what_comes_in_however_it_is_translated() {
    let stage = Stage::open().await;
    let (chair, harbour) = (
        stage.browser.tab("chair").await,
        stage.browser.tab("hans").await,
    );
    chair.make_wards(&SUMMER, 0).await;
    harbour.join(&chair.link_of(1).await).await;
    harbour.shows("precinct", WARDS[1]).await;
    for (votes, manner) in (1..).zip(MANNERS) {
        for tab in [&chair, &harbour] {
            translate(tab, manner).await;
        }
        let link = chair.link_of(1).await;
        peer(&["vote", &link, "--choice", "Porto"]);
        for tab in [&chair, &harbour] {
            let count = votes.to_string();
            sees(tab, "total-counted", &count).await;
            sees(tab, "total-1", &count).await;
            let leads = format!("Porto leads with {votes} of {votes}");
            assert!(
                seen(tab, "canvass-leader")
                    .await
                    .unwrap()
                    .starts_with(&leads),
                "{manner}"
            );
            is_well(tab).await;
        }
    }
    // Its rows change their words and their number of parts.
    translate(&chair, "around it").await;
    chair.audit(1).await;
    sees(&chair, "grade-1", "folded").await;
    translate(&chair, "in place of it").await;
    chair.strike(1, "A test").await;
    sees(&chair, "grade-1", "struck").await;
    sees(&chair, "total-counted", "0").await;
    is_well(&chair).await;
    stage.close().await;
}
