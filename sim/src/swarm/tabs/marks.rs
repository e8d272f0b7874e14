//! What rare things a run of tabs went through.

use election_core::poll::close::Status;
use election_core::poll::op::Op;
use election_core::poll::verdict::Verdict;
use election_core::replica::Replica;

use super::{Judge, tab_of};
use crate::product::member::Member;
use crate::product::tab::Tab;
use crate::swarm::mark::Mark;
use crate::swarm::stage::{self, Course};
use crate::world::World;

/// So many ops do not come in one frame.
const LARGE: u64 = 600;

impl Judge<'_> {
    pub(super) fn look_back(&mut self, world: &mut World<Member>, course: &Course) {
        let mut marks = stage::marks(self.plan, world, course);
        let living = self
            .living
            .iter()
            .filter_map(|member| tab_of(world, *member));
        let most = living.map(|tab| tab.replica().ops()).max().unwrap_or(0);
        for member in self.living.clone() {
            let Some(replica) = tab_of(world, member).map(Tab::replica) else {
                continue;
            };
            let stats = replica.stats();
            let council = tab_of(world, member).and_then(|tab| tab.tab().council());
            let council = council.map(|council| council.stats()).unwrap_or_default();
            let is_newer = self.plan.newer.contains(&member);
            let came_late = self.plan.latecomers.contains(&member);
            let met = [
                (stats.syncs > 0, Mark::Compared),
                (stats.syncs_failed > 0, Mark::ComparisonFailed),
                (stats.bad_signatures > 0, Mark::ForgeryRefused),
                (stats.malformed > 0, Mark::NonsenseRefused),
                (replica.log().next().is_some(), Mark::Revoked),
                (
                    member > 0 && stats.syncs > 0 && replica.ops() > LARGE,
                    Mark::LargePoll,
                ),
                (has_barred(replica), Mark::Barred),
                (replica.status() == Status::Closed, Mark::Closed),
                (is_open_again(replica), Mark::Reopened),
                (has_two_of_one_place(replica), Mark::TwoChairs),
                (stats.held_dropped > 0, Mark::Crowded),
                (stats.foreign > 0, Mark::ForeignRefused),
                (council.disputed > 0, Mark::Disputed),
                (
                    !is_newer && !self.plan.newer.is_empty() && replica.unknown_ops() > 0,
                    Mark::NewerVersion,
                ),
                (
                    came_late && most > 0 && replica.ops() == most,
                    Mark::LatecomerCaughtUp,
                ),
            ];
            marks.extend(met.iter().filter(|(met, _)| *met).map(|(_, mark)| *mark));
        }
        let has_several = self.plan.precincts() > 1 && most > 0;
        if has_several && self.first.is_none() && self.board_differs(world).is_none() {
            marks.insert(Mark::PrecinctsAgreed);
        }
        self.marks.append(&mut marks);
        self.look_at_room(world);
    }
}

/// Whether a ballot is here of a voter whom the chair barred.
fn has_barred(replica: &Replica) -> bool {
    let mut ballots = replica.ballots();
    ballots.any(|(.., verdict)| matches!(verdict, Verdict::Barred { .. }))
}

/// Whether the poll was closed, and is open.
fn is_open_again(replica: &Replica) -> bool {
    let was_closed = replica.log().any(|op| matches!(**op, Op::Close(_)));
    was_closed && replica.status() == Status::Open
}

/// Whether two entries of the chair's log have one index: each was made without the other.
fn has_two_of_one_place(replica: &Replica) -> bool {
    let places: Vec<_> = replica.log().map(|entry| entry.index()).collect();
    places.windows(2).any(|two| two[0] == two[1])
}
