//! Messages that must not be taken, and those that must not be refused, beyond the vectors.

use serde_json::{Value, json};

use crate::fixture::{Ended, Sandbox};

const AT: &str = "1729243417";
const SIGNATURE: &str =
    "cboFpspY5XR66DjeuOQRUhHktWYvokU2pGK7Zfhf9cQiuGcIxkWuKR6Iqc/TK0FUtDJpERTzxYKIR5J9xgHmCQ==";
const BODY: &str = "{\"content\":\"Hello, world!\"}";

fn verify(sandbox: &Sandbox, input: &str, more: &str) -> Ended {
    sandbox.sh_with(&format!("versia-cli verify --json --as-of {AT} --as bob {more}"), input.as_bytes())
}

/// The verdict of the first message, and its codes.
fn verdict(ended: &Ended) -> (String, Vec<String>) {
    let told: Value = serde_json::from_str(ended.out().lines().next().unwrap_or("null")).unwrap();
    let codes = told["verdict"]["codes"].as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    (text(&told["verdict"]["signature"]), codes.iter().map(text).collect())
}

fn request(body: &str, truncated: bool) -> Value {
    json!({"method": "POST", "target": "/.versia/v0.6/inbox", "body": body, "truncated": truncated, "headers": [
        ["Versia-Signature", SIGNATURE], ["Versia-Signed-By", "bob.com"], ["Versia-Signed-At", AT]]})
}

#[test]
fn a_body_that_is_cut_off_excuses_its_own_signature_and_nothing_else() {
    let sandbox = Sandbox::with_bob();
    let cut_response = json!({"status": 200, "truncated": true, "headers": []});
    let tampered =
        json!({"v": 1, "request": request("{}", false), "response": cut_response, "truncated": true});
    let ended = verify(&sandbox, &tampered.to_string(), "--only request");
    assert_eq!(verdict(&ended), ("invalid".into(), vec!["VS401".into()]));
    ended.code(1);

    let cut = json!({"v": 1, "request": request("{", true)});
    let ended = verify(&sandbox, &cut.to_string(), "");
    assert_eq!(verdict(&ended), ("not-checked".into(), vec!["VS507".into()]));
    ended.code(2);

    let mut also_wrong = cut;
    also_wrong["request"]["headers"][1][1] = json!("https://bob.com");
    let ended = verify(&sandbox, &also_wrong.to_string(), "");
    assert_eq!(verdict(&ended), ("invalid".into(), vec!["VS106".into(), "VS507".into()]));
    ended.code(1);
}

#[test]
fn a_websocket_message_is_taken_as_it_stands_or_not_at_all() {
    let sandbox = Sandbox::with_bob();
    let entity = json!(BODY).to_string();
    let message = |at: &str, by: &str, more: &str| {
        format!(
            "{{\"signature\":\"{SIGNATURE}\",\"signed_at\":\"{at}\",\"signed_by\":\"{by}\",{more}\"entity\":{entity}}}"
        )
    };
    verify(&sandbox, &message(AT, "bob.com", ""), "").code(0);
    for doubled in ["\"entity\":\"evil\",", "\"signature\":\"x\",", "\"signed_by\":\"x.example\","] {
        let ended = verify(&sandbox, &message(AT, "bob.com", doubled), "");
        assert!(ended.code(2).stderr.contains("duplicate field"), "{}", ended.stderr);
    }
    verify(&sandbox, &message(&format!("\\n {AT}"), "bob.com", ""), "").code(1);
    verify(&sandbox, &message(AT, " bob.com", ""), "").code(1);

    let frame =
        json!({"v": 1, "transport": "ws", "frame": {"opcode": "binary", "data": message(AT, "bob.com", "")}});
    let ended = verify(&sandbox, &frame.to_string(), "");
    assert!(ended.code(2).stderr.contains("a message is a text frame"), "{}", ended.stderr);
}

#[test]
fn only_blanks_around_a_header_are_no_part_of_it() {
    let sandbox = Sandbox::with_bob();
    let message = |at: &str| {
        format!(
            "POST /.versia/v0.6/inbox HTTP/1.1\r\nVersia-Signature: {SIGNATURE}\r\nVersia-Signed-By: bob.com\r\n\
             Versia-Signed-At:{at}\r\nContent-Length: {}\r\n\r\n{BODY}",
            BODY.len()
        )
    };
    verify(&sandbox, &message(&format!(" \t{AT} ")), "").code(0);
    verify(&sandbox, &message(&format!(" \x0c{AT}")), "").code(1);
    let parts = format!(
        "--method POST --path /.versia/v0.6/inbox --body - --signature {SIGNATURE} --signed-by bob.com"
    );
    verify(&sandbox, BODY, &format!("{parts} --signed-at {AT}")).code(0);
    verify(&sandbox, BODY, &format!("{parts} --signed-at $'{AT}\\n'")).code(1);
}

#[test]
fn among_several_documents_the_one_of_the_signer_counts() {
    let sandbox = Sandbox::with_bob();
    let key = sandbox.sh("versia-cli key bob.key --to spki-base64").code(0).out().trim().to_owned();
    let other = "MCowBQYDK2VwAyEATjtEvsyFuntxcgJ0EtAriR6Kbc5KhtuBzebOpMhxk9I=";
    sandbox.file("nameless", json!({"public_key": {"key": other}}).to_string());
    sandbox.file("bobs", json!({"domain": "bob.com", "public_key": {"key": key}}).to_string());
    let raw = sandbox.sh("versia-cli key bob.key --to raw-hex --public").code(0).out().trim().to_owned();
    sandbox.file("raw", json!({"domain": "bob.com", "public_key": {"key": raw}}).to_string());
    let record = json!({"v": 1, "request": request(BODY, false)}).to_string();
    let with = |metadata: &str| {
        sandbox.sh_with(&format!("versia-cli verify --json --as-of {AT} {metadata}"), record.as_bytes())
    };
    with("--metadata nameless --metadata bobs").code(0);
    with("--metadata nameless").code(1);
    let unusual = with("--metadata raw");
    assert_eq!(verdict(&unusual), ("valid".into(), vec!["VS304".into()]));
}

#[test]
fn records_of_another_version_or_time_are_not_guessed_at() {
    let sandbox = Sandbox::with_bob();
    let other = json!({"v": 99, "request": request(BODY, false)});
    assert!(verify(&sandbox, &other.to_string(), "").code(2).stderr.contains("a record of version 99"));
    let timeless = json!({"v": 1, "at": "yesterday", "request": request(BODY, false)});
    let ended = sandbox.sh_with("versia-cli verify --as bob", timeless.to_string().as_bytes());
    assert!(ended.code(2).stderr.contains("\"yesterday\" is not an RFC 3339 time"), "{}", ended.stderr);
    verify(&sandbox, &timeless.to_string(), "").code(0);
}

#[test]
fn lines_are_found_behind_a_mark_a_blank_line_or_a_bad_line() {
    let sandbox = Sandbox::with_bob();
    let good = json!({"v": 1, "request": request(BODY, false)}).to_string();
    for (input, code, valid) in [
        (format!("\u{feff}{good}\n{good}\n"), 0, 2),
        (format!("\n\n{good}\r\n\n{good}"), 0, 2),
        (format!("nonsense\n{good}\n"), 2, 1),
        (format!("{{\"a\":1}}\n{good}\n"), 2, 1),
        (format!("{good}\n\n"), 0, 1),
    ] {
        let ended = verify(&sandbox, &input, "");
        assert_eq!(ended.code(code).out().lines().count(), valid, "{input}\n{}", ended.stderr);
    }
}

#[test]
fn a_stream_is_answered_line_by_line_before_it_ends() {
    let sandbox = Sandbox::with_bob();
    let good = json!({"v": 1, "request": request(BODY, false)}).to_string();
    sandbox.file("line", format!("{good}\n"));
    // The producer waits for the first verdict before it sends the second line.
    let line = format!(
        "mkfifo verdicts; {{ cat line; head -n 1 < verdicts > first; cat line; }} | \
         versia-cli verify --ndjson --as-of {AT} --as bob > verdicts & cat > /dev/null < /dev/null; wait; cat first"
    );
    let ended = sandbox.sh(&line);
    assert!(ended.out().starts_with("line 1: valid"), "{}{}", ended.out(), ended.stderr);
}

#[test]
fn very_many_bad_lines_are_counted_not_listed() {
    let sandbox = Sandbox::with_bob();
    let ended = sandbox.sh("yes nonsense | head -n 50000 | versia-cli verify --ndjson");
    assert!(ended.code(2).stderr.lines().count() < 30, "{}", ended.stderr);
    assert!(
        ended.stderr.contains("and 49980 more") && ended.out().contains("50000 unreadable"),
        "{}",
        ended.out()
    );
}

#[test]
fn a_method_alone_names_no_request_and_a_message_goes_to_the_inbox() {
    let sandbox = Sandbox::with_bob();
    let entity = json!(BODY).to_string();
    let message = format!(
        "{{\"signature\":\"{SIGNATURE}\",\"signed_at\":\"{AT}\",\"signed_by\":\"bob.com\",\"entity\":{entity}}}"
    );
    verify(&sandbox, &message, "--method POST").code(0);
    let response = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
    assert!(verify(&sandbox, response, "--method GET").code(2).stderr.contains("neither is known"));
}

#[test]
fn an_archive_of_one_entry_a_line_is_an_archive() {
    let sandbox = Sandbox::with_bob();
    let entry = json!({"startedDateTime": "2024-10-18T09:23:37Z",
        "request": {"method": "GET", "url": "https://b.example/.versia/v0.6/x", "headers": []},
        "response": {"status": 200, "headers": [], "content": {"size": 0}}});
    let archive =
        format!("{{\"log\":{{\"version\":\"1.2\",\"creator\":{{}},\"entries\":[\n{entry},\n{entry}\n]}}}}");
    let ended = verify(&sandbox, &archive, "");
    assert_eq!(ended.code(1).out().lines().count(), 4, "{}", ended.stderr);
}

#[test]
fn lines_are_numbered_as_an_editor_numbers_them() {
    let sandbox = Sandbox::with_bob();
    let good = json!({"v": 1, "request": request(BODY, false)}).to_string();
    for (input, place) in
        [(format!("\n\n\n{good}\n{good}\n"), "line 4"), (format!("\u{feff}\n\nbad\n{good}\n"), "line 4")]
    {
        for flag in ["", "--ndjson"] {
            let ended = verify(&sandbox, &input, flag);
            let told: Value = serde_json::from_str(ended.out().lines().next().unwrap()).unwrap();
            assert_eq!(told["place"], place, "{flag}");
        }
    }
    assert!(verify(&sandbox, "", "--ndjson").code(2).stderr.contains("nothing to verify"));
}
