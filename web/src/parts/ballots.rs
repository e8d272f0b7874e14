//! The chair's table of ballots.

use std::rc::Rc;

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
    let revoking = use_state(|| None::<Arrival>);
    {
        // Without a cleanup: between two wishes there must be no moment without a table.
        use_effect_with(
            (host.clone(), *shown, *revoking),
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
        let revoking = revoking.clone();
        Callback::from(move |closed: Closed| {
            match *revoking {
                Some((_, id)) if closed == Closed::Kept => focus::on(&format!("#revoke-{id}")),
                // A ballot that is revoked has no button any more.
                _ => focus::on("#ballots"),
            }
            revoking.set(None);
        })
    };
    let row = |row: &BallotRow| {
        let ask = {
            let (revoking, arrival) = (revoking.setter(), (row.at, row.id));
            Callback::from(move |_: MouseEvent| revoking.set(Some(arrival)))
        };
        let revoked = matches!(row.verdict, Verdict::Revoked { .. });
        let open = *revoking == Some((row.at, row.id));
        let id = row.id.to_string();
        html! {
            // Whatever comes above it, a row stays the same row: somebody may be writing in it.
            <key={id.clone()}>
                <tr role="row" class={revoked.then_some("gone")}>
                    <th scope="row" role="rowheader">{ name::voter(&row.voter) }{ " " }<span class="small code">{ name::digits(&row.voter.0) }</span>
                        if let Some(of) = row.precinct { <span class="small of-precinct">{ precinct::name(poll.precincts(), of) }</span> }
                    </th>
                    <td role="cell" class="what">{ explain::choice(row.choice, poll) }{ " " }<span class="small code">{ name::receipt(&row.id) }</span></td>
                    <td role="cell">{ clock::time_of_day(row.at) }</td>
                    <td role="cell"><span class={classes!("tag", tone(row.verdict))}>{ explain::verdict(row.verdict) }</span></td>
                    <td role="cell" class="act">
                        if !revoked {
                            <button type="button" class="btn small quiet" onclick={ask} aria-expanded={open.to_string()} id={format!("revoke-{id}")}
                                data-test={format!("revoke-{id}")}>{ text::revoke_ask() }</button>
                        }
                    </td>
                </tr>
                if open {
                    <tr><td colspan="5">
                        <Reason host={host.clone()} taken={Taken::Ballot { ballot: row.id, whose: row.voter }} on_close={close.clone()} />
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

fn tone(verdict: Verdict) -> Option<&'static str> {
    match verdict {
        Verdict::Counted => Some("good"),
        Verdict::Revoked { .. } | Verdict::Spoiled { .. } => Some("bad"),
        Verdict::Replaced { .. } => None,
    }
}
