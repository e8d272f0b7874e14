//! What the screens see of a poll's precincts.

use std::iter;
use std::rc::Rc;

use election_core::ids::PrecinctId;
use election_core::replica::Replica;
use election_core::replica::audit::Audit;

use super::Running;
use super::on_board::OnBoard;
use crate::engine::snapshot::{AuditView, Canvassing, Held, InsideCanvass};

/// `None` in a poll without precincts, and before its definition is here.
pub(super) fn canvassing(running: &mut Running) -> Option<Canvassing> {
    let tab = &running.tab;
    let council = tab.council()?;
    let board = council.board()?;
    let on_board = running.on_board.get_or_insert_with(|| OnBoard::look(board));
    Some(Canvassing {
        canvassed: Rc::clone(&on_board.canvassed),
        returns: Rc::clone(&on_board.returns),
        council: council.room().map(|room| room.saturating_sub(1)),
        audits: tab.audits().map(audit_view).collect(),
    })
}

fn audit_view(audit: &Audit) -> AuditView {
    let replica = audit.replica();
    AuditView {
        precinct: audit.precinct(),
        complete: audit.is_complete(),
        ballots: replica.ballots().count() as u64,
        syncing: replica.syncing(),
        others: replica.room().map(|room| room.saturating_sub(1)),
    }
}

/// `None` where [`canvassing`] is.
pub(super) fn inside(running: &Running) -> Option<InsideCanvass> {
    let council = running.tab.council()?;
    let board = council.board()?;
    let audits = running.tab.audits().map(Audit::replica);
    let held_here = iter::once(running.tab.replica()).chain(audits);
    let mut inside = InsideCanvass {
        held: held_here.filter_map(held).collect(),
        claims: 0,
        attestations: 0,
        disputes: 0,
        queued: council.waiting(),
        counters: board.counters(),
        council: council.stats(),
    };
    for precinct in (0..board.rules().precincts).map(PrecinctId) {
        for claim in board.claims(precinct) {
            inside.claims += 1;
            inside.attestations += claim.attestations().as_slice().len();
            inside.disputes += board.disputes(precinct, claim.statement().state()).count();
        }
    }
    Some(inside)
}

fn held(replica: &Replica) -> Option<Held> {
    Some(Held {
        precinct: replica.precinct()?,
        ops: replica.ops(),
        ballots: replica.ballots().count() as u64,
    })
}
