//! Examples of who is who, and who may do what.

/// Command path and its examples.
pub const IDENTITY: &[(&str, &[&str])] = &[
    (
        "tunnelctl operators",
        &["tunnelctl operators list", "tunnelctl operators create jon --role support"],
    ),
    (
        "tunnelctl operators list",
        &["tunnelctl operators list", "tunnelctl operators list --role admin -o json"],
    ),
    (
        "tunnelctl operators get",
        &["tunnelctl operators get jon", "tunnelctl operators get u_4fyk -o yaml"],
    ),
    (
        "tunnelctl operators create",
        &[
            "tunnelctl operators create jon --role support",
            "tunnelctl operators create ci-bot --role deploy --ttl 2h -q",
        ],
    ),
    (
        "tunnelctl operators update",
        &[
            "tunnelctl operators update jon --name jonas",
            "tunnelctl operators update u_4fyk --name ci-bot --dry-run",
        ],
    ),
    (
        "tunnelctl operators assign",
        &[
            "tunnelctl operators assign jon netops",
            "tunnelctl operators assign jon netops --for 8h --reason INC-4402",
        ],
    ),
    (
        "tunnelctl operators unassign",
        &[
            "tunnelctl operators unassign jon netops --yes",
            "tunnelctl operators unassign jon netops --dry-run",
        ],
    ),
    (
        "tunnelctl operators delete",
        &["tunnelctl operators delete jon --yes", "tunnelctl operators rm jon --dry-run"],
    ),
    (
        "tunnelctl roles",
        &["tunnelctl roles list", "tunnelctl roles create support --allow nodes.read,tunnels.open"],
    ),
    (
        "tunnelctl roles list",
        &["tunnelctl roles list", "tunnelctl roles list --filter permits:tunnels.open"],
    ),
    ("tunnelctl roles get", &["tunnelctl roles get support", "tunnelctl roles get admin -o json"]),
    (
        "tunnelctl roles create",
        &[
            "tunnelctl roles create support --allow nodes.read --allow tunnels.open --max-session 4h",
            "tunnelctl roles create netops --allow 'nodes.*,tunnels.*,ports.*'",
        ],
    ),
    (
        "tunnelctl roles update",
        &[
            "tunnelctl roles update support --allow sessions.start",
            "tunnelctl roles update support --remove tunnels.open --yes",
        ],
    ),
    (
        "tunnelctl roles delete",
        &["tunnelctl roles delete support --yes", "tunnelctl roles rm support --dry-run"],
    ),
    (
        "tunnelctl access",
        &[
            "tunnelctl access explain jon --node web1 --target 10.0.1.50:5432",
            "tunnelctl access request --role netops --for 2h --reason INC-4402",
        ],
    ),
    (
        "tunnelctl access can",
        &["tunnelctl access can jon open web1:22", "tunnelctl access can jon ports.write"],
    ),
    (
        "tunnelctl access explain",
        &[
            "tunnelctl access explain jon --node web1 --target 10.0.1.50:5432",
            "tunnelctl access explain --port db --from 203.0.113.7",
        ],
    ),
    (
        "tunnelctl access matrix",
        &["tunnelctl access matrix -o csv", "tunnelctl access matrix --target localhost:22"],
    ),
    (
        "tunnelctl access request",
        &[
            "tunnelctl access request --role netops --for 2h --reason INC-4402",
            "tunnelctl access request --role admin --for 15m --reason INC-4402 -q",
        ],
    ),
    (
        "tunnelctl access requests",
        &["tunnelctl access requests", "tunnelctl access requests --filter state:pending"],
    ),
    (
        "tunnelctl access approve",
        &["tunnelctl access approve ar_4fyk", "tunnelctl access approve ar_4fyk --reason INC-4402"],
    ),
    (
        "tunnelctl access deny",
        &["tunnelctl access deny ar_4fyk", "tunnelctl access deny ar_4fyk --reason freeze"],
    ),
    ("tunnelctl rules get", &["tunnelctl rules get r_19aa", "tunnelctl rules get r_19aa -o json"]),
    (
        "tunnelctl rules update",
        &[
            "tunnelctl rules update r_19aa --to '*:22,443' --yes",
            "tunnelctl rules update r_19aa --until 8h --dry-run",
        ],
    ),
    (
        "tunnelctl rules move",
        &[
            "tunnelctl rules move r_19aa --before r_07aa --yes",
            "tunnelctl rules move r_19aa --dry-run",
        ],
    ),
    (
        "tunnelctl rules enable",
        &["tunnelctl rules enable r_19aa --yes", "tunnelctl rules enable r_19aa --dry-run"],
    ),
    (
        "tunnelctl rules disable",
        &["tunnelctl rules disable r_19aa --yes", "tunnelctl rules disable r_19aa --dry-run"],
    ),
    (
        "tunnelctl rules test",
        &[
            "tunnelctl rules test rules.json",
            "tunnelctl rules test rules.json --against 7d -o json",
        ],
    ),
    (
        "tunnelctl rules import",
        &["tunnelctl rules import rules.json --dry-run", "tunnelctl rules import rules.json --yes"],
    ),
    ("tunnelctl rules export", &["tunnelctl rules export rules.json", "tunnelctl rules export -"]),
    (
        "tunnelctl rules",
        &[
            "tunnelctl rules create --allow --who anyone --from 10.0.0.0/8 --port db",
            "tunnelctl rules list",
        ],
    ),
    ("tunnelctl rules list", &["tunnelctl rules list", "tunnelctl rules list -o json"]),
    (
        "tunnelctl rules create",
        &[
            "tunnelctl rules create --allow --who anyone --from 10.0.0.0/8 --port db",
            "tunnelctl rules create --allow --who role:support --nodes site=ber --to '*:22,443'",
        ],
    ),
    (
        "tunnelctl rules delete",
        &["tunnelctl rules delete r_19aaaaaaaaaa --yes", "tunnelctl rules rm r_19aa --dry-run"],
    ),
    (
        "tunnelctl revoke",
        &["tunnelctl revoke node web1 --dry-run", "tunnelctl revoke token ring2-rollout --yes"],
    ),
    (
        "tunnelctl revoke node",
        &[
            "tunnelctl revoke node web1 --confirm web1 --reason INC-4402",
            "tunnelctl revoke node web1 --dry-run",
        ],
    ),
    (
        "tunnelctl revoke token",
        &[
            "tunnelctl revoke token ring2-rollout --yes",
            "tunnelctl revoke token tok_8e02aaaaaaaa --yes",
        ],
    ),
    ("tunnelctl ca", &["tunnelctl ca show", "tunnelctl ca rotate --dry-run"]),
    ("tunnelctl ca show", &["tunnelctl ca show", "tunnelctl ca show -o json"]),
    (
        "tunnelctl ca export",
        &["tunnelctl ca export > ca.pem", "tunnelctl ca export --root /media/usb/root.pem"],
    ),
    (
        "tunnelctl ca rotate",
        &[
            "tunnelctl ca rotate --yes",
            "tunnelctl ca rotate --root --root-key old.pem --new-root-key new.pem --yes",
        ],
    ),
    ("tunnelctl ca rollback", &["tunnelctl ca rollback --yes", "tunnelctl ca rollback --dry-run"]),
    ("tunnelctl tokens", &["tunnelctl tokens create --name lab", "tunnelctl tokens list"]),
    (
        "tunnelctl tokens create",
        &[
            "tunnelctl tokens create --name web1 -q > token",
            "tunnelctl tokens create --name ring2 --uses 20 --ttl 24h --label ring=2 -o json",
        ],
    ),
    (
        "tunnelctl tokens list",
        &["tunnelctl tokens list", "tunnelctl tokens list --state active -q"],
    ),
    ("tunnelctl tokens get", &["tunnelctl tokens get ring2", "tunnelctl tokens get ring2 -o json"]),
    (
        "tunnelctl tokens update",
        &[
            "tunnelctl tokens update ring2-rollout --uses 40 --ttl 24h",
            "tunnelctl tokens update ring2-rollout --from 192.0.2.0/24 --approval on",
        ],
    ),
    ("tunnelctl pending", &["tunnelctl pending list", "tunnelctl pending approve edge-vie-11"]),
    ("tunnelctl pending list", &["tunnelctl pending list", "tunnelctl pending ls -o json"]),
    (
        "tunnelctl pending approve",
        &[
            "tunnelctl pending approve edge-vie-11",
            "tunnelctl pending approve edge-vie-11 --fingerprint amber-otter-violin-moss",
        ],
    ),
    (
        "tunnelctl pending deny",
        &[
            "tunnelctl pending deny edge-vie-11",
            "tunnelctl pending list -q | tunnelctl pending deny -",
        ],
    ),
    (
        "tunnelctl tokens revoke",
        &["tunnelctl tokens revoke ring2 --yes", "tunnelctl tokens revoke ring2 --dry-run"],
    ),
];
