//! Many lines at once: signed and verified in batches on all cores, told of in order.

use std::fmt::Write;

use crate::fixture::Sandbox;

/// Two signers' lines in turn, as records and as WebSocket messages; every 250th is spoilt.
fn signed_lines(sandbox: &Sandbox, count: usize) -> Vec<String> {
    let bodies: String = (0..count).fold(String::new(), |mut text, number| {
        let _ = writeln!(text, "{{\"number\":{number},\"text\":\"{}\"}}", "é".repeat(number % 300));
        text
    });
    sandbox.file("bodies", bodies);
    let all = sandbox.sh(
        "versia-cli keygen --save carol --domain c.example -q >/dev/null
         versia-cli sign --ndjson --body bodies --as bob -q >bob && versia-cli sign --ndjson --ws --body bodies --as carol -q >carol
         paste -d '\\n' bob carol",
    );
    let spoil = |(number, line): (usize, &str)| match number % 250 {
        249 => line.replace("number", "bumber"),
        _ => line.to_owned(),
    };
    all.code(0).out().lines().enumerate().map(spoil).collect()
}

#[test]
fn each_of_many_lines_is_told_of_in_its_place() {
    let sandbox = Sandbox::with_bob();
    let mut lines = signed_lines(&sandbox, 2_000);
    lines[1_000] = "not JSON".to_owned();
    lines[2_001].clear();
    sandbox.file("lines", lines.join("\n"));
    let ended = sandbox.sh("versia-cli verify --ndjson lines");
    let told: Vec<_> = ended.code(2).out().lines().collect();
    let expected = (1..=4_000).filter(|number| ![1_001, 2_002].contains(number)).map(|number| {
        let (kind, by) = if number % 2 == 1 { ("request", "bob.com") } else { ("message", "c.example") };
        let (verdict, codes) = if number % 250 == 0 { ("invalid", "  VS401") } else { ("valid", "") };
        format!("line {number}: {verdict}  {kind} POST /.versia/v0.6/inbox  by {by}{codes}")
    });
    for (told, expected) in told.iter().zip(expected) {
        assert_eq!(*told, expected);
    }
    assert_eq!(told[3_998..], ["3982 valid, 16 invalid, 1 unreadable", "16 VS401"]);
    assert!(ended.stderr.contains("error: line 1001: not JSON"), "{}", ended.stderr);
}

#[test]
fn what_comes_in_pieces_is_told_of_as_what_comes_at_once() {
    let sandbox = Sandbox::with_bob();
    sandbox.file("lines", signed_lines(&sandbox, 700).join("\n"));
    let at_once = sandbox.sh("versia-cli verify --ndjson --json --no-explain lines");
    let piped = sandbox.sh("cat lines | versia-cli verify --json --no-explain");
    let in_pieces =
        sandbox.sh("dd if=lines bs=977 2>/dev/null | versia-cli verify --ndjson --json --no-explain");
    assert_eq!(at_once.code(1).out().lines().count(), 1_400);
    assert_eq!(at_once.out(), piped.code(1).out());
    assert_eq!(at_once.out(), in_pieces.code(1).out());
}
