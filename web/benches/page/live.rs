//! From a vote in one of ten tabs until all ten show it, and until its own does; y-websocket beside
//! it in the same run.
//!
//! Ten tabs, each a window of its own (a tab behind another is hidden, and browsers slow down the
//! timers of what nobody sees). The vote is a click in the page, and ends where the eye would look:
//! when the text of the result changes in the last of the ten. The clock is the one that all pages
//! of one machine share. Ours writes each vote through to the medium before it sends it; the
//! neighbour writes nothing.

use serde_json::json;

use super::feeder::{Feeder, Poll};
use super::figures::{Times, beside};
use super::harness::stage::Stage;
use super::harness::tab::Tab;
use super::neighbour::Neighbour;

/// Tabs, the voting one included.
const TABS: usize = 10;
/// Rounds of votes, one of each tab, before those that are measured: connections and caches get
/// warm.
const WARM_UP: usize = 2;
/// So many votes in a row on one side, then on the other: what else the machine does meets both.
const IN_A_ROW: usize = 50;
/// How long one vote is waited for, in milliseconds.
const PATIENCE: u32 = 20_000;
/// Goals in milliseconds, and what y-websocket may be exceeded by.
const GOAL_MEDIAN: f64 = 30.0;
const GOAL_P95: f64 = 60.0;
const GOAL_MOST: f64 = 250.0;
const GOAL_OWN: f64 = 30.0;
const GOAL_RATIO: f64 = 2.0;
/// What runs in each page, of both sides.
const TAB: &str = include_str!("live.js");
const VOTE: &str = "const [option, expected, tabs, pause, patience, done] = arguments; \
    window.bench.vote(option, expected, tabs, pause, patience).then(done);";

/// Ten tabs that vote in turn.
struct Side {
    name: &'static str,
    tabs: Vec<Tab>,
    counts: [usize; 3],
    choices: [Option<usize>; TABS],
    cast: usize,
    own: Times,
    all: Times,
    began: Times,
    write: Times,
    sent: Times,
}

/// Measures so many votes.
pub async fn measure(votes: usize) {
    let stage = Stage::open().await;
    let mut sides = vec![ours(&stage).await];
    let neighbour = Neighbour::start();
    match &neighbour {
        Some(neighbour) => sides.push(neighbours(&stage, neighbour).await),
        None => println!("y-websocket is not here to be compared with"),
    }
    for side in &mut sides {
        for _ in 0..TABS * WARM_UP {
            side.vote().await;
        }
        side.forget();
    }
    let mut left = votes;
    while left > 0 {
        let row = left.min(IN_A_ROW);
        left -= row;
        for side in &mut sides {
            for _ in 0..row {
                side.vote().await;
            }
        }
    }
    report(&sides);
    stage.close().await;
}

/// Ten tabs of a poll in which each is a voter.
async fn ours(stage: &Stage) -> Side {
    let poll = Poll::with_ballots(0);
    let feeder = Feeder::start(&poll, stage.relay.origin());
    let mut tabs = Vec::new();
    for number in 1..=TABS {
        let tab = stage.browser.window(&format!("tab {number}")).await;
        tab.join(&poll.url(stage.relay.origin())).await;
        tabs.push(tab);
    }
    drop(feeder);
    for tab in &tabs {
        let others = format!("{} others here", TABS - 1);
        tab.shows("connection", &others).await;
    }
    Side::new("election voter", tabs).await
}

async fn neighbours(stage: &Stage, neighbour: &Neighbour) -> Side {
    let mut tabs = Vec::new();
    for number in 1..=TABS {
        let tab = stage.browser.window(&format!("neighbour {number}")).await;
        tab.open(neighbour.origin()).await;
        tab.shows("connection", "connected").await;
        tabs.push(tab);
    }
    Side::new("y-websocket", tabs).await
}

impl Side {
    async fn new(name: &'static str, tabs: Vec<Tab>) -> Self {
        for tab in &tabs {
            assert_eq!(tab.run(TAB, &[]).await, json!("visible"));
        }
        Self {
            name,
            tabs,
            counts: [0; 3],
            choices: [None; TABS],
            cast: 0,
            own: Times::default(),
            all: Times::default(),
            began: Times::default(),
            write: Times::default(),
            sent: Times::default(),
        }
    }

    fn forget(&mut self) {
        self.own = Times::default();
        self.all = Times::default();
        self.began = Times::default();
        self.write = Times::default();
        self.sent = Times::default();
    }

    /// The next tab votes for the first option, or changes its vote to the next.
    async fn vote(&mut self) {
        let voter = self.cast % TABS;
        let choice = self.choices[voter].map_or(0, |before| (before + 1) % 3);
        if let Some(before) = self.choices[voter].replace(choice) {
            self.counts[before] -= 1;
        }
        self.counts[choice] += 1;
        let expected = self.counts.map(|count| count.to_string()).join(",");
        // So that no vote falls into step with anything that the page does regularly.
        let pause = 100 + self.cast * 37 % 100;
        self.cast += 1;
        let arguments = vec![
            json!(choice),
            json!(expected),
            json!(TABS),
            json!(pause),
            json!(PATIENCE),
        ];
        let client = self.tabs[voter].in_hand().await;
        let seen = client.execute_async(VOTE, arguments).await.unwrap();
        let time = |what: &str| seen[what].as_f64();
        // One that never came counts as if it had come when nobody waited any longer.
        self.all.add(time("all").unwrap_or(PATIENCE.into()));
        self.own.add(time("own").unwrap_or(PATIENCE.into()));
        let noted = [
            (&mut self.began, "began"),
            (&mut self.write, "write"),
            (&mut self.sent, "sent"),
        ];
        for (times, what) in noted {
            if let Some(time) = time(what) {
                times.add(time);
            }
        }
    }
}

fn report(sides: &[Side]) {
    println!(
        "\nfrom a vote to all of {TABS} tabs showing it, {} votes, in ms:",
        sides[0].all.count()
    );
    println!(
        "  {:<16} {:>6} {:>6} {:>6} {:>9}",
        "", "p50", "p95", "max", "over 250"
    );
    for side in sides {
        let line = |what: &str, times: &Times| {
            println!(
                "  {what:<16} {:>6.1} {:>6.1} {:>6.0} {:>9}",
                times.median(),
                times.at(0.95),
                times.at(1.0),
                times.above(GOAL_MOST)
            );
        };
        println!("  {}", side.name);
        line("  to all", &side.all);
        line("  to its own", &side.own);
        if side.write.count() > 0 {
            line("  write begun", &side.began);
            line("  durable write", &side.write);
            line("  sent", &side.sent);
        }
    }
    let ours = &sides[0];
    println!(
        "  to all, p50   {}",
        beside(ours.all.median(), GOAL_MEDIAN, "ms")
    );
    println!(
        "  to all, p95   {}",
        beside(ours.all.at(0.95), GOAL_P95, "ms")
    );
    println!(
        "  to all, max   {}",
        beside(ours.all.at(1.0), GOAL_MOST, "ms")
    );
    println!(
        "  to own, p50   {}",
        beside(ours.own.median(), GOAL_OWN, "ms")
    );
    if let [ours, theirs] = sides {
        let ratio = |share: f64| ours.all.at(share) / theirs.all.at(share).max(0.1);
        let (median, p95) = (ratio(0.5), ratio(0.95));
        let verdict = if median <= GOAL_RATIO {
            "met"
        } else {
            "missed"
        };
        println!(
            "  of y-websocket's: {median:.2} times at p50 (goal {GOAL_RATIO:.0}: {verdict}), {p95:.2} at p95, {:.2} at most",
            ratio(1.0)
        );
    }
}
