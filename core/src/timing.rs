//! Every span, fan-out and cap of behaviour, in one place: what docs/protocol.md's tables of
//! sections 8, 9 and 10 say, row by row.
//!
//! They are no bytes: replicas that differ in them within a factor of two understand each other.
//! They are handed in with [`Config`](crate::replica::io::Config), so that tests and the simulator
//! may vary them; shells take the [default](Timing::default). Caps of memory and of what is read
//! are no behaviour: they stand where they are kept. Only how many ops are held is in here too, and
//! must be the same in all replicas of a poll.

use crate::ballots::capacity::Capacity;
use crate::broadcast::gossip::Settings;
use crate::time::Millis;

/// A span that is drawn at random between two, anew each time, so that replicas do not all act at
/// once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The shortest.
    pub least: Millis,
    /// Longer than any.
    pub most: Millis,
}

impl Span {
    /// Between so many milliseconds and so many.
    #[must_use]
    pub(crate) const fn between(least: u64, most: u64) -> Self {
        Self {
            least: Millis(least),
            most: Millis(most),
        }
    }

    /// So many times as long.
    #[must_use]
    pub(crate) const fn times(self, times: u64) -> Self {
        Self::between(self.least.0 * times, self.most.0 * times)
    }
}

/// See the [module](self).
#[derive(Debug, Clone, Copy)]
pub struct Timing {
    /// Ops, to whom and how fast.
    pub gossip: GossipTiming,
    /// What is said when nothing else is.
    pub digests: DigestTiming,
    /// What a person is told who was away.
    pub absence: AbsenceTiming,
    /// Asking who is here.
    pub hello: HelloTiming,
    /// Whom to compare sets with, and when.
    pub comparing: CompareTiming,
    /// Sessions in which sets are compared or streamed.
    pub sessions: SessionTiming,
    /// Between precincts.
    pub council: CouncilTiming,
    /// Other precincts, counted here.
    pub audit: AuditTiming,
    /// How much is held.
    pub capacity: Capacity,
}

/// Gossip.
#[derive(Debug, Clone, Copy)]
pub struct GossipTiming {
    /// To how many others ops go, and how long they are gathered.
    pub settings: Settings,
    /// In a room with at most so many others, an op of one's own goes to all of them: whom a random
    /// choice leaves out may wait for the next comparison, and a person who looks at both screens
    /// sees that. It costs one frame of the author's.
    pub small_room: usize,
    /// When an op of one's own that nobody has seen is sent again, each time to four times as many.
    pub unseen: Span,
    /// So often; then comparing sets brings it.
    pub unseen_times: u32,
    /// How long another tab of the same voter has to send the op that it made.
    pub left_to_its_maker: Span,
    /// Ops that one comparison brought are passed on as news when they have at most so many bytes;
    /// a guess: more would be a partition that healed, which each replica mends more cheaply by
    /// comparing.
    pub passed_on: usize,
    /// Ops whose predecessor is not here are checked so many at once,
    pub orphans: u64,
    /// and so many more each second.
    pub orphans_a_second: u64,
}

/// Digests, in one kind of rooms.
#[derive(Debug, Clone, Copy)]
pub struct DigestTiming {
    /// How often a replica says what it holds when nothing happens: long against gossip, short
    /// against a person's patience.
    pub heartbeat: Span,
    /// After a change that is followed by that much quiet, a replica says what it holds: its
    /// neighbours learn that they agree, or that they do not, without waiting for the heartbeat.
    pub quiet: Millis,
    /// To how many others. In a room of nine everybody hears of everybody.
    pub fan_out: u8,
    /// After so long without a frame another replica is taken to be gone. Whoever sent a wrong
    /// signature is not heard for as long.
    pub silence: Millis,
}

/// Absences.
#[derive(Debug, Clone, Copy)]
pub struct AbsenceTiming {
    /// For so long others may lag behind what came last, in rooms of a hundred, before that is
    /// called a difference.
    pub lag: Millis,
    /// After an agreement the last acknowledgements may take that long.
    pub last_words: Millis,
    /// An absence is summed up after so long even without an agreement.
    pub patience: Millis,
}

/// Hello.
#[derive(Debug, Clone, Copy)]
pub struct HelloTiming {
    /// To how many others the first goes: each answers.
    pub first: u8,
    /// How soon it is said again, each time to four times as many.
    pub again: Span,
    /// So often the number is quadrupled.
    pub wider: u32,
    /// So often where others are heard of that hold no op either: there may be none to be had.
    pub wider_among_newcomers: u32,
    /// How soon it is said again once it was said as widely as it can be.
    pub seldom: Span,
    /// How soon a newcomer says it when somebody else comes, and whoever lost a session looks for
    /// another.
    pub soon: Span,
    /// To so many others it goes within a while, more than `first` at a time,
    pub allowance: u64,
    /// and to so many more each second.
    pub allowed_a_second: u64,
    /// So many newcomers are told the genesis in a second, with the answer to their Hello; others
    /// ask for it.
    pub told_a_second: u32,
}

/// Comparing.
#[derive(Debug, Clone, Copy)]
pub struct CompareTiming {
    /// For so long gossip may explain that two replicas differ: some ticks of every hop, and the
    /// relay's queues.
    pub grace: Millis,
    /// When one who differs is asked for a fresh digest.
    pub probe: Span,
    /// Between two sessions that a replica opens of its own accord.
    pub between: Span,
    /// The pause after sessions that brought nothing is doubled so often where there is no room for
    /// what others hold.
    pub doubled: u32,
    /// How often one that has just come looks whom else to ask.
    pub look: Span,
    /// So many new bytes in half a second are enough to ask nobody else.
    pub brisk: u64,
    /// One that has just come is in a hurry no longer than that, once it holds an op.
    pub hurry: Millis,
}

/// Sessions.
#[derive(Debug, Clone, Copy)]
pub struct SessionTiming {
    /// The most at once that a replica opened, unless it is in a hurry.
    pub own: usize,
    /// Then that is doubled so often.
    pub doubled: u32,
    /// The most comparisons at once that others opened.
    pub others: usize,
    /// The most streams at once that newcomers opened.
    pub streams: usize,
    /// So long a session holds its slot whatever it brings.
    pub tenure: Millis,
    /// The same of one that has brought nothing: as long as an answer takes over a slow network.
    pub empty_tenure: Millis,
    /// A session ends when its opening is not answered for so long.
    pub unanswered: Millis,
    /// It ends when nothing was said or brought for so long: a frame was lost.
    pub silence: Millis,
    /// It ends when no op went one way or the other for so long: whoever only asks holds a place
    /// that another could use.
    pub fruitless: Millis,
    /// It ends after so long in any case.
    pub longest: Millis,
    /// A peer's openings are answered at most so often: each makes a replica do more than it cost
    /// to send.
    pub between_openings: Millis,
    /// How long a peer that wastes sessions is left alone.
    pub cool_down: Millis,
    /// The same of one that proved itself: frames were lost.
    pub trusted_cool_down: Millis,
    /// So many sessions in a row may come to nothing: a frame was lost, or the peer has left.
    pub forgiven: u32,
    /// A peer that is busy is asked again after so long: before it forgets that it was asked.
    pub busy: Millis,
    /// Who has not asked for so long has gone, or has been served elsewhere.
    pub asking: Millis,
    /// Who was served stands behind all who were not for so long.
    pub served: Millis,
}

/// Between precincts.
#[derive(Debug, Clone, Copy)]
pub struct CouncilTiming {
    /// How many tabs of a precinct speak in the council, on average.
    pub speakers: u64,
    /// Up to so many precincts are heard at full pace; with more, spans that are paced are longer.
    pub at_full_pace: u64,
    /// For so long the others of the precinct's room may bring a newcomer the definition.
    pub newcomer: Millis,
    /// What is held is worked out so long after a change, for all changes in between.
    pub fold: Millis,
    /// After so much quiet the precinct's state is stated.
    pub quiet: Span,
    /// A state that goes on changing is stated after so long. Paced.
    pub at_latest: Span,
    /// A claim of what is held here is attested within that.
    pub attest: Span,
    /// A claim that cannot be reproduced is disputed when it has stood for so long: longer than
    /// `at_latest` and its way here. Paced.
    pub stood: Span,
    /// The same of a claim of more ops than are held here. Paced.
    pub stood_beyond: Span,
    /// Whenever nobody states for so long what this tab holds, or says anything in the precinct's
    /// room, twice as many of the precinct step in. Paced.
    pub lonely: Millis,
    /// How often a member leaves it to others to state what they hold, until it signed something
    /// itself: more often only somebody would be heard who says things so that others say nothing.
    pub left_to_others: u32,
    /// A state that several sign is attested when nobody disputed it for so long. Paced.
    pub stands: Millis,
    /// What is due within that is looked at together.
    pub together: Millis,
    /// To how many others goes what was made here,
    pub own_fan_out: u8,
    /// and what is passed on.
    pub fan_out: u8,
    /// What is said in the council's room when nothing else is.
    pub digests: DigestTiming,
    /// Whoever has just come asks those who differ without grace for so long.
    pub catching_up: Millis,
    /// To how many others a newcomer's question goes: each answers with up to a frame.
    pub asked: u8,
    /// The most summaries that are answered in a second in one room: an answer is far larger than
    /// its question may be.
    pub answers_a_second: u32,
    /// The most bytes of claims and disputes in one answer; what is left out comes with the next.
    pub answer: usize,
    /// The most bytes of the chair's log in one answer.
    pub log_answer: usize,
    /// In the council's room, which is quick.
    pub in_council: Pace,
    /// In a precinct's room, where thousands may listen, who can wait.
    pub in_precinct: Pace,
}

/// How fast the council's things go in a room.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// How long what was made here is gathered.
    pub own_tick: Millis,
    /// How long what is passed on is gathered.
    pub tick: Millis,
    /// For so long gossip may explain that two boards differ.
    pub grace: Millis,
    /// Between two questions of one's own.
    pub between_asks: Span,
}

/// Audits.
#[derive(Debug, Clone, Copy)]
pub struct AuditTiming {
    /// What is held is worked out so long after a change, for all changes in between.
    pub fold: Millis,
    /// For so long after it connected an audit waits for all those whom it heard of to agree.
    /// Later, one is enough: in a busy room somebody always has another ballot, and whoever lies
    /// about what they hold could hold it up for ever.
    pub patience: Millis,
}

/// A hidden tab speaks once a minute.
const SILENCE: Millis = Millis(150_000);

impl Default for Timing {
    fn default() -> Self {
        Self {
            gossip: GossipTiming {
                settings: Settings::default(),
                small_room: 16,
                unseen: Span::between(400, 800),
                unseen_times: 3,
                left_to_its_maker: Span::between(1_000, 2_000),
                passed_on: 8 * 1024,
                orphans: 1_024,
                orphans_a_second: 256,
            },
            digests: DigestTiming {
                heartbeat: Span::between(5_000, 10_000),
                quiet: Millis(250),
                fan_out: 8,
                silence: SILENCE,
            },
            absence: AbsenceTiming {
                lag: Millis(3_000),
                last_words: Millis(700),
                patience: Millis(8_000),
            },
            hello: HelloTiming {
                first: 4,
                again: Span::between(300, 600),
                wider: 3,
                wider_among_newcomers: 1,
                seldom: Span::between(1_000, 2_000),
                soon: Span::between(100, 200),
                allowance: 400,
                allowed_a_second: 8,
                told_a_second: 2,
            },
            comparing: CompareTiming {
                grace: Millis(500),
                probe: Span::between(500, 1_000),
                between: Span::between(1_000, 2_000),
                doubled: 5,
                look: Span::between(250, 500),
                brisk: 4 * 1024,
                hurry: Millis(10_000),
            },
            sessions: SessionTiming::default(),
            council: CouncilTiming {
                speakers: 8,
                at_full_pace: 200,
                newcomer: Millis(2_000),
                fold: Millis(250),
                quiet: Span::between(2_000, 3_000),
                at_latest: Span::between(10_000, 15_000),
                attest: Span::between(400, 600),
                stood: Span::between(15_000, 22_500),
                stood_beyond: Span::between(30_000, 45_000),
                lonely: Millis(30_000),
                left_to_others: 16,
                stands: Millis(90_000),
                together: Millis(1_000),
                own_fan_out: 8,
                fan_out: 4,
                digests: DigestTiming {
                    heartbeat: Span::between(5_000, 7_500),
                    quiet: Millis(1_000),
                    fan_out: 8,
                    silence: SILENCE,
                },
                catching_up: Millis(15_000),
                asked: 2,
                answers_a_second: 8,
                answer: 48 * 1024,
                log_answer: 32 * 1024,
                in_council: Pace {
                    own_tick: Millis(50),
                    tick: Millis(200),
                    grace: Millis(1_500),
                    between_asks: Span::between(2_000, 3_000),
                },
                in_precinct: Pace {
                    own_tick: Millis(5_000),
                    tick: Millis(5_000),
                    grace: Millis(15_000),
                    between_asks: Span::between(10_000, 15_000),
                },
            },
            audit: AuditTiming {
                fold: Millis(250),
                patience: Millis(8_000),
            },
            capacity: Capacity::default(),
        }
    }
}

impl Default for SessionTiming {
    fn default() -> Self {
        Self {
            own: 2,
            doubled: 5,
            others: 8,
            streams: 16,
            tenure: Millis(1_000),
            empty_tenure: Millis(400),
            unanswered: Millis(3_000),
            silence: Millis(10_000),
            fruitless: Millis(30_000),
            longest: Millis(120_000),
            between_openings: Millis(1_000),
            cool_down: Millis(30_000),
            trusted_cool_down: Millis(3_000),
            forgiven: 1,
            busy: Millis(300),
            asking: Millis(1_000),
            served: Millis(60_000),
        }
    }
}
