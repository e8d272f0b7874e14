//! The chair's table of ballots.

use std::rc::Rc;

use election_core::ids::OpId;
use election_core::poll::genesis::Genesis;
use election_core::poll::precincts::Precincts;
use election_core::poll::verdict::Verdict;
use yew::prelude::*;

use super::reason::{Closed, Reason, Taken};
use super::{focus, name};
use crate::engine::arrivals::Arrival;
use crate::engine::clock;
use crate::engine::host::Host;
use crate::engine::snapshot::{BallotPage, BallotRow};
use crate::words::text::chair as text;
use crate::words::{explain, precinct};

/// How many more ballots each press shows.
const STEP: usize = 50;

/// What is asked about a ballot.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asks {
    Revoke,
    Bar,
}

/// The ballots.
#[derive(Clone, Properties, PartialEq)]
pub struct Props {
    /// Who revokes.
    pub host: Host,
    /// The poll.
    pub poll: Rc<Genesis>,
    /// The newest ballots; `None` until they were asked for.
    pub page: Option<Rc<BallotPage>>,
}

/// The table, and the form that revokes.
#[component]
pub fn Ballots(props: &Props) -> Html {
    let Props { host, poll, page } = props;
    let shown = use_state(|| STEP);
    let asking = use_state(|| None::<(Arrival, Asks)>);
    {
        // Without a cleanup: between two wishes there must be no moment without a table.
        use_effect_with(
            (host.clone(), *shown, asking.map(|(arrival, _)| arrival)),
            |(host, shown, in_hand)| {
                host.want(|wants| (wants.ballots, wants.in_hand) = (*shown, *in_hand));
            },
        );
        use_effect_with(host.clone(), |host| {
            let host = host.clone();
            move || host.want(|wants| (wants.ballots, wants.in_hand) = (0, None))
        });
    }
    let close = {
        let asking = asking.clone();
        Callback::from(move |closed: Closed| {
            match *asking {
                Some(((_, id), asks)) if closed == Closed::Kept => {
                    focus::on(&format!("#{}", asks.button(id)))
                }
                // What was done has no button any more.
                _ => focus::on("#ballots"),
            }
            asking.set(None);
        })
    };
    let row = |row: &BallotRow| {
        let gone = matches!(
            row.verdict,
            Verdict::Revoked { .. } | Verdict::Barred { .. }
        );
        let open = asking
            .filter(|(arrival, _)| *arrival == (row.at, row.id))
            .map(|(_, asks)| asks);
        let button = |asks: Asks| {
            let (asking, arrival) = (asking.setter(), (row.at, row.id));
            let ask = Callback::from(move |_: MouseEvent| asking.set(Some((arrival, asks))));
            let id = asks.button(row.id);
            html! {
                <button type="button" class="btn small quiet" onclick={ask} aria-expanded={(open == Some(asks)).to_string()} id={id.clone()}
                    data-test={id}>{ asks.label() }</button>
            }
        };
        let id = row.id.to_string();
        html! {
            // Whatever comes above it, a row stays the same row: somebody may be writing in it.
            <key={id.clone()}>
                <tr role="row" class={gone.then_some("gone")}>
                    <th scope="row" role="rowheader">{ name::voter(&row.voter) }{ " " }<span class="small code">{ name::digits(&row.voter.0) }</span>
                        if let Some(of) = row.precinct { <span class="small of-precinct">{ precinct::name(poll.precincts(), of) }</span> }
                    </th>
                    <td role="cell" class="what">{ explain::choice(row.choice, poll) }{ " " }<span class="small code">{ name::receipt(&row.id) }</span></td>
                    <td role="cell">{ clock::time_of_day(row.at) }</td>
                    <td role="cell"><span class={classes!("tag", tone(row.verdict))}>{ explain::verdict(row.verdict) }</span></td>
                    <td role="cell" class="act">
                        if !matches!(row.verdict, Verdict::Revoked { .. }) { { button(Asks::Revoke) } }
                        if !matches!(row.verdict, Verdict::Barred { .. }) { { button(Asks::Bar) } }
                    </td>
                </tr>
                if let Some(asks) = open {
                    <tr><td colspan="5">
                        <Reason host={host.clone()} taken={asks.about(row)} on_close={close.clone()} />
                    </td></tr>
                }
            </>
        }
    };
    let more = {
        let shown = shown.clone();
        Callback::from(move |_: MouseEvent| shown.set(*shown + STEP))
    };
    html! {
        <section class="card" aria-labelledby="ballots">
            <h2 id="ballots" tabindex="-1">{ text::ballots() }</h2>
            if *poll.precincts() != Precincts::One {
                <p class="small">{ text::ballots_of() }</p>
            }
            if let Some(page) = page.as_ref().filter(|page| page.all > 0) {
                <div class="scroll" tabindex="0" role="group" aria-labelledby="ballots">
                    <table class="ballots" role="table" data-test="ballots-table">
                        <caption class="unseen">{ text::caption() }</caption>
                        <thead><tr>
                            <th scope="col">{ text::voter() }</th><th scope="col">{ text::choice() }</th><th scope="col">{ text::when() }</th>
                            <th scope="col">{ text::standing() }</th><th scope="col"><span class="unseen">{ text::revoke() }</span></th>
                        </tr></thead>
                        <tbody>{ for page.rows.iter().map(row) }</tbody>
                    </table>
                </div>
                if page.all > page.rows.len() {
                    <div><button type="button" class="btn small quiet" onclick={more}>
                        { text::show_more(page.rows.len(), page.all) }
                    </button></div>
                }
            } else {
                <p class="small">{ text::none() }</p>
            }
        </section>
    }
}

impl Asks {
    fn button(self, ballot: OpId) -> String {
        match self {
            Self::Revoke => format!("revoke-{ballot}"),
            Self::Bar => format!("bar-{ballot}"),
        }
    }

    fn label(self) -> &'static str {
        match self {
            Self::Revoke => text::revoke_ask(),
            Self::Bar => text::bar_ask(),
        }
    }

    fn about(self, row: &BallotRow) -> Taken {
        match self {
            Self::Revoke => Taken::Ballot {
                ballot: row.id,
                whose: row.voter,
            },
            Self::Bar => Taken::Voter(row.voter),
        }
    }
}

fn tone(verdict: Verdict) -> Option<&'static str> {
    match verdict {
        Verdict::Counted => Some("good"),
        Verdict::Revoked { .. } | Verdict::Barred { .. } | Verdict::Spoiled { .. } => Some("bad"),
        Verdict::Replaced { .. } => None,
    }
}
