//! The textbook: every other way of doing what the replica of Election Voter does, in the
//! textbooks' own variables, to be compared with. No shell links any of it. The simulator runs it,
//! and the tests of the product judge by it.
//!
//! What the product runs on is in `election_core`, and named here where it belongs.
//!
//! # The shelf: [`crdt`]
//!
//! Every member is tested beside its code, by the laws of a join-semilattice (`laws_of!`).
//!
//! | algorithm | source | cannot |
//! | --- | --- | --- |
//! | [vector clock](crdt::vector_clock) | Lamport 1978; Fidge 1988; Mattern 1988 | order what is concurrent, forget an actor |
//! | [G-Counter](crdt::g_counter) | Shapiro et al. 2011, specification 6 | take anything back |
//! | [PN-Counter](crdt::pn_counter) | the same, 7 | say what was taken away, stop at zero |
//! | [G-Set](crdt::g_set) | the same, 11 | take anything out |
//! | [2P-Set](crdt::two_phase_set) | the same, 12 | add again, remove what is not here yet |
//! | [removals](crdt::Removals), the product's | the same, 12: its removed half | undo, judge who may remove |
//! | [register](crdt::Register), the product's | the same, 8, with one writer and proof of two | choose between two entries of one number |
//!
//! # One poll on each of them: [`boxes`]
//!
//! Tested by `boxes/tests.rs` (small elections, and what each box makes of them) and
//! `tests/boxes.rs` (the last against the product's own count).
//!
//! | ballot box | on | cannot |
//! | --- | --- | --- |
//! | [`GCounterBox`](boxes::GCounterBox) | a G-Counter an option | revoke, know a ballot or a voter from another |
//! | [`PnCounterBox`](boxes::PnCounterBox) | a PN-Counter an option | say of whom or by whom it was revoked |
//! | [`GSetBox`](boxes::GSetBox) | a G-Set of ballots | revoke, replace a voter's ballot |
//! | [`TwoPhaseSetBox`](boxes::TwoPhaseSetBox) | the chair's 2P-Set of ballots | replace a voter's ballot without the chair |
//! | [`RegisterBox`](boxes::RegisterBox) | a register a voter, and removals: the product's | keep a ballot secret from who counts it |
//!
//! # Broadcast: [`broadcast`]
//!
//! *Who gets a message*, tested beside the code:
//!
//! | algorithm | source | cannot |
//! | --- | --- | --- |
//! | [eager](broadcast::eager) | Cachin et al. 2011, algorithm 3.3 | do with fewer than n² copies |
//! | [gossip](election_core::broadcast::gossip), the product's | Demers et al. 1987, rumor mongering | reach everybody without anti-entropy |
//!
//! *When it is delivered*, tested beside the code, by `tests/broadcast_orders.rs` (random histories
//! against a plain model) and by `tests/model_orders.rs` (all that can happen to three messages at
//! three replicas):
//!
//! | algorithm | source | cannot |
//! | --- | --- | --- |
//! | [unordered](broadcast::unordered) | Cachin et al. 2011, module 3.2 | promise any order |
//! | [FIFO](broadcast::fifo) | the same, algorithm 3.12; Kleppmann's lecture notes, chapter 4 | order across senders |
//! | [causal, by names](broadcast::causal_named), the product's with a sending half | Schwarz, Mattern 1994, section 2 | order what is not named |
//! | [causal, by clocks](broadcast::causal_clock) | Birman, Schiper, Stephenson 1991, section 5.1; Cachin et al., algorithm 3.15 | tell what a sender meant from what it merely saw |
//! | [total, by a leader](broadcast::total_by_leader) | Défago, Schiper, Urbán 2004, section 4.1; Cachin et al., section 5.3.1 | keep the order when leaders change |
//! | [total, by Lamport clocks](broadcast::total_by_lamport) | Lamport 1978; Défago, Schiper, Urbán 2004, section 4.4 | go on when a member is silent |
//!
//! [`broadcast::node`] runs any pair of the two, with an anti-entropy of version vectors with
//! exceptions ([`broadcast::archive`]; Terry et al. 1995; Malkhi, Terry 2005).
//! `tests/broadcast_pairs.rs` runs every pair on a network that loses, duplicates and reorders, the
//! simulator runs every pair under all that can go wrong.

pub mod boxes;
pub mod broadcast;
pub mod crdt;
