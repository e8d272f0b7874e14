//! Which ops were delivered where, which of them by push, and how many copies that took.

use std::collections::HashMap;

use election_core::time::Millis;

/// See the [module](self). Ops are known by a number that is as good as random.
pub struct Tracker {
    replicas: usize,
    ops: HashMap<u128, Op>,
    /// One bit for each op and replica: whether push brought it.
    pushed: Vec<u64>,
    /// When push brought something for the last time, or something was made.
    last_pushed: Millis,
    deliveries: u64,
    copies: u64,
}

struct Op {
    place: usize,
    at: Millis,
    delivered: usize,
    everywhere: Option<Millis>,
}

impl Tracker {
    /// Nothing was made yet.
    #[must_use]
    pub fn new(replicas: usize, ops: usize) -> Self {
        Self {
            replicas,
            ops: HashMap::new(),
            pushed: vec![0; (replicas * ops).div_ceil(64)],
            last_pushed: Millis(0),
            deliveries: 0,
            copies: 0,
        }
    }

    /// Deliveries of ops that were made so far, their own maker's among them.
    #[must_use]
    pub fn deliveries(&self) -> u64 {
        self.deliveries
    }

    /// When an op was made, or was news to a replica that it came to, for the last time.
    #[must_use]
    pub fn last_pushed(&self) -> Millis {
        self.last_pushed
    }

    /// The share of replicas that ops came to as news, their makers among them, over all ops that
    /// were made.
    #[must_use]
    pub fn pushed(&self) -> f64 {
        let ones = self.pushed.iter().map(|word| word.count_ones());
        let pushed: u64 = ones.map(u64::from).sum();
        pushed as f64 / self.most_deliveries()
    }

    fn most_deliveries(&self) -> f64 {
        (self.replicas * self.ops.len()).max(1) as f64
    }

    /// That replica made an op.
    pub fn made(&mut self, replica: usize, op: u128, now: Millis) {
        let place = self.ops.len();
        self.ops.entry(op).or_insert(Op {
            place,
            at: now,
            delivered: 0,
            everywhere: None,
        });
        self.came_by_push(replica, op, now);
    }

    /// A replica delivered it. What nobody made is no op.
    pub fn delivered(&mut self, op: u128, now: Millis) {
        if let Some(op) = self.ops.get_mut(&op) {
            self.deliveries += 1;
            op.delivered += 1;
            if op.delivered == self.replicas {
                op.everywhere = Some(now);
            }
        }
    }

    /// It came to that replica as news.
    pub fn came_by_push(&mut self, replica: usize, op: u128, now: Millis) {
        if let Some(op) = self.ops.get(&op) {
            let bit = op.place * self.replicas + replica;
            if let Some(word) = self.pushed.get_mut(bit / 64) {
                let with_bit = *word | 1 << (bit % 64);
                if with_bit != *word {
                    *word = with_bit;
                    self.last_pushed = now;
                }
            }
        }
    }

    /// A copy of it was sent.
    pub fn copied(&mut self, op: u128) {
        self.copies += u64::from(self.ops.contains_key(&op));
    }

    /// So many copies were sent, of whichever ops.
    pub fn copied_times(&mut self, copies: u64) {
        self.copies += copies;
    }

    /// How many ops were made.
    #[must_use]
    pub fn ops(&self) -> usize {
        self.ops.len()
    }

    /// The longest that an op took until all had it; `None`: one never came to all.
    #[must_use]
    pub fn time_to_all(&self) -> Option<Millis> {
        let spans = self.ops.values().map(|op| Some(op.everywhere? - op.at));
        let spans: Option<Vec<Millis>> = spans.collect();
        spans?.into_iter().max()
    }

    /// Copies of an op over the replicas.
    #[must_use]
    pub fn copies_per_node(&self) -> f64 {
        self.copies as f64 / self.most_deliveries()
    }
}
