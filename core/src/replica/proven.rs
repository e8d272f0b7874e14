//! Peers that proved to be replicas of the poll: they brought a valid op that was lacking here, or had one of this replica's
//! own.
//!
//! A room is a crowd that anybody with the link can make, and random choices among silent connections reach nobody. So what
//! is spread goes partly to these. To have said something is no proof: whoever hears a digest can say the same one. Half of
//! the places belong to those who were known longest, who yield only to silence, so that nobody who comes later, and makes up
//! as many voters as it takes, has all of them.

use rand_core::Rng;

use super::peers::SILENCE;
use crate::time::Millis;
use crate::wire::relay::Handle;

/// How many are remembered.
pub const PLACES: usize = 16;
/// So many of them, who were known longest, keep their places.
const TENURED: usize = PLACES / 2;

#[derive(Debug, Clone, Copy)]
struct Place {
    handle: Handle,
    /// When anything of it was heard last.
    heard: Millis,
    /// When it last brought something.
    brought: Millis,
}

/// See the [module](self).
#[derive(Debug, Default)]
pub struct Proven {
    /// Those who were known longest come first.
    places: Vec<Place>,
}

impl Proven {
    /// A frame of that connection came.
    pub fn heard(&mut self, from: Handle, now: Millis) {
        if let Some(place) = self.places.iter_mut().find(|place| place.handle == from) {
            place.heard = now;
        }
    }

    /// That connection brought something.
    pub fn prove(&mut self, from: Handle, now: Millis) {
        if let Some(place) = self.places.iter_mut().find(|place| place.handle == from) {
            place.heard = now;
            place.brought = now;
            return;
        }
        if self.places.len() >= PLACES {
            let late = self.places.iter().enumerate().skip(TENURED);
            let idlest = late.min_by_key(|(_, place)| place.brought);
            idlest.map(|(at, _)| at).map(|at| self.places.remove(at));
        }
        self.places.push(Place {
            handle: from,
            heard: now,
            brought: now,
        });
    }

    /// Forgets those who were silent for too long.
    pub fn forget_silent(&mut self, now: Millis) {
        self.places.retain(|place| now - place.heard < SILENCE);
    }

    /// Forgets a connection that is gone.
    pub fn forget(&mut self, handle: Handle) {
        self.places.retain(|place| place.handle != handle);
    }

    /// Whether that connection is one of them.
    pub fn has(&self, handle: Handle) -> bool {
        self.iter().any(|proven| proven == handle)
    }

    /// Who they are.
    pub fn iter(&self) -> impl Iterator<Item = Handle> {
        self.places.iter().map(|place| place.handle)
    }

    /// So many of them at random, or all if they are fewer.
    pub fn some(&self, count: usize, random: &mut impl Rng) -> Vec<Handle> {
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
            proven.heard(Handle(0), at(900 + 100 * second));
            proven.heard(Handle(7), at(900 + 100 * second));
        }
        proven.forget_silent(at(1_002));
        assert_eq!(handles(&proven)[..2], [0, 7]);
        assert_eq!(handles(&proven).len(), 2 + PLACES - TENURED);
        assert!(!handles(&proven).contains(&1));
    }
}
