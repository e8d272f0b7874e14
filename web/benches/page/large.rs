//! A poll of 50,000 ballots: joined by a browser that has the page and nothing of the poll, then reloaded from its disk.
//!
//! From the start of the navigation until the page shows the whole count. A *long task* is one of 50 ms or more, in which
//! the page can answer to nothing: a browser tells of no shorter ones.

use std::time::Duration;

use serde_json::json;

use super::feeder::{Feeder, Poll};
use super::figures::{Times, beside};
use super::harness::browser::{Browser, Profile};
use super::harness::relay::Relay;
use super::harness::tab::Tab;

/// Ballots.
const BALLOTS: u32 = 50_000;
/// Goals in milliseconds: a join, a reload, and the longest task in either, at full speed and on a slow processor.
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
    let watch = WATCH.replace("BALLOTS", &BALLOTS.to_string());
    tab.devtools(
        "Page.addScriptToEvaluateOnNewDocument",
        json!({ "source": watch }),
    )
    .await;
    tab.devtools("Emulation.setCPUThrottlingRate", json!({ "rate": slowed }))
        .await;
    let feeder = Feeder::start(poll, relay.origin());
    tab.open(&poll.url(relay.origin())).await;
    note(&tab, slowed, join).await;
    drop(feeder);
    // Others' ballots are written down a moment after they came.
    tokio::time::sleep(Duration::from_secs(2) * slowed).await;
    tab.reload().await;
    note(&tab, slowed, reload).await;
    browser.quit().await;
}

/// Waits until the page shows the whole count, and a moment longer, for what follows from it.
async fn note(tab: &Tab, slowed: u32, figures: &mut Figures) {
    // Few looks: each is a task in the page that is measured.
    let until = std::time::Instant::now() + PATIENCE * slowed;
    let look = "return window.bench?.shown ?? null";
    let shown = loop {
        tokio::time::sleep(Duration::from_millis(500)).await;
        if let Some(shown) = tab.run(look, &[]).await.as_f64() {
            break shown;
        }
        assert!(
            std::time::Instant::now() < until,
            "the page does not show {BALLOTS} ballots"
        );
    };
    tokio::time::sleep(Duration::from_secs(1) * slowed).await;
    let tasks = tab.run("return window.bench.tasks", &[]).await;
    let tasks = tasks.as_array().unwrap();
    let lengths = tasks.iter().map(|task| task[1].as_f64().unwrap());
    figures.shown.add(shown);
    figures.longest.add(lengths.clone().fold(0.0, f64::max));
    figures.tasks.add(lengths.len() as f64);
    figures.held_up.add(lengths.sum());
    if std::env::var_os("BENCH_TASKS").is_some() {
        println!("{tasks:?}");
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
    println!(
        "  {what:<6} {speed}: {shown}; longest task {longest}; {:.0} long ones, {:.0} ms in all",
        figures.tasks.median(),
        figures.held_up.median()
    );
}
