//! The chair's table of ballots.

use std::rc::Rc;

use election_core::ids::OpId;
use election_core::poll::genesis::Genesis;
use election_core::poll::register::Standing;
use yew::prelude::*;

use super::name;
use super::revoke::Revoke;
use crate::engine::clock;
use crate::engine::host::Host;
use crate::engine::snapshot::{BallotPage, BallotRow};
use crate::words::explain;

/// How many more ballots each press shows.
const STEP: usize = 50;

/// The ballots.
#[derive(Properties, PartialEq)]
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
    let revoking = use_state(|| None::<OpId>);
    {
        let shown = *shown;
        use_effect_with((host.clone(), shown), |(host, shown)| {
            let shown = *shown;
            host.want(|wants| wants.ballots = shown);
            let host = host.clone();
            move || host.want(|wants| wants.ballots = 0)
        });
    }
    let close = {
        let revoking = revoking.setter();
        Callback::from(move |()| revoking.set(None))
    };
    let row = |row: &BallotRow| {
        let ask = {
            let (revoking, id) = (revoking.setter(), row.id);
            Callback::from(move |_: MouseEvent| revoking.set(Some(id)))
        };
        let revoked = matches!(row.standing, Standing::Revoked { .. });
        let open = *revoking == Some(row.id);
        let id = row.id.to_string();
        html! {
            <>
                <tr key={id.clone()} role="row" class={revoked.then_some("gone")}>
                    <th scope="row" role="rowheader">{ name::voter(&row.voter) }{ " " }<span class="small code">{ name::digits(&row.voter.0) }</span></th>
                    <td role="cell" class="what">{ explain::choice(row.choice, poll) }</td>
                    <td role="cell">{ row.at.map_or_else(|| "–".to_owned(), clock::time_of_day) }</td>
                    <td role="cell"><span class={classes!("tag", tone(row.standing))}>{ explain::standing(row.standing) }</span></td>
                    <td role="cell" class="act">
                        if !revoked {
                            <button type="button" class="btn small quiet" onclick={ask} aria-expanded={open.to_string()}
                                data-test={format!("revoke-{id}")}>{ "Revoke…" }</button>
                        }
                    </td>
                </tr>
                if open && !revoked {
                    <tr key={format!("{id}-form")}><td colspan="5">
                        <Revoke host={host.clone()} ballot={row.id} whose={row.voter} on_close={close.clone()} />
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
            <h2 id="ballots">{ "Ballots" }</h2>
            if let Some(page) = page.as_ref().filter(|page| page.all > 0) {
                <div class="scroll" tabindex="0" role="group" aria-labelledby="ballots">
                    <table class="ballots" role="table" data-test="ballots-table">
                        <caption class="unseen">{ "Every ballot, newest first" }</caption>
                        <thead><tr>
                            <th scope="col">{ "Voter" }</th><th scope="col">{ "Choice" }</th><th scope="col">{ "When" }</th>
                            <th scope="col">{ "Standing" }</th><th scope="col"><span class="unseen">{ "Revoke" }</span></th>
                        </tr></thead>
                        <tbody>{ for page.rows.iter().map(row) }</tbody>
                    </table>
                </div>
                if page.all > page.rows.len() {
                    <div><button type="button" class="btn small quiet" onclick={more}>
                        { format!("Show more: {} of {} are shown", page.rows.len(), page.all) }
                    </button></div>
                }
            } else {
                <p class="small">{ "No ballots yet. Each one is listed here when it comes, and can be revoked with a reason that everybody sees." }</p>
            }
        </section>
    }
}

fn tone(standing: Standing) -> Option<&'static str> {
    match standing {
        Standing::Counted => Some("good"),
        Standing::Revoked { .. } | Standing::Spoiled { .. } => Some("bad"),
        Standing::Replaced { .. } => None,
    }
}
