//! Peers that proved to be replicas of the poll: they brought a valid op that was lacking here, or
//! had one of this replica's own.
//!
//! A room is a crowd that anybody with the link can make, and random choices among silent
//! connections reach nobody. So what is spread goes partly to these. To have said something is no
//! proof: whoever hears a digest can say the same one. Half of the places belong to those who were
//! known longest, who yield only to silence, so that nobody who comes later, and makes up as many
//! voters as it takes, has all of them.

use rand_core::Rng;

use crate::time::Millis;
use crate::wire::relay::Handle;

/// How many are remembered.
pub(crate) const PLACES: usize = 16;
/// So many of them, who were known longest, keep their places.
const TENURED: usize = PLACES / 2;

#[derive(Debug, Clone, Copy)]
struct Known {
    handle: Handle,
    /// When anything of it came last.
    received: Millis,
    /// When it last brought something.
    brought: Millis,
}

/// See the [module](self).
#[derive(Debug, Default)]
pub(crate) struct Proven {
    /// Those who were known longest come first.
    known: Vec<Known>,
}

impl Proven {
    /// A frame of that connection came.
    pub(crate) fn receive(&mut self, from: Handle, now: Millis) {
        if let Some(known) = self.known.iter_mut().find(|known| known.handle == from) {
            known.received = now;
        }
    }

    /// That connection brought something.
    pub(crate) fn prove(&mut self, from: Handle, now: Millis) {
        if let Some(known) = self.known.iter_mut().find(|known| known.handle == from) {
            known.received = now;
            known.brought = now;
            return;
        }
        if self.known.len() >= PLACES {
            let late = self.known.iter().enumerate().skip(TENURED);
            let idlest = late.min_by_key(|(_, known)| known.brought);
            idlest.map(|(at, _)| at).map(|at| self.known.remove(at));
        }
        self.known.push(Known {
            handle: from,
            received: now,
            brought: now,
        });
    }

    /// Forgets those who were silent for too long.
    pub(crate) fn forget_silent(&mut self, silence: Millis, now: Millis) {
        self.known.retain(|known| now - known.received < silence);
    }

    /// Forgets a connection that is gone.
    pub(crate) fn forget(&mut self, handle: Handle) {
        self.known.retain(|known| known.handle != handle);
    }

    /// Whether that connection is one of them.
    pub(crate) fn has(&self, handle: Handle) -> bool {
        self.iter().any(|proven| proven == handle)
    }

    /// Who they are.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Handle> {
        self.known.iter().map(|known| known.handle)
    }

    /// So many of them at random, or all if they are fewer.
    pub(crate) fn some(&self, count: usize, random: &mut impl Rng) -> Vec<Handle> {
        let mut handles: Vec<Handle> = self.iter().collect();
        while handles.len() > count {
            // In 64 bits, so that wasm chooses the same.
            let out = (random.next_u64() % handles.len() as u64) as usize;
            handles.swap_remove(out);
        }
        handles
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_the_places_yield_only_to_silence() {
        let mut proven = Proven::default();
        let at = |second: u64| Millis(1_000 * second);
        for peer in 0..1_000 {
            proven.prove(Handle(peer), at(peer));
        }
        let handles = |proven: &Proven| proven.iter().map(|handle| handle.0).collect::<Vec<_>>();
        let latest = 1_000 - PLACES as u64 + TENURED as u64;
        let expected: Vec<_> = (0..TENURED as u64).chain(latest..1_000).collect();
        assert_eq!(handles(&proven), expected);
        // One of the late ones brings something again, and stays.
        proven.prove(Handle(latest), at(1_000));
        proven.prove(Handle(5_000), at(1_001));
        assert!(handles(&proven).contains(&latest));
        assert!(!handles(&proven).contains(&(latest + 1)));
        // Of the first, two are heard of now and then.
        for second in 0..3 {
            proven.receive(Handle(0), at(900 + 100 * second));
            proven.receive(Handle(7), at(900 + 100 * second));
        }
        proven.forget_silent(Millis(150_000), at(1_002));
        assert_eq!(handles(&proven)[..2], [0, 7]);
        assert_eq!(handles(&proven).len(), 2 + PLACES - TENURED);
        assert!(!handles(&proven).contains(&1));
    }
}
