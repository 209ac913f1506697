//! What can be made to go wrong between a router and those who talk to it.

use std::time::Duration;

/// One way to fail. Which moment it is about is part of its meaning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A connection is accepted, and then nothing is ever said.
    SilentAccept,
    /// A connection is accepted and closed at once, as with all sessions taken.
    ClosedAccept,
    /// Every password and key is wrong.
    LoginRefused,
    /// The connection breaks before the command has run.
    CutBefore,
    /// The command runs, and the connection breaks before a word of the answer.
    CutAfter,
    /// The command is neither run nor answered; the connection stays.
    Hang,
    /// The command runs; this many bytes of its answer arrive, and then nothing.
    HangAfter(usize),
    /// The command runs; this many bytes of its answer arrive, and the channel ends in good order
    /// but without an exit status.
    TruncatedAfter(usize),
    /// The command runs; this many bytes of its answer arrive, and the connection ends.
    CutAfterBytes(usize),
    /// The command runs; its answer arrives one byte at a time, this far apart.
    SlowBytes(Duration),
    /// The command does not run, and this is the answer.
    Answer(Vec<u8>),
    /// The command runs; this line of the log is mixed in after the first line of its answer.
    LogLine(String),
    /// The command is refused for want of a policy.
    NotPermitted,
    /// The command runs, and its exit status is this instead of 0.
    ExitStatus(u32),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    Accept,
    Login,
    Command,
}

impl Fault {
    fn moment(&self) -> Moment {
        match self {
            Self::SilentAccept | Self::ClosedAccept => Moment::Accept,
            Self::LoginRefused => Moment::Login,
            _ => Moment::Command,
        }
    }
}

/// How often a fault happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Times {
    Next(u32),
    UntilCleared,
}

#[derive(Debug, Default)]
pub(crate) struct Faults(Vec<(Fault, Times)>);

impl Faults {
    pub(crate) fn add(&mut self, fault: Fault, times: Times) {
        self.0.push((fault, times));
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// The oldest fault of this moment; used up a bit by being asked for.
    pub(crate) fn take(&mut self, moment: Moment) -> Option<Fault> {
        self.0.retain(|(_, times)| *times != Times::Next(0));
        let (fault, times) = self.0.iter_mut().find(|(fault, _)| fault.moment() == moment)?;
        if let Times::Next(left) = times {
            *left -= 1;
        }
        Some(fault.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_used_up_in_their_order_and_moment() {
        let mut faults = Faults::default();
        faults.add(Fault::Hang, Times::Next(2));
        faults.add(Fault::CutAfter, Times::UntilCleared);
        assert_eq!(faults.take(Moment::Login), None);
        let met: Vec<_> = (0..4).map(|_| faults.take(Moment::Command).unwrap()).collect();
        assert_eq!(met, [Fault::Hang, Fault::Hang, Fault::CutAfter, Fault::CutAfter]);
    }
}
