//! Whether anybody is in reach, in the header: and the switch to be out of reach on purpose.

use yew::prelude::*;

use crate::engine::host::Host;
use crate::engine::snapshot::{Connection, Snapshot};
use crate::words::{others, precinct, text};

/// The connection's state in a few words, and the button.
pub fn connection_state(host: &Host, now: &Snapshot) -> Html {
    let connection = now.connection;
    let says = match connection {
        Connection::Off | Connection::Unreachable => text::connection::offline().to_owned(),
        Connection::Connecting => text::connection::connecting().to_owned(),
        Connection::Up { others } => {
            let own = now.poll.as_ref().zip(now.precinct);
            let own = own.map(|(poll, own)| precinct::name(poll.precincts(), own));
            others::here(others, own.as_deref())
        }
    };
    let off = connection == Connection::Off;
    let switch = {
        let host = host.clone();
        Callback::from(move |_: MouseEvent| {
            if off {
                host.go_online()
            } else {
                host.go_offline()
            }
        })
    };
    let class = classes!(
        "state",
        connection.is_away().then_some("away"),
        (connection == Connection::Connecting).then_some("dialling")
    );
    html! {
        <>
            <span {class} data-test="connection"><i aria-hidden="true" />{ says }</span>
            <button type="button" class="btn small quiet" onclick={switch} data-test="go-offline">
                { if off { text::connection::go_online() } else { text::connection::go_offline() } }
            </button>
        </>
    }
}
