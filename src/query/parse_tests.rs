//! Expressions as they are read, and what is said of those that cannot be.

use super::{Query, View, fields};

/// The text as it reads when printed again.
fn check(view: View, text: &str, expected: &str) {
    let query = Query::parse(text, view).unwrap_or_else(|error| panic!("{text}: {error:?}"));
    assert_eq!(query.to_string(), expected, "{text}");
    assert_eq!(Query::parse(expected, view), Ok(query), "{text}");
}

/// What is wrong, the place marked by brackets, and the help.
fn refuse(view: View, text: &str, expected: &str) {
    let error = Query::parse(text, view).expect_err(text);
    let (before, after) = (&text[..error.span.start], &text[error.span.end..]);
    let marked = format!("{before}[{}]{after}", &text[error.span.clone()]);
    let help = error.help.map(|help| format!(" ({help})")).unwrap_or_default();
    assert_eq!(format!("{marked}: {}{help}", error.message), expected, "{text}");
}

#[test]
fn expressions_are_read() {
    for (text, expected) in [
        ("host = *.example.com", "host = *.example.com"),
        ("host==EXAMPLE.com.", "host = example.com"),
        ("host = *.example.com and port in 1..1023", "host = *.example.com and port in 1..1023"),
        ("protocol = dns or protocol = http", "protocol = dns or protocol = http"),
        ("not class = outward", "not class = outward"),
        ("! class != outward", "not class != outward"),
        ("time > 5s", "time > 5s"),
        (
            "time > 1m30s and time <= 2026-11-23T02:00:00+01:00",
            "time > 90s and time <= 2026-11-23T01:00:00.000000000Z",
        ),
        ("time in '1h 30m'..2h", "time in 90m..2h"),
        ("bytes_out >= 10k", "bytes_out >= 10000"),
        ("bytes > 1.5MiB", "bytes > 1572864"),
        ("process = curl && phase = startup", "process = curl and phase = startup"),
        ("host ~ windowsupdate", "host ~ windowsupdate"),
        (
            "host !~ 'and' or target ~ \"a=1 && \\\"b\\\"\"",
            "host !~ \"and\" or target ~ \"a=1 && \\\"b\\\"\"",
        ),
        ("a = 1".replace("a", "port").as_str(), "port = 1"),
        ("(port = 1 or port = 2) and port = 3", "(port = 1 or port = 2) and port = 3"),
        ("port = 1 or port = 2 and port = 3", "port = 1 or port = 2 and port = 3"),
        ("not (port = 1 and port = 2)", "not (port = 1 and port = 2)"),
        ("((port = 1))", "port = 1"),
        ("port in (80, 443, 8000..8100)", "port in (80, 443, 8000..8100)"),
        ("port not in (80)", "not port in 80"),
        ("protocol in (DNS, http)", "protocol in (dns, http)"),
        ("guessed and not expected", "guessed = true and not expected = true"),
        ("guessed = no", "guessed = false"),
        (
            "address = 192.0.2.0/24 or address in (2001:db8::1)",
            "address = 192.0.2.0/24 or address in 2001:db8::1",
        ),
        ("url = '/a b'", "target = \"/a b\""),
        (
            "evidence = tls-sni and class = local-network",
            "evidence = tls-sni and class = local-network",
        ),
        ("duration >= 500ms", "duration >= 500ms"),
    ] {
        check(View::Contacts, text, expected);
    }
    check(View::Packets, "label = arp or source = 192.0.2.1", "label = arp or source = 192.0.2.1");
    check(
        View::Lookups,
        "status = NXDOMAIN and type in (A, AAAA)",
        "status = NXDOMAIN and type in (A, AAAA)",
    );
    check(
        View::Flows,
        "mark = retransmission and status >= 400",
        "mark = retransmission and status >= 400",
    );
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    for (text, expected) in [
        ("", "[]: the expression is empty (write a comparison such as `host = *.example.com`)"),
        ("hots = a", "[hots] = a: there is no field `hots` (did you mean `host`?)"),
        (
            "bytes-out > 1",
            "[bytes-out] > 1: there is no field `bytes-out` (did you mean `bytes_out`?)",
        ),
        ("host = ", "host = []: a value is expected here"),
        (
            "host",
            "host[]: a comparison is expected after `host` (one of `=`, `!=`, `~`, `!~` and `in`)",
        ),
        (
            "host example.com",
            "host [example.com]: a comparison is expected after `host` (one of `=`, `!=`, `~`, `!~` and `in`)",
        ),
        (
            "host = a b",
            "host = a [b]: `and` or `or` is expected here (put a value with blanks or signs in it in quotes)",
        ),
        (
            "host = not",
            "host = [not]: a value is expected here (where `not` is meant as one, put it in quotes)",
        ),
        (
            "host = https://a.example/",
            "host = [https://a.example/]: `https://a.example/` is no host: a host is expected, not a URL (a name, `*.example.com`, an address or `192.0.2.0/24`)",
        ),
        ("port = http", "port = [http]: `http` is no number (expected a whole number)"),
        ("port = 65536", "port = [65536]: `65536` is more than 65535"),
        ("port = 1k", "port = [1k]: `1k` is no number (expected a whole number)"),
        (
            "bytes > 1.0005k",
            "bytes > [1.0005k]: `1.0005k` is no number (expected a whole number such as `500`, `10k` or `1.5M`)",
        ),
        ("port in 1023..1", "port in [1023..1]: the range ends before it begins (write `1..1023`)"),
        (
            "host in a..b",
            "host in a[..]b: a range needs values in an order; this is a host (list the values: `in (a, b)`)",
        ),
        ("port in (1, 2", "port in [(]1, 2: this bracket is never closed"),
        ("port in (1 2)", "port in (1 [2]): a comma or a closing bracket is expected here"),
        ("(port = 1", "[(]port = 1: this bracket is never closed"),
        ("port = 1)", "port = 1[)]: this bracket closes nothing"),
        ("protocol = htp", "protocol = [htp]: `htp` is not known here (did you mean `http`?)"),
        (
            "class < outward",
            "class [<] outward: `<` needs values in an order; `class` is one of `outward`, `gateway`, `local-network`, `link-local`, `multicast`, `broadcast` or `loopback` (write `=`, `!=` or `in`)",
        ),
        (
            "port ~ 80",
            "port [~] 80: `~` looks into text; `port` is a number (write `=`, `!=` or `in`)",
        ),
        ("time > 5", "time > [5]: `5` has no unit (for seconds write `5s`)"),
        (
            "time > soon",
            "time > [soon]: `soon` is no time (so long after the first packet, as in `90s` or `1m30s`, or a moment such as `2026-11-23T02:00:00Z`)",
        ),
        ("duration > -1s", "duration > [-1s]: `-1s` is negative"),
        (
            "address = example.com",
            "address = [example.com]: `example.com` is no address; an address or a block such as `192.0.2.0/24` is expected (for a name write `host = example.com`)",
        ),
        (
            "address = 192.0.2.1/24",
            "address = [192.0.2.1/24]: `192.0.2.1/24` has bits set beyond its length (`192.0.2.0/24` is meant, or a longer prefix)",
        ),
        ("guessed = maybe", "guessed = [maybe]: `maybe` is neither `true` nor `false`"),
        (
            "'host' = a",
            "['host'] = a: a field is expected here (only values stand in quotes: `host = \"example.com\"`)",
        ),
        (
            "and port = 1",
            "[and] port = 1: a field is expected here (a comparison begins with a field: `host = *.example.com`)",
        ),
        (
            "port = 1 and",
            "port = 1 and[]: a field is expected here (a comparison begins with a field: `host = *.example.com`)",
        ),
        (
            "host = é",
            "host = [é]: `é` is no host: a host name is written in its ASCII form, `xn--…` (a name, `*.example.com`, an address or `192.0.2.0/24`)",
        ),
    ] {
        refuse(View::Contacts, text, expected);
    }
    let fields = "`host`, `name`, `server`, `process`, `phase`, `time`, `queries`, `status`, `type`, `answer` and `via`";
    let expected = format!("[port] = 53: a lookup has no `port` (it has {fields})");
    refuse(View::Lookups, "port = 53", &expected);
}

#[test]
fn brackets_within_each_other_have_a_bound() {
    let nested = |depth: usize| format!("{}port = 1{}", "(".repeat(depth), ")".repeat(depth));
    assert!(Query::parse(&nested(100), View::Flows).is_ok());
    assert!(Query::parse(&nested(101), View::Flows).is_err());
    let negated = "not ".repeat(100_000) + "port = 1";
    assert!(Query::parse(&negated, View::Flows).is_err());
    let long = "port = 1 or ".repeat(100_000) + "port = 1";
    assert!(Query::parse(&long, View::Flows).is_ok());
}

/// The user's document has a row for each field, with the views that have it.
#[test]
fn every_field_is_documented() {
    let document = include_str!("../../docs/inspect.md");
    for (view, word) in [
        (View::Contacts, "contacts"),
        (View::Flows, "flows"),
        (View::Packets, "packets"),
        (View::Lookups, "lookups"),
    ] {
        for field in fields(view) {
            let is_told = document.lines().filter_map(|line| line.strip_prefix("| ")).any(|row| {
                let cells: Vec<&str> = row.split(" | ").collect();
                cells
                    .first()
                    .is_some_and(|names| names.split(", ").any(|it| it == format!("`{field}`")))
                    && cells.get(1).is_some_and(|views| {
                        *views == "all" || views.split(", ").any(|it| it == word)
                    })
            });
            assert!(is_told, "docs/inspect.md has no row for `{field}` of {word}");
        }
    }
}

#[test]
fn words_of_reports_are_checked() {
    let marks = "`retransmission`, `fast-retransmission`, `spurious-retransmission`, `out-of-order`, \
                 `duplicate-ack`, `lost-segment`, `ack-lost-segment`, `keep-alive`, \
                 `keep-alive-ack`, `zero-window`, `zero-window-probe`, `zero-window-probe-ack`, \
                 `window-update`, `window-full` or `reused-ports`";
    for (view, text, expected) in [
        (
            View::Flows,
            "mark == \"nonsense\"",
            format!("mark == [\"nonsense\"]: `nonsense` is not known here (expected {marks})"),
        ),
        (
            View::Flows,
            "mark in (window-full, dup)",
            format!("mark in (window-full, [dup]): `dup` is not known here (expected {marks})"),
        ),
        (
            View::Flows,
            "mark = retransmision",
            "mark = [retransmision]: `retransmision` is not known here (did you mean \
             `retransmission`?)"
                .to_owned(),
        ),
        (
            View::Lookups,
            "status = NXDOMIAN",
            "status = [NXDOMIAN]: `NXDOMIAN` is not known here (did you mean `NXDOMAIN`?)"
                .to_owned(),
        ),
        (
            View::Contacts,
            "status == \"abc\"",
            "status == [\"abc\"]: `abc` is no number (expected a whole number)".to_owned(),
        ),
    ] {
        refuse(view, text, &expected);
    }
    let error = Query::parse("status == \"abc\"", View::Lookups).unwrap_err();
    assert!(error.help.is_some_and(|help| help.contains("`NOERROR`, `FORMERR`")));
    for text in ["status = RCODE4000", "status != noerror", "status ~ domain"] {
        assert!(Query::parse(text, View::Lookups).is_ok(), "{text}");
    }
}
