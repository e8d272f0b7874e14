//! The smallest room that does: a random delay, no loss.

use std::collections::BTreeMap;

use election_core::time::Millis;
use election_core::wire::relay::Handle;

use crate::process::{Output, Process};
use crate::product::Packet;
use crate::product::member::Member;
use crate::product::note::Note;
use crate::random::Random;

pub struct Room {
    pub now: Millis,
    pub members: Vec<Member>,
    pub online: Vec<bool>,
    pub notes: Vec<(usize, Note)>,
    pub sent: u64,
    pub lost_percent: u64,
    random: Random,
    on_the_way: BTreeMap<(Millis, u64), (usize, usize, Packet)>,
    next: u64,
}

impl Room {
    pub fn new(seed: u64) -> Self {
        Self {
            now: Millis(1_000),
            members: Vec::new(),
            online: Vec::new(),
            notes: Vec::new(),
            sent: 0,
            lost_percent: 0,
            random: Random::new(seed),
            on_the_way: BTreeMap::new(),
            next: 0,
        }
    }

    pub fn add(&mut self, member: Member) -> usize {
        self.members.push(member);
        self.online.push(false);
        self.drain(self.members.len() - 1);
        self.members.len() - 1
    }

    fn size(&self) -> u32 {
        self.online.iter().filter(|online| **online).count() as u32
    }

    pub fn connect(&mut self, index: usize) {
        self.set(index, true);
        let (size, now) = (self.size(), self.now);
        self.with(index, |member| member.connected(size, now));
    }

    pub fn disconnect(&mut self, index: usize) {
        self.set(index, false);
        let now = self.now;
        self.with(index, |member| member.disconnected(now));
    }

    fn set(&mut self, index: usize, online: bool) {
        self.online[index] = online;
        let (size, now) = (self.size(), self.now);
        for other in 0..self.members.len() {
            if other != index && self.online[other] {
                self.with(other, |member| member.room(size, now));
            }
        }
    }

    pub fn replace(&mut self, index: usize, change: impl FnOnce(Member, Millis) -> Member) {
        self.disconnect(index);
        let member = self.members.remove(index);
        self.members.insert(index, change(member, self.now));
        self.drain(index);
    }

    pub fn with<T>(&mut self, index: usize, call: impl FnOnce(&mut Member) -> T) -> T {
        let result = call(&mut self.members[index]);
        self.drain(index);
        result
    }

    fn drain(&mut self, index: usize) {
        while let Some(output) = self.members[index].next_output() {
            let mut to: Vec<usize> = (0..self.members.len())
                .filter(|other| *other != index && self.online[*other])
                .collect();
            let packet = match output {
                Output::Note(note) => {
                    self.notes.push((index, note));
                    continue;
                }
                Output::Reply(Handle(handle), packet) => {
                    to.retain(|other| *other as u64 == handle);
                    packet
                }
                Output::Spread(fan_out, packet) => {
                    while to.len() > usize::from(fan_out) {
                        let out = self.random.below(to.len() as u64) as usize;
                        to.swap_remove(out);
                    }
                    packet
                }
            };
            for other in to.into_iter().filter(|_| self.online[index]) {
                self.sent += 1;
                if self.random.below(100) >= self.lost_percent {
                    let at = self.now.after(Millis(self.random.between(1, 40)));
                    self.next += 1;
                    let hop = (index, other, packet.clone());
                    self.on_the_way.insert((at, self.next), hop);
                }
            }
        }
    }

    pub fn run(&mut self, span: u64) {
        let end = self.now.after(Millis(span));
        loop {
            let packet = self.on_the_way.first_key_value().map(|((at, _), _)| *at);
            let due = |index: usize| Some((self.members[index].next_deadline()?, index));
            let wake = (0..self.members.len()).filter_map(due).min();
            let next = packet.into_iter().chain(wake.map(|(at, _)| at)).min();
            let Some(next) = next.filter(|next| *next <= end) else {
                break;
            };
            self.now = self.now.max(next);
            let now = self.now;
            match wake {
                Some((at, index)) if packet.is_none_or(|packet| at < packet) => {
                    self.with(index, |member| member.wake(now));
                    let later = self.members[index].next_deadline();
                    assert!(later.is_none_or(|later| later > at), "it wakes for nothing");
                }
                _ => {
                    let Some((_, (from, to, packet))) = self.on_the_way.pop_first() else {
                        break;
                    };
                    if self.online[to] {
                        let from = Handle(from as u64);
                        self.with(to, |member| member.receive(from, packet, now));
                    }
                }
            }
        }
        self.now = end;
    }
}
