//! What takes part in a simulation: a state machine without I/O, behind one trait.

use election_core::time::Millis;
use election_core::wire::relay::Handle;

/// One of the relay's rooms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Room(pub u16);

/// A process: the tab that the product ships, a node of the broadcast family, or an attacker.
/// Mutate, drain [`Process::next_output`], mutate again.
pub trait Process {
    /// What travels between processes. Cloned for every copy that is sent, so cloning must be cheap
    /// (an `Rc`).
    type Packet: Clone;
    /// What a checker wants to hear of: a delivery, an op that was made, a vote that was refused.
    type Note;

    /// A packet's size in bytes, as the relay counts it.
    fn size(packet: &Self::Packet) -> usize;
    /// The room that it is in whenever it is connected at all. Others it [enters](Output::Enter) by
    /// itself.
    fn home(&self) -> Room {
        Room(0)
    }
    /// It is in that room now, which has so many members, this one included.
    fn connected(&mut self, _room: Room, _size: u32, _now: Millis) {}
    /// It is no longer in that room.
    fn disconnected(&mut self, _room: Room, _now: Millis) {}
    /// That room has another size.
    fn resized(&mut self, _room: Room, _size: u32, _now: Millis) {}
    /// The relay says that the target of a reply is not in that room any more.
    fn gone(&mut self, _room: Room, _target: Handle, _now: Millis) {}
    /// A packet came in that room; answers go to the handle.
    fn receive(&mut self, room: Room, from: Handle, packet: Self::Packet, now: Millis);
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
    Spread(Room, u8, P),
    /// The relay's REPLY: to that connection of the room.
    Reply(Room, Handle, P),
    /// Come into that room too, for as long as it is in its home.
    Enter(Room),
    /// Leave that room.
    Leave(Room),
    /// Leave all rooms and come back at once, under other handles.
    ComeAnew,
    /// Tell the checkers.
    Note(N),
}
