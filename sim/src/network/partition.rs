//! Who cannot hear whom, and when.

use core::fmt;
use core::ops::RangeInclusive;
use core::str::FromStr;

use election_core::time::Millis;

use super::duration;

/// The most partitions of one run.
pub const MAX_PARTITIONS: usize = 32;
/// The most groups of one partition.
pub const MAX_GROUPS: usize = 1_000;
/// The latest that a partition that is read from text may heal, because a run goes on until then.
pub const MAX_UNTIL: Millis = Millis(60 * 60 * 1_000);

/// A partition. Written `5s..15s:0-3|4-9`: from second 5 until second 15, replicas 0 to 3 and
/// replicas 4 to 9 do not hear each other. Who is in no group is in one more, all together.
/// `5s..15s:0-3>4-9` cuts one way: what 0 to 3 send does not reach 4 to 9, all else does. A group
/// can have several parts: `0-3+7|4-6`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partition {
    /// When it starts, since the start of the run.
    pub from: Millis,
    /// When it has healed.
    pub until: Millis,
    /// The groups, each of ranges of replicas, both ends included. [`Partitions::prepare`] checks
    /// them.
    pub groups: Vec<Vec<RangeInclusive<usize>>>,
    /// Whether only what the first of the two groups sends to the second is lost.
    pub one_way: bool,
}

/// All the partitions of a run; they may overlap. Written with commas between.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Partitions(pub Vec<Partition>);

/// Partitions that cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadPartition {
    /// Not in the form of a partition.
    #[error("partition `{0}` is not known; give 5s..15s:0-3|4-9, or 5s..15s:0-3>4-9 for one way")]
    Unknown(String),
    /// Not a time.
    #[error("partition: {0}")]
    NotATime(String),
    /// It ends before it starts, or at once.
    #[error("a partition from {} until {} ends before it starts", duration::format(*.from), duration::format(*.until))]
    Backwards {
        /// Its start.
        from: Millis,
        /// Its end.
        until: Millis,
    },
    /// As text: it heals later than [`MAX_UNTIL`].
    #[error("a partition until {} takes too long; let it heal within 60m", duration::format(*.0))]
    TooLong(Millis),
    /// One group, with nobody to be cut off from.
    #[error("a partition needs two groups or more, such as 0-3|4-9")]
    OneGroup,
    /// More than two groups, one way.
    #[error("a one-way partition has two groups, such as 0-3>4-9: who is not heard, and by whom")]
    OneWayGroups,
    /// A group of nobody.
    #[error("partition has an empty group; every group needs a replica, such as 0-3 or 7")]
    EmptyGroup,
    /// A replica that takes no part.
    #[error("partition names replica {replica}, but there are {replicas}: they are 0 to {}", .replicas.saturating_sub(1))]
    NoSuchReplica {
        /// The replica named.
        replica: usize,
        /// How many there are.
        replicas: usize,
    },
    /// A replica on both sides.
    #[error("partition names replica {0} twice; a replica is in one group only")]
    Twice(usize),
    /// More than [`MAX_PARTITIONS`], or one of more than [`MAX_GROUPS`].
    #[error("too many partitions or groups; give at most 32 partitions of at most 1000 groups")]
    TooMany,
}

impl Partitions {
    /// Checks them against that many replicas, and makes [`Cuts::blocks`] cheap.
    ///
    /// # Errors
    /// [`BadPartition`]
    pub fn prepare(&self, replicas: usize) -> Result<Cuts, BadPartition> {
        if self.0.len() > MAX_PARTITIONS {
            return Err(BadPartition::TooMany);
        }
        let cuts: Result<Vec<Cut>, BadPartition> = self
            .0
            .iter()
            .map(|partition| Cut::new(partition, replicas))
            .collect();
        Ok(Cuts(cuts?))
    }
}

/// Partitions that were checked, with the group of each replica worked out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cuts(Vec<Cut>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Cut {
    from: Millis,
    until: Millis,
    /// The group of each replica, counted from 1; 0 for those whom nobody named.
    group: Vec<u16>,
    one_way: bool,
}

impl Cuts {
    /// When the last of them has healed; 0 without any.
    #[must_use]
    pub fn healed(&self) -> Millis {
        let ends = self.0.iter().map(|cut| cut.until);
        ends.max().unwrap_or(Millis(0))
    }

    /// Whether what `sender` sends to `receiver` is cut off now.
    #[must_use]
    pub fn blocks(&self, sender: usize, receiver: usize, now: Millis) -> bool {
        self.0.iter().any(|cut| {
            cut.from <= now && now < cut.until && cut.separates(cut.of(sender), cut.of(receiver))
        })
    }
}

impl Cut {
    fn new(partition: &Partition, replicas: usize) -> Result<Self, BadPartition> {
        let &Partition { from, until, .. } = partition;
        let (groups, one_way) = (&partition.groups, partition.one_way);
        if from >= until {
            return Err(BadPartition::Backwards { from, until });
        }
        match groups.len() {
            0 | 1 => return Err(BadPartition::OneGroup),
            2 => {}
            _ if one_way => return Err(BadPartition::OneWayGroups),
            3..=MAX_GROUPS => {}
            _ => return Err(BadPartition::TooMany),
        }
        let mut group = vec![0; replicas];
        for (number, parts) in (1..).zip(groups) {
            if parts.iter().all(RangeInclusive::is_empty) {
                return Err(BadPartition::EmptyGroup);
            }
            for part in parts.iter().filter(|part| !part.is_empty()) {
                let replica = *part.end();
                if replica >= replicas {
                    return Err(BadPartition::NoSuchReplica { replica, replicas });
                }
                for replica in part.clone() {
                    if group[replica] != 0 {
                        return Err(BadPartition::Twice(replica));
                    }
                    group[replica] = number;
                }
            }
        }
        Ok(Self {
            from,
            until,
            group,
            one_way,
        })
    }

    /// The group of a replica; who joined later is with those whom nobody named.
    fn of(&self, replica: usize) -> u16 {
        self.group.get(replica).copied().unwrap_or(0)
    }

    fn separates(&self, sender: u16, receiver: u16) -> bool {
        if self.one_way {
            sender == 1 && receiver == 2
        } else {
            sender != receiver
        }
    }
}

impl FromStr for Partitions {
    type Err = BadPartition;

    fn from_str(text: &str) -> Result<Self, BadPartition> {
        text.split(',')
            .map(str::parse)
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

impl FromStr for Partition {
    type Err = BadPartition;

    fn from_str(text: &str) -> Result<Self, BadPartition> {
        let unknown = || BadPartition::Unknown(text.to_owned());
        let (span, sides) = text.split_once(':').ok_or_else(unknown)?;
        let (from, until) = span.split_once("..").ok_or_else(unknown)?;
        let time = |text| duration::parse(text).map_err(BadPartition::NotATime);
        let (from, until) = (time(from)?, time(until)?);
        if until > MAX_UNTIL {
            return Err(BadPartition::TooLong(until));
        }
        let one_way = sides.contains('>');
        let groups = sides
            .split(if one_way { '>' } else { '|' })
            .map(|group| parse_group(group, text))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            from,
            until,
            groups,
            one_way,
        })
    }
}

fn parse_group(group: &str, whole: &str) -> Result<Vec<RangeInclusive<usize>>, BadPartition> {
    if group.is_empty() {
        return Err(BadPartition::EmptyGroup);
    }
    let index = |text: &str| {
        text.parse()
            .map_err(|_| BadPartition::Unknown(whole.to_owned()))
    };
    group
        .split('+')
        .map(|part| match part.split_once('-') {
            Some((first, last)) => Ok(index(first)?..=index(last)?),
            None => index(part).map(|only| only..=only),
        })
        .collect()
}

impl fmt::Display for Partitions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all: Vec<String> = self.0.iter().map(Partition::to_string).collect();
        formatter.write_str(&all.join(","))
    }
}

impl fmt::Display for Partition {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = |part: &RangeInclusive<usize>| match (part.start(), part.end()) {
            (first, last) if first == last => first.to_string(),
            (first, last) => format!("{first}-{last}"),
        };
        let group = |parts: &Vec<_>| parts.iter().map(part).collect::<Vec<_>>().join("+");
        let groups: Vec<String> = self.groups.iter().map(group).collect();
        let (from, until) = (duration::format(self.from), duration::format(self.until));
        let groups = groups.join(if self.one_way { ">" } else { "|" });
        write!(formatter, "{from}..{until}:{groups}")
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn cuts(text: &str) -> Cuts {
        text.parse::<Partitions>().unwrap().prepare(10).unwrap()
    }

    fn refused(text: &str) -> String {
        let parsed = text.parse::<Partitions>();
        parsed
            .and_then(|partitions| partitions.prepare(10))
            .unwrap_err()
            .to_string()
    }

    const NOW: Millis = Millis(10_000);

    #[test]
    fn groups_hear_themselves_and_not_each_other() {
        let cuts = cuts("5s..15s:0-2|3-4|7");
        assert!(!cuts.blocks(0, 2, NOW));
        assert!(cuts.blocks(0, 3, NOW) && cuts.blocks(3, 0, NOW));
        assert!(cuts.blocks(4, 7, NOW) && cuts.blocks(7, 1, NOW));
    }

    #[test]
    fn those_whom_nobody_named_are_together() {
        let cuts = cuts("5s..15s:0-2|3-4");
        assert!(!cuts.blocks(5, 9, NOW));
        assert!(cuts.blocks(5, 0, NOW) && cuts.blocks(4, 9, NOW));
        assert!(!cuts.blocks(9, 1_000, NOW), "who joined later is with them");
        assert!(cuts.blocks(1_000, 3, NOW));
    }

    #[test]
    fn it_starts_and_it_heals() {
        let cuts = cuts("5s..15s:0-2|3-4");
        for (ms, cut) in [
            (4_999, false),
            (5_000, true),
            (14_999, true),
            (15_000, false),
        ] {
            assert_eq!(cuts.blocks(0, 3, Millis(ms)), cut, "at {ms}");
        }
    }

    #[test]
    fn one_way_cuts_one_way() {
        let cuts = cuts("5s..15s:0-3>4-6");
        assert!(cuts.blocks(0, 4, NOW));
        assert!(!cuts.blocks(4, 0, NOW), "the other direction works");
        assert!(
            !cuts.blocks(0, 9, NOW) && !cuts.blocks(9, 4, NOW),
            "others are not cut off"
        );
        assert!(!cuts.blocks(0, 3, NOW) && !cuts.blocks(4, 6, NOW));
    }

    #[test]
    fn several_add_up() {
        let both = "1s..2s:0|1,1s..3s:2+4-5>6";
        let cuts = cuts(both);
        assert!(cuts.blocks(0, 1, Millis(1_500)) && cuts.blocks(4, 6, Millis(1_500)));
        assert!(!cuts.blocks(0, 1, Millis(2_500)) && cuts.blocks(2, 6, Millis(2_500)));
        assert_eq!(cuts.healed(), Millis(3_000));
    }

    #[test]
    fn without_partitions_nothing_is_cut() {
        let none = Partitions::default().prepare(10).unwrap();
        assert!(!none.blocks(0, 1, NOW));
        assert_eq!(none.healed(), Millis(0));
    }

    #[test]
    fn what_is_written_is_read_as_the_same() {
        for text in [
            "5s..15s:0-3|4-9",
            "500ms..1m:0|1-2+7|9",
            "5s..15s:0-3>4-9,20s..21s:0|1",
        ] {
            assert_eq!(text.parse::<Partitions>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn nonsense_is_refused_with_what_to_give() {
        for (text, message) in [
            (
                "5s..15s:0-3|4-12",
                "partition names replica 12, but there are 10: they are 0 to 9",
            ),
            (
                "15s..5s:0-3|4-9",
                "a partition from 15s until 5s ends before it starts",
            ),
            (
                "5s..5s:0-3|4-9",
                "a partition from 5s until 5s ends before it starts",
            ),
            (
                "5s..15s:0-3|3-9",
                "partition names replica 3 twice; a replica is in one group only",
            ),
            (
                "5s..15s:0-3+2|4",
                "partition names replica 2 twice; a replica is in one group only",
            ),
            (
                "5s..15s:0-3|",
                "partition has an empty group; every group needs a replica, such as 0-3 or 7",
            ),
            (
                "5s..15s:3-0|4",
                "partition has an empty group; every group needs a replica, such as 0-3 or 7",
            ),
            (
                "5s..15s:0-3",
                "a partition needs two groups or more, such as 0-3|4-9",
            ),
            (
                "5s..15s:0>1>2",
                "a one-way partition has two groups, such as 0-3>4-9: who is not heard, and by whom",
            ),
            (
                "5..15s:0|1",
                "partition: `5` has no unit; give ms, s or m, such as 500ms",
            ),
        ] {
            assert_eq!(refused(text), message, "{text}");
        }
        for text in [
            "",
            "5s..15s",
            "5s:0|1",
            "5s..15s:a|b",
            "5s..15s:0|1>2",
            "5s..6s:0|1,",
        ] {
            assert!(
                refused(text).contains("is not known; give 5s..15s"),
                "{text}"
            );
        }
    }

    #[test]
    fn too_many_are_refused() {
        let many = vec!["1s..2s:0|1"; MAX_PARTITIONS + 1].join(",");
        assert!(refused(&many).starts_with("too many partitions"));
        let groups: Vec<String> = (0..=MAX_GROUPS).map(|index| index.to_string()).collect();
        assert!(
            refused(&format!("1s..2s:{}", groups.join("|"))).starts_with("too many partitions")
        );
    }
}
