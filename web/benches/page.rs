//! How long it takes from a vote in one tab until every tab shows it: `cargo xtask bench page`.
//!
//! Ten tabs, each a window of its own in one real Chromium (a tab behind another is hidden, and browsers slow down the
//! timers of what nobody sees). The vote is a click in the page. What is measured ends where the eye would look: when
//! the text of the result changes in the last of the ten. Each page notes the moments itself, on the clock that all
//! pages of one machine share, so that nothing of the driver is in the figures.

#![allow(clippy::unwrap_used)]

// The tests' own harness; a bench needs less of it than the tests do.
#[allow(dead_code)]
#[path = "../tests/browser/harness/mod.rs"]
mod harness;

use harness::page::SUMMER;
use harness::stage::Stage;
use harness::tab::Tab;
use serde_json::json;

/// Tabs, the voting one included.
const TABS: usize = 10;
/// Votes that are measured.
const VOTES: usize = 50;
/// Votes before them, while connections and caches get warm.
const WARM_UP: usize = 5;
/// 95 of 100 votes should be everywhere in this many milliseconds.
const GOAL: f64 = 300.0;

/// Notes in each page when which result came to be shown.
const WATCH: &str = "\
    const now = () => performance.timeOrigin + performance.now(); \
    const at = hook => document.querySelector(`[data-test=\"${hook}\"]`)?.textContent ?? ''; \
    const shown = () => ['result-0', 'result-1', 'result-2'].map(at).join(','); \
    window.seen = []; \
    let last = shown(); \
    new MutationObserver(() => { \
        if (shown() !== last) { last = shown(); window.seen.push([last, now()]); } \
    }).observe(document.body, {subtree: true, childList: true, characterData: true}); \
    return document.visibilityState;";

/// Marks the option, lets the page take note of the mark, and clicks on the button; gives the moment of the click.
const VOTE: &str = "\
    const [option, done] = arguments; \
    document.querySelector(`[data-test=\"choice-${option}\"]`).click(); \
    setTimeout(() => { \
        const clicked = performance.timeOrigin + performance.now(); \
        document.querySelector('[data-test=\"vote\"]').click(); \
        done(clicked); \
    }, 100);";

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(measure());
}

async fn measure() {
    let stage = Stage::open().await;
    let chair = stage.browser.window("tab 1").await;
    let links = chair.make_poll(&SUMMER).await;
    let mut tabs = vec![chair];
    for number in 2..=TABS {
        let tab = stage.browser.window(&format!("tab {number}")).await;
        tab.join(&links.voters).await;
        tabs.push(tab);
    }
    let mut visible = 0;
    for tab in &tabs {
        tab.shows("connection", &format!("{} others here", TABS - 1))
            .await;
        visible += usize::from(tab.run(WATCH, &[]).await == json!("visible"));
    }

    // Every tab has voted for the first option; after that, one after another changes its vote.
    let mut counts = [0_usize; 3];
    let mut choices = [None::<usize>; TABS];
    let mut times = Vec::new();
    for vote in 0..TABS + WARM_UP + VOTES {
        let voter = vote % TABS;
        let choice = choices[voter].map_or(0, |before| (before + 1) % 3);
        if let Some(before) = choices[voter].replace(choice) {
            counts[before] -= 1;
        }
        counts[choice] += 1;
        let took = cast(&tabs, voter, choice, &counts).await;
        if vote >= TABS + WARM_UP {
            times.push(took);
        }
    }
    report(times, visible);
    stage.close().await;
}

/// Votes, and gives the milliseconds from the click until the last tab showed the new count.
async fn cast(tabs: &[Tab], voter: usize, choice: usize, counts: &[usize; 3]) -> f64 {
    let client = tabs[voter].in_hand().await;
    let clicked = client
        .execute_async(VOTE, vec![json!(choice)])
        .await
        .unwrap()
        .as_f64()
        .unwrap();
    let expected = counts.map(|count| count.to_string()).join(",");
    let mut last = clicked;
    for tab in tabs {
        let look =
            "return window.seen.findLast(([result]) => result === arguments[0])?.[1] ?? null";
        let shown = tab
            .until(&format!("the result {expected}"), async || {
                let shown = tab.run(look, &[json!(expected)]).await.as_f64()?;
                // The same count may have stood there long ago.
                (shown >= clicked).then_some(shown)
            })
            .await;
        last = last.max(shown);
    }
    last - clicked
}

fn report(mut times: Vec<f64>, visible: usize) {
    times.sort_by(f64::total_cmp);
    let at = |share: f64| times[((times.len() - 1) as f64 * share).round() as usize];
    let (p50, p95, most) = (at(0.50), at(0.95), at(1.0));
    println!();
    println!(
        "from a vote to all of {TABS} tabs showing it, {} votes, {visible} tabs visible:",
        times.len()
    );
    println!("  p50 {p50:>6.0} ms");
    println!(
        "  p95 {p95:>6.0} ms   (goal {GOAL:.0} ms: {})",
        if p95 <= GOAL { "met" } else { "missed" }
    );
    println!("  max {most:>6.0} ms");
    println!(
        "  from the click to the change of the text in the last tab; one window a tab; the clock of the pages"
    );
}
