//! For the tests beside each order: runs an order's steps and sorts them.

use super::order::{MessageId, Order, Payload, Step};

/// What an order wanted done.
#[derive(Debug)]
pub struct Sent<M, P> {
    pub messages: Vec<M>,
    pub delivered: Vec<P>,
    pub dropped: Vec<MessageId>,
}

/// Takes all steps.
pub fn drain<P: Payload, O: Order<P>>(order: &mut O) -> Sent<O::Message, P> {
    let mut sent = Sent {
        messages: Vec::new(),
        delivered: Vec::new(),
        dropped: Vec::new(),
    };
    while let Some(step) = order.next_step() {
        match step {
            Step::Send(message) => sent.messages.push(message),
            Step::Deliver(_, payload) => sent.delivered.push(payload),
            Step::Drop(id) => sent.dropped.push(id),
        }
    }
    sent
}
