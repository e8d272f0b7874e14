//! What tabs show of each other's precincts, against what these show themselves.

use std::collections::{BTreeMap, BTreeSet};

use election_core::board::Grade;
use election_core::board::canvassed::Part;
use election_core::ids::{PrecinctId, ReplicaId};
use election_core::time::Millis;

use super::{Judge, shown, tab_of};
use crate::check::Violation;
use crate::product::member::Member;
use crate::product::tab::Tab;
use crate::swarm::mark::Mark;
use crate::world::World;

/// Members dispute what they cannot reproduce within 45 s, and what they say is everywhere soon
/// after.
const DISPUTED: Millis = Millis(60_000);

/// What is shown of a precinct of which nothing is shown.
const NOTHING: &str = "nothing";

impl Judge<'_> {
    /// The precincts of which something can be expected: somebody is there to say what is so. Where
    /// something was said that is not so, or is not so any more, there are two who hold ballots,
    /// because whoever is alone, or has nothing, cannot know whether there are more. Whose disk lost
    /// ballots of attackers, which nobody brings again, cannot take back what they signed of them.
    fn expected(&self, world: &World<Member>) -> BTreeSet<usize> {
        let is_lost = !self.plan.dead.is_empty() || !self.lossy.is_empty();
        let may_differ = self.has_liars() || is_lost;
        let mut witnesses = vec![0; usize::from(self.plan.precincts())];
        for (member, tab) in self.living_tabs(world) {
            if !may_differ || tab.replica().ballots().next().is_some() {
                witnesses[self.plan.precinct(member)] += 1;
            }
        }
        let least = 1 + usize::from(may_differ);
        let all = witnesses.into_iter().enumerate();
        all.filter(|(_, witnesses)| *witnesses >= least)
            .map(|(precinct, _)| precinct)
            .filter(|precinct| !(self.lossy.contains(precinct) && self.has_liars()))
            .filter(|precinct| self.is_of_one_mind(world, *precinct))
            .collect()
    }

    pub(super) fn living_tabs<'w>(
        &self,
        world: &'w World<Member>,
    ) -> impl Iterator<Item = (usize, &'w Tab)> {
        let all = self.living.iter();
        all.filter_map(|member| Some((*member, tab_of(world, *member)?)))
    }

    /// The first tab that does not show of a precinct what those show who hold it.
    pub(super) fn board_differs(&self, world: &World<Member>) -> Option<Violation> {
        if self.plan.precincts() == 1 {
            return None;
        }
        let boards: Vec<_> = self
            .living_tabs(world)
            .map(|(member, tab)| (member, tab.replica().id(), shown(tab)))
            .collect();
        self.expected(world).into_iter().find_map(|precinct| {
            let own = boards
                .iter()
                .find(|(member, ..)| self.plan.precinct(*member) == precinct);
            let expected =
                own.map(|(.., board)| board.as_ref().map(|board| said(&board.parts[precinct])));
            let expected = expected?.unwrap_or_default();
            // Whoever is gone still has said what was so before what is struck.
            if expected.starts_with(NOTHING) && (self.has_liars() || !self.plan.dead.is_empty()) {
                return None;
            }
            boards.iter().find_map(|(_, replica, board)| {
                let shown = board.as_ref().map(|board| said(&board.parts[precinct]));
                let shown = shown.unwrap_or_default();
                (shown != expected).then(|| Violation::BoardDiffers {
                    replica: *replica,
                    precinct: PrecinctId(precinct as u16),
                    shown,
                    expected: expected.clone(),
                })
            })
        })
    }

    /// Looks at what all show while it comes to agree.
    pub(super) fn judge_boards(&mut self, world: &World<Member>) {
        if self.plan.precincts() == 1 {
            return;
        }
        let settled = self
            .healed_at
            .is_some_and(|at| world.now() - at >= DISPUTED);
        let expected = self.expected(world);
        let mut marks = BTreeSet::new();
        let mut found = None;
        for (member, tab) in self.living_tabs(world) {
            let Some(board) = tab.tab().council().and_then(|council| council.board()) else {
                continue;
            };
            for (precinct, part) in board.total().parts.iter().enumerate() {
                if part.struck > 0 {
                    marks.insert(Mark::Struck);
                }
                let Some(shown) = part
                    .shown
                    .as_ref()
                    .filter(|_| self.plan.precinct(member) != precinct)
                else {
                    continue;
                };
                let claims = board.claims(part.precinct);
                let honest = |claim: &election_core::board::Claim| {
                    let signed = claim.attestations().as_slice().iter();
                    signed
                        .map(|one| one.key())
                        .any(|key| self.honest_voters[precinct].contains(&key))
                };
                if claims.iter().any(|claim| !honest(claim))
                    && self.plan.honest() < self.plan.members
                {
                    marks.insert(Mark::FalseClaimSeen);
                }
                if let Grade::Attested(_) = shown.grade {
                    marks.insert(Mark::Attested);
                    let by_liars = claims.first().is_some_and(|claim| !honest(claim));
                    // Tabs that were doubled are no liars.
                    if by_liars
                        && settled
                        && expected.contains(&precinct)
                        && self.doubled.is_empty()
                    {
                        found.get_or_insert(Violation::LiarsAttested {
                            replica: tab.replica().id(),
                            precinct: part.precinct,
                        });
                    }
                }
            }
        }
        self.marks.append(&mut marks);
        self.first = self.first.take().or(found);
    }
}

impl Judge<'_> {
    /// Looks whom all take for their peers: nobody whose room is another one, whatever a relay says
    /// again there. Attackers take the names of others.
    pub(super) fn judge_peers(&mut self, world: &mut World<Member>) {
        let plan = self.plan;
        if plan.precincts() == 1 || plan.honest() < plan.members {
            return;
        }
        let homes = self.living_tabs(world);
        let homes = homes.map(|(member, tab)| (tab.replica().id(), plan.precinct(member)));
        let homes: BTreeMap<ReplicaId, usize> = homes.collect();
        for member in self.living.clone() {
            let Some(tab) = world.process_mut(member).tab_mut() else {
                continue;
            };
            let replica = tab.replica().id();
            let peers = tab.replica_mut().peers();
            let is_elsewhere = |peer: &ReplicaId| {
                let home = homes.get(peer);
                home.is_some_and(|home| *home != plan.precinct(member))
            };
            let mut peers = peers.into_iter().map(|peer| peer.replica);
            if let Some(peer) = peers.find(is_elsewhere) {
                let elsewhere = Violation::PeerElsewhere { replica, peer };
                self.first.get_or_insert(elsewhere);
            }
        }
    }
}

/// What is shown of a precinct, without how far it can be trusted.
fn said(part: &Part) -> String {
    match &part.shown {
        Some(shown) => format!("{:?}, {} struck", shown.total, part.struck),
        None => format!("{NOTHING}, {} struck", part.struck),
    }
}
