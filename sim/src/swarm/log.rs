//! One short line for each thing that happens.

use core::fmt::Display;

use election_core::time::Millis;

use crate::network::Fate;
use crate::process::Process;
use crate::world::Happening;

/// The most lines that are kept: the last ones.
pub const MAX_LINES: usize = 100_000;

/// The lines so far; without memory for them unless it was asked for.
#[derive(Debug, Clone, Default)]
pub struct Log {
    lines: Option<std::collections::VecDeque<String>>,
}

impl Log {
    /// A log that keeps what it is told.
    #[must_use]
    pub fn kept() -> Self {
        Self {
            lines: Some(std::collections::VecDeque::new()),
        }
    }

    /// Writes a line, if lines are kept.
    pub fn line(&mut self, now: Millis, member: usize, what: impl Display) {
        if let Some(lines) = &mut self.lines {
            if lines.len() == MAX_LINES {
                lines.pop_front();
            }
            lines.push_back(format!("{:>8} ms  {member:>3}  {what}", now.0));
        }
    }

    /// Writes down what happened in a world.
    pub fn happened<P: Process>(&mut self, happening: &Happening<'_, P>, now: Millis) {
        if self.lines.is_none() {
            return;
        }
        match happening {
            Happening::Sent {
                from,
                to,
                room,
                packet,
                fate,
            } => {
                let fate = match fate {
                    Fate::Lost => "lost".into(),
                    Fate::Cut => "cut off".into(),
                    Fate::Arrives(span) => format!("{} ms", span.0),
                    Fate::Twice(span, again) => format!("{} ms, again {} ms", span.0, again.0),
                };
                let size = P::size(packet);
                let room = room.0;
                self.line(
                    now,
                    *from,
                    format_args!("sends {size} B to {to} in room {room}: {fate}"),
                );
            }
            Happening::Overflowed(to) => {
                self.line(now, *to, "reads too slowly: a frame is dropped")
            }
            Happening::Received(to, from, packet) => {
                let size = P::size(packet);
                self.line(now, *to, format_args!("receives {size} B of {from}"));
            }
            Happening::Woke(member) => self.line(now, *member, "wakes"),
            Happening::Connected(member, room) => {
                self.line(now, *member, format_args!("comes into room {}", room.0));
            }
            Happening::Disconnected(member, room) => {
                self.line(now, *member, format_args!("leaves room {}", room.0));
            }
        }
    }

    /// The lines, the first one first.
    pub fn lines(&self) -> impl Iterator<Item = &str> {
        self.lines.iter().flatten().map(String::as_str)
    }
}
