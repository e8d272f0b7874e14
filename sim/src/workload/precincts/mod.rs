//! What a poll costs by its number of voters, in one room and in precincts: everybody connects,
//! everybody votes once within the first minute, and the run goes on until every tab shows the
//! exact tally of the poll.
//!
//! In the core every voter is a tab. Where memory does not allow that, the same code runs with
//! fewer tabs, and the [`Model`] says how: a tab of one precinct does not know whether another
//! precinct's ballots were cast by tabs. Cast here, the ballots are real too: signed, checked by
//! the tabs that hold them, and counted by [`spec::fold`].
//!
//! In here: [`model`] (what is run), [`cast`] (who is in it), `minute` (how it goes), `traffic`
//! (what is counted).

pub mod cast;
mod minute;
pub mod model;
mod traffic;

use election_core::replica::tab::Tab;
use election_core::time::Millis;

use crate::check::spec;
use model::Model;
use traffic::Traffic;

/// What is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// How many vote, at least [`model::LEAST_A_PRECINCT`] a precinct.
    pub voters: u64,
    /// In how many precincts; 1 for a poll of one room.
    pub precincts: u16,
    /// Who stands for whom.
    pub model: Model,
    /// What everything follows from.
    pub seed: u64,
}

/// What came of it.
pub struct Outcome {
    /// What was run.
    pub model: Model,
    /// How many tabs there were.
    pub replicas: usize,
    /// Whether every tab shows the tally that the specification makes of all signed ops, with no
    /// precinct missing.
    pub exact: bool,
    /// From the last vote until the last tab showed it; `None`: it never did.
    pub time_to_all: Option<Millis>,
    /// What was handed to each tab of the part that is measured, on average, in its precinct's room
    /// and in the council's: with one vote a tab, that is what a vote costs.
    pub received: [Average; 2],
    /// The tabs that are measured.
    pub measured: Vec<Tab>,
}

/// What was handed to one tab, on average.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Average {
    /// Frames.
    pub frames: f64,
    /// Bytes of them, sealed.
    pub bytes: f64,
}

impl Average {
    fn of(all: Traffic, tabs: usize) -> Self {
        let tabs = tabs.max(1) as f64;
        Self {
            frames: all.frames as f64 / tabs,
            bytes: all.bytes as f64 / tabs,
        }
    }
}

/// Runs it. Is told how far it is: votes cast and tabs that are done, of how many.
pub fn run(settings: &Settings, progress: &mut dyn FnMut(&str, u64, u64)) -> Outcome {
    let mut minute = minute::Minute::new(settings, progress);
    minute.vote(progress);
    let tally = spec::fold(minute.ops(), cast::OPTIONS);
    let time_to_all = minute.wait_for(&tally, progress);
    minute.outcome(time_to_all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_model_comes_to_the_exact_tally() {
        for (model, precincts, replicas) in [
            (Model::Tabs, 1, 40),
            (Model::Tabs, 3, 40),
            (Model::WholePrecinct, 3, 0),
            (Model::Crowd, 1, model::CROWD_REPLICAS),
        ] {
            let settings = Settings {
                voters: 40,
                precincts,
                model,
                seed: 1,
            };
            let outcome = run(&settings, &mut |_, _, _| {});
            assert!(outcome.exact && outcome.time_to_all.is_some(), "{model:?}");
            assert_eq!(outcome.received[1].frames > 0.0, precincts > 1, "{model:?}");
            if model == Model::WholePrecinct {
                assert_eq!(outcome.replicas, outcome.measured.len() + 2);
            } else {
                assert_eq!(outcome.replicas, replicas, "{model:?}");
                assert_eq!(outcome.measured.len(), replicas, "{model:?}");
            }
            let ballots = |tab: &Tab| tab.replica().ops();
            let held: u64 = outcome.measured.iter().map(ballots).max().unwrap_or(0);
            assert_eq!(held == 40, precincts == 1, "{model:?}");
        }
    }
}
