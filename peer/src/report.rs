//! What the commands print on standard output: a JSON document whose fields are a contract, or readable text.

use std::fmt;
use std::io::{self, Write};

use serde::Serialize;

use crate::error::Failure;

/// Prints a result, and nothing before it is whole: one line of JSON, or text.
///
/// # Errors
/// [`Failure::System`] when standard output is closed.
pub fn print(report: &(impl Serialize + fmt::Display), json: bool) -> Result<(), Failure> {
    let write = || -> io::Result<()> {
        let text = if json {
            serde_json::to_string(report)?
        } else {
            report.to_string()
        };
        let mut out = io::stdout().lock();
        writeln!(out, "{}", text.trim_end())?;
        out.flush()
    };
    write().map_err(|error| Failure::System {
        what: "writing the result",
        error,
    })
}

/// What `new` prints. All ids and keys are hexadecimal digits.
#[derive(Debug, Serialize)]
pub struct NewPoll {
    /// The poll's id.
    pub poll: String,
    /// For voters.
    pub link: String,
    /// For the chair alone: whoever has it can revoke.
    pub chair_link: String,
}

/// What `vote` prints.
#[derive(Debug, Serialize)]
pub struct Voted {
    /// The ballot's id.
    pub ballot: String,
    /// The voter's public key.
    pub voter: String,
    /// How many ballots of this voter came before.
    pub seq: u32,
    /// How many other replicas say that they have it.
    pub seen_by: usize,
}

/// What `revoke` prints.
#[derive(Debug, Serialize)]
pub struct Revoked {
    /// The log entry's id.
    pub revocation: String,
    /// The ballot's id.
    pub ballot: String,
    /// Why.
    pub reason: String,
    /// How many other replicas say that they have it.
    pub seen_by: usize,
}

/// What `tally` prints.
#[derive(Debug, Serialize)]
pub struct Tallied {
    /// The poll's id.
    pub poll: String,
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
    /// Equal in replicas that hold the same ops.
    pub state_hash: String,
    /// The question; not part of the JSON.
    #[serde(skip)]
    pub title: String,
}

/// One option's count.
#[derive(Debug, Serialize)]
pub struct OptionCount {
    /// Its name.
    pub name: String,
    /// Ballots that count and mark it.
    pub count: u64,
}

/// What `ballots` prints: a list.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub struct BallotList(pub Vec<ListedBallot>);

/// One ballot.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct ListedBallot {
    /// The ballot's id.
    pub ballot: String,
    /// The voter's public key.
    pub voter: String,
    /// How many ballots of this voter came before.
    pub seq: u32,
    /// The names of the marked options.
    pub choice: Vec<String>,
    /// Whether it counts.
    pub counts: bool,
    /// Why it counts or does not, in plain words.
    pub why: String,
}

impl fmt::Display for NewPoll {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "poll        {}", self.poll)?;
        writeln!(f, "link        {}", self.link)?;
        writeln!(f, "chair link  {}   (for the chair alone)", self.chair_link)
    }
}

impl fmt::Display for Voted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "ballot   {}", self.ballot)?;
        writeln!(f, "voter    {}", self.voter)?;
        writeln!(f, "seq      {}", self.seq)?;
        writeln!(f, "seen by  {} other(s)", self.seen_by)
    }
}

impl fmt::Display for Revoked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "revocation  {}", self.revocation)?;
        writeln!(f, "ballot      {}", self.ballot)?;
        writeln!(f, "reason      {}", self.reason)?;
        writeln!(f, "seen by     {} other(s)", self.seen_by)
    }
}

impl fmt::Display for Tallied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n", self.title)?;
        for option in &self.options {
            writeln!(f, "{:>8}  {}", option.count, option.name)?;
        }
        let Self {
            ballots,
            counted,
            revoked,
            spoiled,
            ..
        } = self;
        writeln!(
            f,
            "\n{counted} counted of {ballots} ballots, {revoked} revoked, {spoiled} spoiled"
        )?;
        writeln!(f, "state  {}", self.state_hash)
    }
}

impl fmt::Display for BallotList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            writeln!(f, "no ballots yet")?;
        }
        for ballot in &self.0 {
            writeln!(f, "{}  {}", ballot.ballot, ballot.choice.join(", "))?;
            writeln!(
                f,
                "    by {}, seq {}: {}",
                ballot.voter, ballot.seq, ballot.why
            )?;
        }
        Ok(())
    }
}
