//! What takes part in a simulation: a state machine without I/O, behind one trait.

use election_core::time::Millis;
use election_core::wire::relay::Handle;

/// A process: the product's replica, a node of the broadcast family, or an attacker. Mutate, drain
/// [`Process::next_output`], mutate again.
pub trait Process {
    /// What travels between processes. Cloned for every copy that is sent, so cloning must be cheap (an `Rc`).
    type Packet: Clone;
    /// What a checker wants to hear of: a delivery, an op that was made, a vote that was refused.
    type Note;

    /// A packet's size in bytes, as the relay counts it.
    fn size(packet: &Self::Packet) -> usize;
    /// It is in the room now, which has that many members, this one included.
    fn connected(&mut self, _room: u32, _now: Millis) {}
    /// It is no longer in the room.
    fn disconnected(&mut self, _now: Millis) {}
    /// The room has another size.
    fn room(&mut self, _size: u32, _now: Millis) {}
    /// The relay says that the target of a reply is not in the room any more.
    fn gone(&mut self, _target: Handle, _now: Millis) {}
    /// A packet came; answers go to the handle.
    fn receive(&mut self, from: Handle, packet: Self::Packet, now: Millis);
    /// A deadline has come, or may have.
    fn wake(&mut self, now: Millis);
    /// When [`Process::wake`] is due; `None`: never, until another call.
    fn next_deadline(&self) -> Option<Millis>;
    /// The next thing that it wants done.
    fn next_output(&mut self) -> Option<Output<Self::Packet, Self::Note>>;
}

/// What a process wants done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output<P, N> {
    /// The relay's SPREAD: to that many random others of the room; 255 means all.
    Spread(u8, P),
    /// The relay's REPLY: to that connection.
    Reply(Handle, P),
    /// Tell the checkers.
    Note(N),
}
