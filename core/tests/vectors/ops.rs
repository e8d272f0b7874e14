//! `ops.json`: one op of each kind.

use super::*;

#[test]
fn ops() {
    let single = genesis(Method::Single);
    let approval = genesis(Method::Approval);
    let first = ballot(&single, VOTER, None, &[2]);
    let changed = ballot(&single, VOTER, Some((0, first.id())), &[0]);
    let approving = ballot(&approval, VOTER, None, &[0, 2]);
    let revoked = revocation(&single, 0, &changed);
    let again = revocation(&single, 1, &first);
    let bar = bar_of(&single, 2, first.author());
    let close = set_status(&single, Status::Closed, 3, &[]);
    let reopen = set_status(&single, Status::Open, 4, &[&close]);
    let unknown = Op::Unknown {
        kind: (11, 1),
        body: b"what is this?".to_vec().into(),
    };
    let unknown = sign(&SigningKey::from(OTHER), single.id().into(), unknown);
    let of_version_2 = of_unknown_kind(&single, (2, 2), &again);
    assert_eq!(
        (first.bytes().len(), changed.bytes().len()),
        (103, 135),
        "as docs/protocol.md says"
    );
    let by_tab = single.clone().into_parts().0.with_holder(Holder::Tab);
    let by_tab = sign(&SigningKey::from(CHAIR), PollId::NONE, by_tab);
    let geneses = [
        ("single choice", &single),
        ("approval", &approval),
        ("single choice, one vote a tab", &by_tab),
    ];
    let geneses = geneses.map(|(what, op)| {
        let read = Signed::<Genesis>::decode(op.bytes(), PollId::NONE, &());
        assert_eq!(read.unwrap().verify().unwrap().id(), op.id());
        json!({ "what": what, "bytes": hex(op.bytes()), "id": op.id().to_string(), "author": op.author().to_string() })
    });
    check(
        "ops.json",
        &json!({
            "seeds": { "chair": hex(&CHAIR), "voter": hex(&VOTER), "other": hex(&OTHER) },
            "geneses": geneses,
            "ops": [
                op_vector("a first ballot, option 2", &single, &first),
                op_vector("the same voter's second ballot, option 0", &single, &changed),
                op_vector("an approval ballot, options 0 and 2", &approval, &approving),
                op_vector("the chair revokes the second ballot", &single, &revoked),
                op_vector("the chair revokes the first ballot", &single, &again),
                op_vector("the chair bars the voter", &single, &bar),
                op_vector("the chair closes the poll", &single, &close),
                op_vector("the chair opens it again", &single, &reopen),
                op_vector("an op of an unknown kind", &single, &unknown),
                op_vector("a revocation of version 2, which is of an unknown kind", &single, &of_version_2),
            ],
        }),
    );
}
