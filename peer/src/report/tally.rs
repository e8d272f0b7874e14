//! What `tally` prints: the total, and in a poll with precincts what each of them returns and how
//! far that can be trusted.

use std::fmt;

use election_core::ballots::returns::Return;
use election_core::board::Grade;
use election_core::board::canvassed::Part;
use election_core::poll::close::Status;
use election_core::poll::genesis::Genesis;
use election_core::poll::op::Op;
use election_core::poll::strike::StrikeReturn;
use election_core::replica::Replica;
use serde::Serialize;

use crate::precinct::number;

/// What `tally` prints.
#[derive(Debug, Serialize)]
pub struct Tallied {
    /// The poll's id.
    pub poll: String,
    /// Whether the poll takes ballots: open or closed.
    pub status: &'static str,
    /// Of all that is counted or known.
    #[serde(flatten)]
    pub total: Sums,
    /// Equal in replicas that hold the same ops: the poll's, or those of one precinct and of the
    /// chair's log.
    pub state_hash: String,
    /// The four words that the page shows for it.
    pub result_code: String,
    /// Replicas of the poll's room, or of the precinct that is held, that were heard of, this one
    /// among them.
    pub replicas: usize,
    /// Those of them that hold the same ballots and the same of the chair's log as this one, itself
    /// among them.
    pub agreeing: usize,
    /// In a poll with precincts.
    #[serde(flatten)]
    pub canvass: Option<Canvass>,
    /// The question; not part of the JSON.
    #[serde(skip)]
    pub title: String,
}

/// In a word.
#[must_use]
pub fn status(status: Status) -> &'static str {
    match status {
        Status::Open => "open",
        Status::Closed => "closed",
    }
}

/// What the ballots of a poll, or of a precinct, add up to.
#[derive(Debug, Serialize)]
pub struct Sums {
    /// In the order of the poll.
    pub options: Vec<OptionCount>,
    /// Ballots held, whether they count or not.
    pub ballots: u64,
    /// Voters whose ballot counts.
    pub counted: u64,
    /// Ballots that the chair revoked.
    pub revoked: u64,
    /// Voters who signed two ballots under one number, so that neither counts.
    pub spoiled: u64,
}

/// One option's count.
#[derive(Debug, Serialize)]
pub struct OptionCount {
    /// Its name.
    pub name: String,
    /// Ballots that count and mark it.
    pub count: u64,
}

/// What is known of the precincts, which have their numbers from 1.
#[derive(Debug, Serialize)]
pub struct Canvass {
    /// The total's: the worst of its parts'. None when nothing is known of any.
    pub grade: Option<String>,
    /// The precincts that the total lacks, since nothing is known of them but what the chair
    /// struck.
    pub missing: Vec<u32>,
    /// The one whose ballots this replica holds.
    pub precinct: u32,
    /// All of them.
    pub precincts: Vec<PrecinctTally>,
    /// What the chair struck, in the order of the chair's log.
    pub strikes: Vec<StruckReturn>,
}

/// A return that the chair struck.
#[derive(Debug, Serialize)]
pub struct StruckReturn {
    /// Of which precinct.
    pub precinct: u32,
    /// Its id.
    pub return_id: String,
    /// Why.
    pub reason: String,
    /// The precinct's name, if it has one; not part of the JSON.
    #[serde(skip)]
    pub name: Option<String>,
}

/// What is known of one precinct.
#[derive(Debug, Serialize)]
pub struct PrecinctTally {
    /// Its number.
    pub precinct: u32,
    /// Its name, if it has one.
    pub name: Option<String>,
    /// `folded`, `attested by` so many, or `claimed`; none when nothing is known.
    pub grade: Option<String>,
    /// How many of its members signed the same, at most 16.
    pub attestations: usize,
    /// How many dispute it, at most 4.
    pub disputed: usize,
    /// How many of its returns the chair struck.
    pub struck: usize,
    /// Of how many ops it speaks; none when nothing is known.
    pub version: Option<u64>,
    /// What its ballots add up to; not there when nothing is known.
    #[serde(flatten)]
    pub sums: Option<Sums>,
}

impl Sums {
    /// Those of a return, with the names of the poll's options.
    #[must_use]
    pub fn new(total: &Return, genesis: &Genesis) -> Self {
        let options = genesis.options().iter().zip(&total.counts);
        Self {
            options: options
                .map(|(name, &count)| OptionCount {
                    name: name.clone(),
                    count,
                })
                .collect(),
            ballots: total.ballots,
            counted: total.counted,
            revoked: total.revoked,
            spoiled: total.spoiled,
        }
    }
}

/// What the chair struck, in the order of the chair's log.
pub fn strikes(replica: &Replica) -> impl Iterator<Item = &StrikeReturn> {
    replica.log().filter_map(|op| match &**op {
        Op::StrikeReturn(strike) => Some(&**strike),
        _ => None,
    })
}

impl StruckReturn {
    /// What the chair's log says.
    #[must_use]
    pub fn new(strike: &StrikeReturn, genesis: &Genesis) -> Self {
        Self {
            precinct: number(strike.precinct),
            return_id: strike.return_id.to_string(),
            reason: strike.reason.clone(),
            name: genesis.precincts().name(strike.precinct).map(str::to_owned),
        }
    }
}

impl PrecinctTally {
    /// What the canvass says of one.
    #[must_use]
    pub fn new(part: &Part, genesis: &Genesis) -> Self {
        let shown = part.shown.as_ref();
        let name = genesis.precincts().name(part.precinct);
        Self {
            precinct: number(part.precinct),
            name: name.map(str::to_owned),
            grade: shown.map(|shown| grade_in_words(shown.grade)),
            attestations: shown.map_or(0, |shown| shown.attestations),
            disputed: shown.map_or(0, |shown| shown.disputes),
            struck: part.struck,
            version: shown.map(|shown| shown.version),
            sums: shown.map(|shown| Sums::new(&shown.total, genesis)),
        }
    }
}

/// A grade, as it is printed.
#[must_use]
pub fn grade_in_words(grade: Grade) -> String {
    match grade {
        Grade::Claimed => "claimed".to_owned(),
        Grade::Attested(members) => format!("attested by {members}"),
        Grade::Folded => "folded".to_owned(),
    }
}

impl fmt::Display for Sums {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            ballots,
            counted,
            revoked,
            spoiled,
            ..
        } = self;
        write!(
            f,
            "{counted} counted of {ballots} ballots, {revoked} revoked, {spoiled} spoiled"
        )
    }
}

impl fmt::Display for Tallied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} ({})\n", self.title, self.status)?;
        for option in &self.total.options {
            writeln!(f, "{:>8}  {}", option.count, option.name)?;
        }
        writeln!(f, "\n{}", self.total)?;
        if let Some(canvass) = &self.canvass {
            write!(f, "{canvass}")?;
        }
        let Self {
            replicas, agreeing, ..
        } = self;
        match replicas {
            1 => writeln!(f, "no other replica is there to agree or disagree")?,
            _ if agreeing < replicas => writeln!(
                f,
                "REPLICAS DISAGREE: {agreeing} of {replicas} hold what is counted here, this one among them; the others hold other \
                 ballots, or are behind"
            )?,
            _ => writeln!(f, "all {replicas} replicas in reach hold the same ballots")?,
        }
        writeln!(f, "state  {}   ({})", self.state_hash, self.result_code)
    }
}

impl fmt::Display for Canvass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let grade = self.grade.as_deref().unwrap_or("nothing is known");
        let known = self.precincts.len() - self.missing.len();
        writeln!(
            f,
            "grade: {grade}; {known} of {} precincts are in it\n",
            self.precincts.len()
        )?;
        for precinct in &self.precincts {
            writeln!(f, "{precinct}")?;
        }
        for struck in &self.strikes {
            writeln!(f, "{struck}")?;
        }
        writeln!(f, "\nballots held of precinct {}", self.precinct)
    }
}

impl fmt::Display for StruckReturn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "struck by the chair: {:>3}", self.precinct)?;
        if let Some(name) = &self.name {
            write!(f, "  {name}")?;
        }
        write!(f, "  {}   (return {})", self.reason, self.return_id)
    }
}

impl fmt::Display for PrecinctTally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:>6}", self.precinct)?;
        if let Some(name) = &self.name {
            write!(f, "  {name}")?;
        }
        match (&self.sums, self.version, &self.grade) {
            (Some(sums), Some(version), Some(grade)) => {
                let counts = sums.options.iter();
                let counts = counts.map(|option| format!("{} {}", option.name, option.count));
                let counts = counts.collect::<Vec<_>>().join(", ");
                write!(f, "  {grade}: {counts}; {sums}; version {version}")?;
            }
            _ if self.struck > 0 => {
                return write!(
                    f,
                    "  struck: a return of it was struck by the chair, and nothing else is known of it"
                );
            }
            _ => write!(f, "  missing: nothing is known of it")?,
        }
        if self.attestations > 0 {
            write!(f, "; signed by {}", self.attestations)?;
        }
        if self.disputed > 0 {
            write!(f, "; disputed by {}", self.disputed)?;
        }
        if self.struck > 0 {
            write!(f, "; {} struck", self.struck)?;
        }
        Ok(())
    }
}
