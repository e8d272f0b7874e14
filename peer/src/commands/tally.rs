//! `tally`: fetches the poll and counts.

use data_encoding::HEXLOWER;
use election_core::replica::io::Refusal;

use super::look;
use crate::arguments::{Common, Tally};
use crate::error::Failure;
use crate::report::{self, OptionCount, Tallied};
use crate::session::Session;

pub(super) async fn run(tally: &Tally, common: &Common) -> Result<Session, Failure> {
    let mut session = look(&tally.link, common).await?;
    session.fetch_poll(common.wait).await?;
    session.settle(tally.pace.settle, common.wait).await?;

    let replica = session.replica();
    let total = replica.tally().ok_or(Refusal::NotOpen)?;
    let state_hash = HEXLOWER.encode(&replica.state_hash());
    let genesis = replica.genesis().ok_or(Refusal::NotOpen)?;
    let options = genesis.options().iter().zip(&total.counts);
    let tallied = Tallied {
        poll: replica.poll().to_string(),
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
        state_hash,
        title: genesis.title().to_owned(),
    };
    report::print(&tallied, common.json)?;
    Ok(session)
}
