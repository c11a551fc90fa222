//! Scenario files that parse, and faults that are told in the right place.
use crate::scenario::Scenario;

#[test]
fn look() {
    let app = "application: { command: [x] }\n";
    for text in [
        "".to_owned(),
        "# only\n".into(),
        "name: a\n".into(),
        "[]".into(),
        "\u{feff}naem: é\n".into(),
        "name: a\nname: b\n".into(),
        format!("{app}phases: {{ startup: {{ quite: 2s }} }}\n"),
        format!("{app}phases:\n  startup: {{ quiet: 30s, at-most: 20s }}\n"),
        format!("{app}phases:\n  idle: 0s\nexpect:\n  - {{ host: é, port: 80 }}\n"),
        format!(
            "{app}phases:\n  idle: 0s\nexpect:\n  - {{ host: a.b, port: 80,\n      phases: [startup, idle] }}\n"
        ),
        format!("{app}expect:\n  - {{ deny: a.b, required: true }}\n"),
        format!("{app}expect:\n  - {{ host: a.b, port: [80, 70000] }}\n"),
        format!("{app}expect:\n  - {{ port: 80 }}\n"),
        format!("{app}expect:\n  - host: a.b\n    port:\n"),
        format!("{app}expect:\n"),
        format!("{app}expect:\n  - [*.example.org]\n"),
        format!("{app}expect:\n  - *.example.org\n"),
        format!("{app}\tphases: 1\n"),
        format!("{app}phases: [1, 2\n"),
        format!("{app}--- \nb: 1\n"),
        "application: { command: zoiper5 --x }".into(),
        "application:\n  command: [sleep, 10]\n".into(),
        "application:\n  command: []\n".into(),
        "application:\n  command: [a]\n  files: { \"/etc/x\": { content: a } }\n".into(),
        "application:\n  command: [a]\n  files: { a/../../x: { content: a } }\n".into(),
        "application:\n  command: [a]\n  files: { a: { content: a, mode: 644 } }\n".into(),
        "application:\n  command: [a]\n  colour: !x 1\n".into(),
        "a: &a [*a]".into(),
        "a: *b".into(),
        "[".repeat(5000),
        "? ".repeat(5000),
        "\"\\ud800\"".into(),
        "a\0b".into(),
        "a: \"\\0\"".into(),
        format!("name: ../x\n{app}"),
        format!("name: \"\\e[31m\"\n{app}"),
        format!("{app}network: {{ internet: real }}"),
        format!(
            "{app}network:\n  overrides:\n  - resolve: {{ host: a.b, addresses: [1.2.3.4] }}\n  - unresolvable: A.b.\n"
        ),
        format!("x: &a [ {} ]\n{app}", "1, ".repeat(1000)),
        format!("d: &d {{ internet: real }}\nnetwork: *d\n{app}"),
        format!("network: &d {{ internet: real }}\n{app}"),
    ] {
        match Scenario::parse(text.as_bytes(), "scenarios/x.yaml") {
            Ok(s) => println!("OK {s:?}"),
            Err(e) => println!("{e}\n{}\n", e.render(false)),
        }
    }
    println!("{:?}", Scenario::parse(b"a: b\xff", "x.yaml").unwrap_err().to_string());
}
#[test]
fn slow() {
    let n: usize = std::env::var("N").unwrap().parse().unwrap();
    for unit in [
        "[",
        "{",
        "? ",
        "- ",
        "a: ",
        "&a ",
        "*a ",
        "!a ",
        "\"",
        "'",
        "[a,",
        "{a: ",
        "a\n",
        "- a\n",
        "a: &a [*a]\n",
        "|\n",
        "[]: ",
        "{}: ",
        "x, ",
        "%",
        "--- \n",
        "[?",
        "- - \n",
        "\"a\": ",
        "a\r",
        "&a [",
        "#",
        "a:\n ",
        "\\",
        ">\n\n",
    ] {
        for head in [
            "",
            "a: ",
            "\"",
            "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
        ] {
            let text: String = format!("{head}{}", unit.repeat((n - head.len()) / unit.len()));
            let t = std::time::Instant::now();
            let r = Scenario::parse(text.as_bytes(), "x.yaml").err().map(|e| e.to_string());
            let e = t.elapsed().as_secs_f32();
            if e > 1.0 {
                eprintln!("{head:?} {unit:?} {e} {r:?}");
            }
        }
    }
    let mut bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n".to_owned();
    for i in 1..20 {
        bomb += &format!("a{i}: &a{i} [{}]\n", vec![format!("*a{}", i - 1); 9].join(","));
    }
    let t = std::time::Instant::now();
    println!("{} {:?}", Scenario::parse(bomb.as_bytes(), "x.yaml").unwrap_err(), t.elapsed());
    let mut bomb = format!("a0: &a0 {}\nl: [", "x".repeat(900_000));
    for _ in 0..20000 {
        bomb += "*a0,";
    }
    bomb += "]";
    let t = std::time::Instant::now();
    println!("{} {:?}", Scenario::parse(bomb.as_bytes(), "x.yaml").unwrap_err(), t.elapsed());
}
