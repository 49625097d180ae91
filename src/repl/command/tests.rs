//! Lines, and the commands that they are.

use super::*;
use crate::protocol::session::Setting;

/// RoadRunner's own words.
fn own() -> &'static [CommandHelp] {
    "roadrunner".parse::<ProtocolName>().unwrap().start(Setting::default()).commands()
}

#[test]
fn commands_are_read() {
    let words = |list: &[&str]| list.iter().map(|word| (*word).to_owned()).collect();
    let send = |file: &str, binary| Command::Send { file: file.to_owned(), binary };
    let open = |address: &str, name: Option<&str>, protocol| Command::Open {
        address: address.to_owned(),
        name: name.map(str::to_owned),
        protocol,
    };
    let close = |code, reason: &str| Command::Close { code, reason: reason.to_owned() };
    for (line, command) in [
        ("", Command::Nothing),
        ("  # a comment", Command::Nothing),
        ("  {\"type\":\"Note\"} ", Command::Document("{\"type\":\"Note\"}".to_owned())),
        ("hello", Command::Document("hello".to_owned())),
        ("/send note.json", send("note.json", false)),
        ("/send 'my note.json'", send("my note.json", false)),
        ("/send --binary 'my note.json'", send("my note.json", true)),
        ("/send --binary.json", send("--binary.json", false)),
        ("/hex 00 fF7f", Command::Hex(vec![0, 255, 127])),
        ("/subscribe news 'my topic'", Command::Subscribe(words(&["news", "my topic"]))),
        ("/unsubscribe news", Command::Unsubscribe(words(&["news"]))),
        (
            "/publish 'my topic' {\"a\": 1}",
            Command::Publish { topic: "my topic".to_owned(), content: "{\"a\": 1}".to_owned() },
        ),
        ("/topics", Command::Own { name: "/topics", arguments: String::new() }),
        ("/join a  b", Command::Own { name: "/join", arguments: "a  b".to_owned() }),
        ("/open b.example", open("b.example", None, None)),
        (
            "/open ws://127.0.0.1:1 with chat as c",
            open("ws://127.0.0.1:1", Some("c"), Some(ProtocolName::Chat)),
        ),
        ("/use", Command::Use(None)),
        ("/use c", Command::Use(Some("c".to_owned()))),
        ("/sign {\"a\": 1}", Command::Sign("{\"a\": 1}".to_owned())),
        ("/verify", Command::Verify),
        ("/headers", Command::Headers),
        ("/ping", Command::Ping),
        ("/close", close(1000, "")),
        ("/close 4001", close(4001, "")),
        ("/close 4001 'see you'", close(4001, "see you")),
        ("/close see you", close(1000, "see you")),
        ("/reconnect", Command::Reconnect),
        ("/status", Command::Status),
        ("/time since", Command::Time(Stamps::Since)),
        ("/wait 500ms", Command::Wait(Wait::Time(Duration::from_millis(500)))),
        ("/sleep 2", Command::Wait(Wait::Time(Duration::from_secs(2)))),
        ("/wait answers", Command::Wait(Wait::Answers(None))),
        ("/wait 3 messages within 2s", Command::Wait(Wait::Messages(3, Some(Duration::from_secs(2))))),
        ("/record off", Command::Record(None)),
        ("/record my records", Command::Record(Some("my records".to_owned()))),
        ("/replay x.ndjson", Command::Replay { file: "x.ndjson".to_owned(), diff: false }),
        ("/replay --diff x.ndjson", Command::Replay { file: "x.ndjson".to_owned(), diff: true }),
        ("/filter", Command::Filter(Filter::Tell)),
        ("/filter off", Command::Filter(Filter::Off)),
        ("/show", Command::Show(Show::default())),
        ("/show sent 3 hex", Command::Show(Show { number: Some(3), sent: true, hex: true })),
        ("/export all.ndjson", Command::Export("all.ndjson".to_owned())),
        ("/set", Command::Set(None)),
        ("/set fragments 3", Command::Set(Some(Change::Fragments(3)))),
        ("/set fragments off", Command::Set(Some(Change::Fragments(1)))),
        ("/set frames on", Command::Set(Some(Change::Frames(true)))),
        ("/set reconnect off", Command::Set(Some(Change::Reconnect(false)))),
        ("/set timeout 5s", Command::Set(Some(Change::Timeout(Duration::from_secs(5))))),
        ("/source setup.txt", Command::Source("setup.txt".to_owned())),
        ("/help", Command::Help(None)),
        ("/help close", Command::Help(find("/close", &[]))),
        ("/quit", Command::Quit),
    ] {
        assert_eq!(parse(line, own()), Ok(command), "{line}");
    }
}

#[test]
fn what_is_wrong_with_a_command_is_said() {
    for (line, says, hint) in [
        ("/snd x", "there is no command /snd", "did you mean /send?"),
        ("/recon", "no command /recon", "did you mean /reconnect?"),
        ("/", "no command /", "/help lists"),
        ("/xyzzy", "no command /xyzzy", "/help lists"),
        ("/SEND x", "no command /SEND", ""),
        ("/send", "/send needs an argument", "/send [--binary] FILE"),
        ("/ping now", "/ping takes no argument", "it is written /ping"),
        ("/close 1005", "\"1005\"", "codes that may be sent"),
        ("/close 70000", "\"70000\"", "codes that may be sent"),
        ("/close 10OO", "\"10OO\"", "codes that may be sent"),
        ("/close 999", "\"999\"", "codes that may be sent"),
        ("/time now", "\"now\"", "absolute, since or off"),
        ("/wait soon", "\"soon\"", "500ms"),
        ("/help snd", "no command snd", "did you mean /send?"),
        ("/expect", "/expect needs an argument", "EXPRESSION"),
        ("/hex 0", "\"0\"", "two hex digits"),
        ("/hex é0", "\"é0\"", "two hex digits"),
        ("/hex +1", "\"+1\"", "two hex digits"),
        ("/publish news", "/publish needs an argument", "/publish NAME CONTENT"),
        ("/open b.example with mqtt", "\"mqtt\"", "versia, wsify"),
        ("/open b.example c", "/open takes no such argument", "as NAME"),
        ("/use a b", "/use takes no such argument", "/use [NAME]"),
        ("/wait 3 messages within soon", "within soon", "500ms"),
        ("/wait messages", "\"messages\"", "N messages"),
        ("/wait 2s within 3s", "within 3s", "N messages"),
        ("/replay --diff", "/replay needs an argument", "[--diff] FILE"),
        ("/filter type", "not a JSONPath", "$.type"),
        ("/show everything", "\"everything\"", "a number"),
        ("/set colour on", "\"colour on\"", "fragments"),
        ("/set fragments 0", "\"fragments 0\"", "fragments"),
        ("/jion news", "no command /jion", "did you mean /join?"),
    ] {
        let error = parse(line, own()).expect_err(line);
        assert!(error.to_string().contains(says), "{line}: {error}");
        assert!(error.hint().unwrap_or_default().contains(hint), "{line}: {:?}", error.hint());
    }
    let reason = format!("/close 1000 {}", "é".repeat(62));
    assert!(parse(&reason, own()).is_err());
}

#[test]
fn every_command_that_is_listed_is_known() {
    for command in super::super::COMMANDS {
        let unknown = matches!(parse(command.name, own()), Err(CommandError::Unknown { .. }));
        assert!(!unknown, "{}", command.name);
    }
}
