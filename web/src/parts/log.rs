//! What happened, newest first, and why anything in it counts or does not.

use std::rc::Rc;

use election_core::ids::{OpId, PrecinctId, VoterKey};
use election_core::poll::genesis::Genesis;
use election_core::poll::op::{Op, VerifiedOp};
use yew::prelude::*;

use super::name;
use super::receipt::ReceiptSearch;
use crate::engine::activity::{Entry, Happening, Struck};
use crate::engine::clock;
use crate::engine::host::Host;
use crate::words::text::log as text;
use crate::words::{explain, precinct};

/// How many entries are shown at first.
const SHORT: usize = 10;

/// The log and what is needed to read it.
#[derive(Clone, Properties, PartialEq)]
pub struct Props {
    /// Who can explain it.
    pub host: Host,
    /// The poll.
    pub poll: Rc<Genesis>,
    /// The entries, oldest first.
    pub entries: Rc<Vec<Entry>>,
    /// Revocations that are not among them, because they are too many.
    pub older_revocations: u64,
    /// Who votes here.
    pub voter: VoterKey,
}

/// The log.
#[component]
pub fn Log(props: &Props) -> Html {
    let all = use_state(|| false);
    let number = props.entries.len();
    let shown = if *all { number } else { SHORT };
    let show = {
        let all = all.clone();
        Callback::from(move |_: MouseEvent| all.set(!*all))
    };
    html! {
        <section class="card" aria-labelledby="log">
            <div class="row apart">
                <h2 id="log">{ text::title() }</h2>
                if number > SHORT {
                    <button type="button" class="btn small quiet" onclick={show}>
                        { if *all { text::latest().to_owned() } else { text::all(number) } }
                    </button>
                }
            </div>
            if number == 0 {
                <p class="small">{ text::none() }</p>
            }
            if number > 0 { <ReceiptSearch host={props.host.clone()} poll={Rc::clone(&props.poll)} /> }
            <ul class="log" data-test="log">
                { for props.entries.iter().rev().take(shown).map(|entry| line(props, entry)) }
            </ul>
            if props.older_revocations > 0 && *all {
                <p class="small">{ text::older_revocations(props.older_revocations) }</p>
            }
        </section>
    }
}

/// One entry.
fn line(props: &Props, entry: &Entry) -> Html {
    let Props {
        host, poll, voter, ..
    } = props;
    let cast = |cast: &Rc<VerifiedOp>| op(cast, Struck::default(), poll, *voter);
    let (says, why) = match &entry.what {
        Happening::Op(one, struck) => (op(one, *struck, poll, *voter), Some(one.id())),
        Happening::Batch { named, number: 1 } => (
            named.iter().map(cast).collect(),
            named.first().map(|one| one.id()),
        ),
        Happening::Batch { named, number } => (
            html! {
                <details>
                    <summary>{ text::came_together(*number) }</summary>
                    <ul>{ for named.iter().map(|one| html! { <li>{ cast(one) }</li> }) }</ul>
                    if *number > named.len() as u64 { <p class="small">{ text::and_more(number - named.len() as u64) }</p> }
                </details>
            },
            None,
        ),
        Happening::Dispute {
            precinct: of,
            by: member,
            number,
        } => (
            tagged(text::disputed(), {
                let (of, member) = (bold(poll, *of), name::voter(member));
                match number {
                    1 => text::disputed_once(of, member),
                    more => text::disputed_often(of, *more, member),
                }
            }),
            None,
        ),
    };
    html! {
        <li key={entry.serial} data-test="log-entry">
            <time datetime={clock::machine_time(entry.at)}>{ clock::time_of_day(entry.at) }</time>
            <div>
                { says }
                if let Some(id) = why { <Why host={host.clone()} op={id} /> }
            </div>
        </li>
    }
}

/// What an op says. `struck` is known of the ballot that it takes out.
fn op(op: &VerifiedOp, struck: Struck, poll: &Genesis, voter: VoterKey) -> Html {
    match &**op {
        Op::Ballot(ballot) => {
            let who = by(&op.author(), &voter);
            let choice = html! { <b>{ explain::choice(ballot.choice, poll) }</b> };
            let says = match ballot.seq {
                0 => text::voted(who, choice),
                _ => text::changed(who, choice),
            };
            html! { <>{ says }{ " " }<span class="small code">{ name::receipt(&op.id()) }</span></> }
        }
        Op::RevokeBallot(revocation) => {
            let mut what = by(&revocation.voter, &voter);
            if let Some(choice) = struck.choice {
                let choice = explain::choice(choice, poll);
                what = text::choice_from(html! { <span class="struck">{ choice }</span> }, what);
            }
            if let Some(of) = struck.precinct {
                what = text::voter_of(what, &precinct::name(poll.precincts(), of));
            }
            tagged(text::revoked(), text::because(what, &revocation.reason))
        }
        Op::BarVoter(bar) => tagged(
            text::barred(),
            text::because(by(&bar.voter, &voter), &bar.reason),
        ),
        Op::Close(_) => {
            html! { <><span class="tag">{ text::closed() }</span>{ " " }{ text::chair_closed() }</> }
        }
        Op::Reopen(_) => {
            html! { <><span class="tag">{ text::reopened() }</span>{ " " }{ text::chair_reopened() }</> }
        }
        Op::StrikeReturn(strike) => {
            let what = text::return_of(bold(poll, strike.precinct));
            tagged(text::struck(), text::because(what, &strike.reason))
        }
        Op::Unknown { .. } => html! {
            <><span class="tag">{ text::newer() }</span>{ " " }{ text::needs_newer() }</>
        },
    }
}

/// An entry that takes something away.
fn tagged(tag: &'static str, says: Html) -> Html {
    html! { <><span class="tag bad">{ tag }</span>{ " " }{ says }</> }
}

fn bold(poll: &Genesis, of: PrecinctId) -> Html {
    html! { <b>{ precinct::name(poll.precincts(), of) }</b> }
}

/// A voter, and whether it is who votes here.
fn by(whose: &VoterKey, voter: &VoterKey) -> Html {
    if whose == voter {
        text::voter_you(name::voter(whose))
    } else {
        name::voter(whose)
    }
}

#[derive(Properties, PartialEq)]
struct WhyProps {
    host: Host,
    op: OpId,
}

/// A button that asks why, and the answer as of the moment it was asked.
#[component]
fn Why(props: &WhyProps) -> Html {
    let answer = use_state(|| None::<String>);
    let onclick = {
        let (answer, host, op) = (answer.clone(), props.host.clone(), props.op);
        Callback::from(move |_: MouseEvent| {
            answer.set(if answer.is_some() {
                None
            } else {
                Some(explain::explain(&host.explain(op)))
            });
        })
    };
    html! {
        <>
            { " " }
            <button type="button" class="why" aria-expanded={answer.is_some().to_string()} {onclick}>{ text::why() }</button>
            if let Some(answer) = &*answer { <p class="small answer" role="status">{ answer }</p> }
        </>
    }
}
