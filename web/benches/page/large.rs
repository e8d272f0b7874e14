//! A poll of 50,000 ballots: joined by a browser that has the page and nothing of the poll, then
//! reloaded from its disk.
//!
//! From the start of the navigation until the page shows the whole count. A *long task* is one of
//! 50 ms or more, in which the page can answer to nothing: a browser tells of no shorter ones.

use std::time::{Duration, Instant};

use serde_json::json;

use super::feeder::{Feeder, Poll};
use super::figures::{Times, beside};
use super::harness::browser::{Browser, Profile};
use super::harness::relay::Relay;
use super::harness::tab::Tab;

/// Ballots.
const BALLOTS: u32 = 50_000;
/// Goals in milliseconds: a join, a reload, and the longest task in either, at full speed and on a
/// slow processor.
const GOALS: Goals = Goals {
    join: 2_000.0,
    reload: 500.0,
    task: 50.0,
    slow_task: 100.0,
};
/// How much slower the slow processor is.
const SLOWED: u32 = 4;
/// How long a page may take, at full speed.
const PATIENCE: Duration = Duration::from_secs(60);
/// What runs in the page.
const WATCH: &str = include_str!("large.js");

struct Goals {
    join: f64,
    reload: f64,
    task: f64,
    slow_task: f64,
}

/// What is measured of one way to come to a poll.
#[derive(Default)]
struct Figures {
    shown: Times,
    longest: Times,
    tasks: Times,
    held_up: Times,
    spent: Times,
}

/// Joins and reloads so many times, with a new browser each time.
pub async fn measure(rounds: usize) {
    println!("\na poll of {BALLOTS} ballots, median of {rounds}:");
    let poll = Poll::with_ballots(BALLOTS);
    for slowed in [1, SLOWED] {
        let (mut join, mut reload) = (Figures::default(), Figures::default());
        for _ in 0..rounds {
            round(&poll, slowed, &mut join, &mut reload).await;
        }
        let speed = match slowed {
            1 => "at full speed".to_owned(),
            _ => format!("slowed down {slowed} times"),
        };
        let task = if slowed == 1 {
            GOALS.task
        } else {
            GOALS.slow_task
        };
        report("join", &speed, &join, GOALS.join, task);
        report("reload", &speed, &reload, GOALS.reload, task);
    }
}

async fn round(poll: &Poll, slowed: u32, join: &mut Figures, reload: &mut Figures) {
    let relay = Relay::start();
    let browser = Browser::start(Profile::empty(), relay.origin()).await;
    let tab = browser.tab("voter").await;
    // Whoever joins has the page already: what is measured is the poll.
    tab.open("/").await.is_kept().await;
    let source = WATCH.replace("BALLOTS", &BALLOTS.to_string());
    for (command, parameters) in [
        (
            "Page.addScriptToEvaluateOnNewDocument",
            json!({ "source": source }),
        ),
        ("Emulation.setCPUThrottlingRate", json!({ "rate": slowed })),
        ("Performance.enable", json!({})),
    ] {
        tab.devtools(command, parameters).await;
    }
    let feeder = Feeder::start(poll, relay.origin());
    let spent = thread_time(&tab).await;
    tab.open(&poll.url(relay.origin())).await;
    note(&tab, slowed, spent, join).await;
    drop(feeder);
    let spent = thread_time(&tab).await;
    tab.reload().await;
    note(&tab, slowed, spent, reload).await;
    browser.quit().await;
}

/// What the page's main thread has had of a processor, in milliseconds: a busy machine distorts it
/// less than the clock.
async fn thread_time(tab: &Tab) -> f64 {
    let metrics = tab.devtools("Performance.getMetrics", json!({})).await;
    let metrics = metrics["metrics"].as_array().unwrap();
    let time = metrics.iter().find(|metric| metric["name"] == "ThreadTime");
    time.unwrap()["value"].as_f64().unwrap() * 1_000.0
}

/// Waits until the page shows the whole count, and until what it holds is written.
async fn note(tab: &Tab, slowed: u32, spent_before: f64, figures: &mut Figures) {
    let until = Instant::now() + PATIENCE * slowed;
    let look = "const {shown, writing, wrote} = window.bench ?? {}; \
        return shown && !writing && performance.now() - wrote > 1000 ? shown : null";
    let shown = loop {
        // Few looks: each is a task in the page that is measured.
        tokio::time::sleep(Duration::from_millis(500)).await;
        if let Some(shown) = tab.run(look, &[]).await.as_f64() {
            break shown;
        }
        if Instant::now() > until {
            let shows = tab.run("return document.body.innerText", &[]).await;
            panic!("the page does not show {BALLOTS} ballots: {shows}");
        }
    };
    let spent = thread_time(tab).await;
    let tasks = tab.run("return window.bench.tasks", &[]).await;
    let tasks = tasks.as_array().unwrap();
    let lengths: Vec<f64> = tasks.iter().filter_map(|task| task[1].as_f64()).collect();
    figures.shown.add(shown);
    figures
        .longest
        .add(lengths.iter().copied().fold(0.0, f64::max));
    figures.tasks.add(lengths.len() as f64);
    figures.held_up.add(lengths.iter().sum());
    // Another process may have taken over with the navigation: its time began with it.
    let since = if spent < spent_before {
        0.0
    } else {
        spent_before
    };
    figures.spent.add(spent - since);
    if std::env::var_os("BENCH_TASKS").is_some() {
        println!("{shown:.0} ms, tasks {lengths:.0?}");
    }
}

fn report(what: &str, speed: &str, figures: &Figures, goal: f64, task: f64) {
    let shown = match speed {
        "at full speed" => beside(figures.shown.median(), goal, "ms"),
        _ => format!("{:.0} ms", figures.shown.median()),
    };
    let longest = match figures.longest.median() {
        0.0 => "none of 50 ms or more (met)".to_owned(),
        longest => beside(longest, task, "ms"),
    };
    println!("  {what} {speed}: {shown}; longest task {longest}");
    println!(
        "    {:.0} long tasks, {:.0} ms in all; {:.0} ms of a processor until all is written as well",
        figures.tasks.median(),
        figures.held_up.median(),
        figures.spent.median()
    );
}
