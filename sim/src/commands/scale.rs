//! `scale`: one op in a large group.

use election_core::time::Millis;
use election_sim::network::latency::Latency;
use election_sim::network::loss::Loss;
use election_sim::pair::Who;
use election_sim::swarm::log::Log;

use super::measure::{Measures, measure, settings};
use super::table::{Table, percent};
use super::{Failure, Verdict, print};
use crate::arguments;

/// How long a packet is under way. With gossip's tick a round is 100 ms.
const LATENCY: Latency = Latency::Constant(Millis(50));

/// Runs it: a list of [`Measures`].
///
/// # Errors
/// [`Failure`]
pub fn scale(arguments: &arguments::Scale, json: bool) -> Result<Verdict, Failure> {
    let losses = match arguments.loss {
        Some(loss) => vec![loss],
        None => vec![Loss::None, Loss::Even(0.2)],
    };
    let mut table = Table::new(&Measures::HEAD);
    let (mut list, mut converged) = (Vec::new(), true);
    for loss in losses {
        let replicas = arguments.replicas;
        let mut settings = settings(Who::Gossip, replicas, 1, LATENCY, loss);
        settings.seed = arguments.seed.seed;
        let what = format!("{replicas} replicas, loss {}", percent(loss.share()));
        let (measures, coverage) = measure(&settings, &mut Log::default(), &what);
        converged &= coverage.converged;
        table.row(measures.cells());
        list.push(measures);
    }
    print(&list, &table, json)?;
    Ok(Verdict::fine_if(converged))
}
