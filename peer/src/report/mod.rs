//! What the commands print on standard output: a JSON document whose fields are a contract, or readable text. What `tally`
//! prints is in `tally`.

mod tally;

use std::fmt;
use std::io::{self, Write};

use serde::Serialize;

use crate::error::Failure;
pub use tally::{Canvass, PrecinctTally, StruckReturn, Sums, Tallied, grade_in_words};

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
    /// For the voters of each precinct, if precincts have names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub precinct_links: Option<Vec<PrecinctLink>>,
}

/// The link of one precinct.
#[derive(Debug, Serialize)]
pub struct PrecinctLink {
    /// Its number, from 1.
    pub precinct: u32,
    /// Its name.
    pub name: String,
    /// For its voters.
    pub link: String,
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
    /// The voter's precinct, from 1, in a poll that has them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub precinct: Option<u32>,
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

/// What `strike` prints.
#[derive(Debug, Serialize)]
pub struct Struck {
    /// The log entry's id.
    pub strike: String,
    /// Of which precinct, from 1.
    pub precinct: u32,
    /// The return that was struck.
    pub return_id: String,
    /// Of how many ops that spoke.
    pub version: u64,
    /// Why.
    pub reason: String,
    /// How many other replicas in this one's own precinct say that they have it.
    pub seen_by: usize,
    /// What is shown of that precinct from now on, which may be an older claim; none until it returns other ballots.
    pub now: Option<PrecinctTally>,
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
        for PrecinctLink {
            precinct,
            name,
            link,
        } in self.precinct_links.iter().flatten()
        {
            writeln!(f, "{precinct:>4}  {name}  {link}")?;
        }
        write!(f, "link        {}", self.link)?;
        if self.precinct_links.is_some() {
            let words = "without a precinct: whoever opens it is put into one by their key";
            write!(f, "   ({words})")?;
        }
        writeln!(
            f,
            "\nchair link  {}   (for the chair alone)",
            self.chair_link
        )
    }
}

impl fmt::Display for Voted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "ballot   {}", self.ballot)?;
        writeln!(f, "voter    {}", self.voter)?;
        writeln!(f, "seq      {}", self.seq)?;
        writeln!(f, "seen by  {} other(s)", self.seen_by)?;
        if let Some(precinct) = self.precinct {
            writeln!(f, "precinct {precinct}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Revoked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "revocation  {}", self.revocation)?;
        writeln!(f, "ballot      {}", self.ballot)?;
        writeln!(f, "reason      {}", self.reason)?;
        writeln!(f, "seen by     {}", seen_by(self.seen_by))
    }
}

impl fmt::Display for Struck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "strike    {}", self.strike)?;
        writeln!(f, "precinct  {}", self.precinct)?;
        writeln!(f, "return    {}, version {}", self.return_id, self.version)?;
        writeln!(f, "reason    {}", self.reason)?;
        writeln!(f, "seen by   {}", seen_by(self.seen_by))?;
        match &self.now {
            Some(now) => writeln!(
                f,
                "now       {}: strike it too if it is wrong",
                now.to_string().trim_start()
            ),
            None => writeln!(
                f,
                "now       nothing is shown of it, until it returns other ballots"
            ),
        }
    }
}

/// Who has an entry of the chair's log. Nothing is printed until somebody does.
fn seen_by(others: usize) -> String {
    match others {
        0 => "the precincts' council".to_owned(),
        others => format!("{others} other(s)"),
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
