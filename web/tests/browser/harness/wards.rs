//! A poll in three precincts with two tabs in each.

use super::canvass::{WARDS, all_canvass};
use super::page::{Links, SUMMER};
use super::stage::Stage;
use super::tab::Tab;

/// The precincts by their numbers.
pub const NORTH: usize = 0;
/// The second.
pub const HARBOUR: usize = 1;
/// The third.
pub const OLD_TOWN: usize = 2;

/// Two tabs in each precinct, the chair being one of North's.
pub struct Wards {
    /// The links that the chair was shown first.
    pub links: Links,
    tabs: Vec<Tab>,
}

impl Wards {
    /// Makes a poll and opens it by its precincts' own links. The first tab of a precinct finds
    /// nobody in its room, so the poll's definition comes to it through the council.
    pub async fn open(stage: &Stage) -> Self {
        let chair = stage.browser.tab("chair").await;
        let links = chair.make_wards(&SUMMER, NORTH).await;
        let mut tabs = vec![chair];
        for (precinct, name) in [
            (NORTH, "nora"),
            (HARBOUR, "hans"),
            (HARBOUR, "hilda"),
            (OLD_TOWN, "otto"),
            (OLD_TOWN, "olga"),
        ] {
            let tab = stage.browser.tab(name).await;
            tab.join(&tabs[0].link_of(precinct).await).await;
            tab.shows("precinct", WARDS[precinct]).await;
            tabs.push(tab);
        }
        for (number, tab) in tabs.iter().enumerate() {
            let says = format!("1 other of {} here", WARDS[number / 2]);
            tab.shows("connection", &says).await;
        }
        Self { links, tabs }
    }

    /// The chair, in North.
    pub fn chair(&self) -> &Tab {
        &self.tabs[0]
    }

    /// Both tabs of a precinct.
    pub fn of(&self, precinct: usize) -> [&Tab; 2] {
        [&self.tabs[2 * precinct], &self.tabs[2 * precinct + 1]]
    }

    /// All tabs.
    pub fn all(&self) -> Vec<&Tab> {
        self.tabs.iter().collect()
    }

    /// All tabs but those of a precinct.
    pub fn without(&self, precinct: usize) -> Vec<&Tab> {
        let others = (NORTH..=OLD_TOWN).filter(|other| *other != precinct);
        others.flat_map(|other| self.of(other)).collect()
    }

    /// The second tab of each precinct votes for the option of its precinct's number.
    pub async fn vote(&self) {
        for precinct in NORTH..=OLD_TOWN {
            self.of(precinct)[1].vote(precinct).await;
        }
        all_canvass(&self.all(), &[1, 1, 1], &[1, 1, 1]).await;
    }
}
