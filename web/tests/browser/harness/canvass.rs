//! What people do with a poll in precincts: name them, join one, read the canvass, count another,
//! strike a return.

use fantoccini::Locator;
use serde_json::json;

use super::page::{Links, Poll};
use super::tab::Tab;

/// Three precincts as they are pasted, one a line.
pub const WARDS: [&str; 3] = ["North", "Harbour", "Old town"];

/// The canvass as a tab shows it, all of it from one look, but for the grades, which differ from
/// tab to tab.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Canvass {
    /// Ballots that count, in all precincts.
    pub counted: String,
    /// The marks of each option, in all precincts.
    pub counts: Vec<String>,
    /// The precincts in the poll's order.
    pub rows: Vec<Row>,
}

/// A precinct in the canvass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its name.
    pub name: String,
    /// The marks of each option, in words.
    pub votes: String,
    /// Ballots that count; a dash where nothing is shown.
    pub counted: String,
}

impl Canvass {
    /// Ballots that count, precinct by precinct.
    pub fn counted_in_each(&self) -> Vec<&str> {
        self.rows.iter().map(|row| &*row.counted).collect()
    }
}

impl Tab {
    /// Fills in the form for a poll whose precincts have names, one a line.
    pub async fn write_precincts(&self, poll: &Poll<'_>, names: &str) {
        self.write_poll(poll).await;
        self.click("make-places-named").await;
        self.fill("make-precincts", names).await;
    }

    /// Makes a poll in [`WARDS`] and votes in the one of that number; the tab is the chair's desk
    /// afterwards.
    pub async fn make_wards(&self, poll: &Poll<'_>, own: usize) -> Links {
        self.write_precincts(poll, &WARDS.join("\n")).await;
        self.choose("make-own-precinct", WARDS[own]).await;
        self.click("make-submit").await;
        self.links().await
    }

    /// Chooses from a list by what is written there.
    pub async fn choose(&self, hook: &str, label: &str) {
        self.read(hook).await;
        let selector = format!("[data-test=\"{hook}\"]");
        let client = self.in_hand().await;
        let chosen = async {
            let list = client.find(Locator::Css(&selector)).await?;
            list.select_by_label(label).await
        };
        let chosen = chosen.await;
        chosen.unwrap_or_else(|error| panic!("{}: {label} of `{hook}`: {error}", self.name()));
    }

    /// From the share panel: the voters' link of that precinct.
    pub async fn link_of(&self, precinct: usize) -> String {
        self.read(&format!("share-link-{precinct}")).await
    }

    /// The canvass, as soon as there is one.
    pub async fn canvass(&self) -> Canvass {
        const SCRIPT: &str = "const words = element => (element?.textContent ?? '').replace(/\\s+/g, ' ').trim(); \
             const at = hook => document.querySelector(`[data-test=\"${hook}\"]`); \
             const counts = []; \
             while (at(`total-${counts.length}`)) counts.push(words(at(`total-${counts.length}`))); \
             const rows = []; \
             for (let row; row = at(`precinct-${rows.length}`);) rows.push([ \
                words(row.querySelector('th').firstChild), \
                words(row.querySelector('.votes .small')), \
                words(row.querySelector('.counted').lastChild)]); \
             return [at('total-counted') ? words(at('total-counted')) : null, counts, rows];";
        self.until("a canvass", async || {
            let seen = self.run(SCRIPT, &[]).await;
            let texts = |of: &serde_json::Value| -> Option<Vec<String>> {
                let texts = of.as_array()?.iter();
                texts.map(|text| Some(text.as_str()?.to_owned())).collect()
            };
            let rows = seen[2].as_array()?.iter().map(|row| {
                let [name, votes, counted] = texts(row)?.try_into().ok()?;
                Some(Row {
                    name,
                    votes,
                    counted,
                })
            });
            Some(Canvass {
                counted: seen[0].as_str()?.to_owned(),
                counts: texts(&seen[1])?,
                rows: rows.collect::<Option<_>>()?,
            })
        })
        .await
    }

    /// Waits until so many ballots are counted in each precinct, `None` where nothing is shown, and
    /// the marks in all of them are these.
    pub async fn canvasses(&self, counted: &[Option<u64>], counts: &[u64]) -> Canvass {
        let all = counted.iter().flatten().sum::<u64>().to_string();
        let counts: Vec<String> = counts.iter().map(u64::to_string).collect();
        let each: Vec<String> = counted
            .iter()
            .map(|counted| counted.map_or_else(|| "–".to_owned(), |counted| counted.to_string()))
            .collect();
        let what = format!("the canvass to be {counts:?} of {each:?}");
        self.until(&what, async || {
            let canvass = self.canvass().await;
            let same = canvass.counted == all
                && canvass.counts == counts
                && canvass.counted_in_each() == each;
            same.then_some(canvass)
        })
        .await
    }

    /// How far a precinct's count can be trusted, in words.
    pub async fn grade(&self, precinct: usize) -> String {
        self.read(&format!("grade-{precinct}")).await
    }

    /// Counts another precinct in this tab, and waits until it has.
    pub async fn audit(&self, precinct: usize) {
        self.click(&format!("audit-{precinct}")).await;
        self.shows(&format!("grade-{precinct}"), "folded").await;
    }

    /// As the chair: strikes the return that is shown of a precinct.
    pub async fn strike(&self, precinct: usize, reason: &str) {
        self.click(&format!("strike-{precinct}")).await;
        self.fill("strike-reason", reason).await;
        self.click("strike-confirm").await;
        self.lacks("strike-reason").await;
    }

    /// Presses the button, and waits until it is done.
    pub async fn go_offline(&self) {
        self.click("go-offline").await;
        self.shows("connection", "Offline").await;
    }

    /// What the list offers that has this hook.
    pub async fn offers(&self, hook: &str) -> Vec<String> {
        let script = "return [...document.querySelectorAll(`[data-test=\"${arguments[0]}\"] option`)] \
             .map(option => option.textContent.trim())";
        let offered = self.run(script, &[json!(hook)]).await;
        let offered = offered.as_array().into_iter().flatten();
        offered
            .filter_map(|text| Some(text.as_str()?.to_owned()))
            .collect()
    }
}

/// Waits until all tabs show that canvass ([`Tab::canvasses`]); they must then show the same, row
/// by row.
pub async fn all_canvass(tabs: &[&Tab], counted: &[u64], counts: &[u64]) -> Canvass {
    let counted: Vec<Option<u64>> = counted.iter().copied().map(Some).collect();
    let [first, others @ ..] = tabs else {
        panic!("nobody to agree");
    };
    let canvass = first.canvasses(&counted, counts).await;
    for tab in others {
        assert_eq!(
            tab.canvasses(&counted, counts).await,
            canvass,
            "{} and {}",
            tab.name(),
            first.name()
        );
    }
    canvass
}
