//! Bad input, to every command: a clear error, the right exit code, no panic, no secret.

use crate::fixture::{SPEC_KEY, Sandbox};

/// A line of shell, its exit code, and what it has to say on standard error.
type Row = (&'static str, i32, &'static str);

/// A folder with one of everything that is wrong.
fn sandbox() -> Sandbox {
    let sandbox = Sandbox::with_bob();
    sandbox.file("empty", "");
    std::fs::create_dir(sandbox.path().join("dir")).unwrap();
    sandbox.file("latin1", b"{\"a\":\"caf\xe9\"}");
    sandbox.file("cut.key", &SPEC_KEY[..50]);
    sandbox.file("note.json", "{}");
    sandbox.sh("chmod 600 cut.key latin1 empty; head -c 100000000 /dev/zero | tr '\\0' a > huge").code(0);
    sandbox
}

fn check(rows: &[Row]) {
    let sandbox = sandbox();
    for (line, code, says) in rows {
        let ended = sandbox.sh(line);
        let said = &ended.stderr;
        assert_eq!(ended.code, *code, "{line}\n{said}");
        assert!(said.contains(says), "{line}: {says:?} is not in\n{said}");
        assert!(!said.contains("has a bug") && !said.contains("panicked"), "{line}\n{said}");
        for secret in [&SPEC_KEY[20..40], "rNXhbWxC"] {
            assert!(
                !said.contains(secret) && !String::from_utf8_lossy(&ended.stdout).contains(secret),
                "{line}\n{said}"
            );
        }
        assert!(said.len() < 2_500, "{line} says {} bytes", said.len());
    }
}

#[test]
fn empty_files() {
    check(&[
        ("versia-cli key empty", 2, "the key is empty"),
        ("versia-cli identity add x --key empty --domain x.example", 2, "the key is empty"),
        ("versia-cli sign POST /x --body note.json --key empty --signed-by x.example", 2, "the key is empty"),
        ("versia-cli sign POST /x --body empty --as bob", 0, "the body is empty (VS501)"),
        ("versia-cli sign --ndjson --body empty --as bob", 2, "empty is empty"),
        ("versia-cli verify empty", 2, "empty is empty"),
        ("versia-cli verify", 2, "standard input is empty"),
        ("versia-cli verify --public-key empty note.json", 2, "the key is empty"),
        ("versia-cli verify --metadata empty note.json", 2, "the key is empty"),
        (
            "versia-cli send --no-validate empty --to b.example --as bob",
            2,
            "there is nothing to send: empty is empty",
        ),
        ("versia-cli send --no-validate --ndjson empty --to b.example --as bob", 2, "empty is empty"),
        ("versia-cli send --no-validate --to b.example --as bob", 2, "standard input is empty"),
        (
            "versia-cli send --no-validate note.json --to b.example --key empty --signed-by x.example",
            2,
            "the key is empty",
        ),
    ]);
}

#[test]
fn directories_and_files_that_are_not_there() {
    check(&[
        ("versia-cli key dir", 2, "from dir: it is a directory"),
        ("versia-cli key nothing", 2, "No such file or directory"),
        ("versia-cli identity add x --key dir --domain x.example", 2, "from dir: it is a directory"),
        ("versia-cli sign POST /x --body dir --as bob", 2, "cannot read --body from dir: it is a directory"),
        ("versia-cli sign POST /x --body nothing --as bob", 2, "cannot read --body from nothing"),
        ("versia-cli sign --ndjson --body dir --as bob", 2, "from dir: it is a directory"),
        ("versia-cli verify dir", 2, "from dir: it is a directory"),
        ("versia-cli verify nothing", 2, "cannot read the input from nothing"),
        ("versia-cli verify note.json --metadata dir", 2, "from dir: it is a directory"),
        (
            "versia-cli send --no-validate dir --to b.example --as bob",
            2,
            "cannot read the entity from dir: it is a directory",
        ),
        (
            "versia-cli send --no-validate note.json nothing --to b.example --as bob",
            2,
            "cannot read the entity from nothing",
        ),
        (
            "versia-cli send --no-validate note.json --to b.example --as bob --journal dir",
            2,
            "it is not a regular file",
        ),
        ("versia-cli keygen --out dir", 2, "dir is there already"),
        ("versia-cli keygen --out dir --force", 2, "cannot write dir"),
        ("versia-cli keygen --out no/such/folder", 2, "cannot write no/such/folder"),
        ("versia-cli completions --all no/such/folder", 2, "cannot write no/such/folder"),
        ("versia-cli man --all no/such/folder", 2, "cannot write no/such/folder"),
        ("VERSIA_CONFIG_DIR=note.json versia-cli identity list", 2, "cannot use the identity store"),
        (
            "VERSIA_CONFIG_DIR=note.json versia-cli keygen --save x --domain x.example",
            2,
            "cannot use the identity store",
        ),
    ]);
}

#[test]
fn a_line_of_100_mb() {
    check(&[
        ("versia-cli key huge", 2, "larger than 64 MiB"),
        (
            "versia-cli sign POST /x --body huge --as bob",
            2,
            "cannot read --body from huge: it is larger than 64 MiB",
        ),
        ("versia-cli sign --ndjson --body huge --as bob", 2, "line 1 of huge is longer than 16 MiB"),
        ("versia-cli send --no-validate huge --to b.example --as bob", 2, "larger than 64 MiB"),
        (
            "versia-cli send --no-validate --ndjson huge --to b.example --as bob",
            2,
            "line 1 of huge is longer than 16 MiB",
        ),
        ("versia-cli verify huge", 2, "larger than 64 MiB"),
        ("versia-cli verify - < huge", 2, "larger than 64 MiB"),
        ("cat huge | versia-cli verify", 2, "larger than 64 MiB"),
    ]);
}

#[test]
fn text_that_is_not_utf_8() {
    check(&[
        ("versia-cli key latin1", 2, "binary data"),
        ("versia-cli sign POST /x --body latin1 --as bob", 0, "the body is not JSON"),
        ("versia-cli sign --ws --body latin1 --as bob", 2, "not UTF-8"),
        (
            "versia-cli sign --ndjson --ws --body latin1 --as bob",
            2,
            "line 1 is not signed: the body is not UTF-8",
        ),
        ("versia-cli verify latin1", 2, "begins like JSON, but is not"),
        (
            "printf 'POST /caf\\xe9 HTTP/1.1\\r\\n\\r\\n' | versia-cli verify",
            2,
            "cannot read standard input as an HTTP message",
        ),
        ("printf '\\xff\\xfe\\x00' | versia-cli verify", 2, "cannot tell what standard input is"),
        ("versia-cli sign POST $'/caf\\xe9' --body note.json --as bob", 2, "invalid UTF-8"),
    ]);
}

#[test]
fn keys_that_are_cut_off_public_or_given_as_arguments() {
    check(&[
        ("versia-cli key cut.key", 2, "end in the middle"),
        (
            "versia-cli sign POST /x --body note.json --key cut.key --signed-by x.example",
            2,
            "end in the middle",
        ),
        ("versia-cli identity add x --key cut.key --domain x.example", 2, "end in the middle"),
        (
            "VERSIA_KEY=$(cat cut.key) versia-cli sign POST /x --body note.json --signed-by x.example",
            2,
            "VERSIA_KEY",
        ),
        (
            "VERSIA_KEY_FILE=cut.key versia-cli sign POST /x --body note.json --signed-by x.example",
            2,
            "VERSIA_KEY_FILE",
        ),
        ("versia-cli verify note.json --public-key cut.key", 2, "end in the middle"),
        (
            "versia-cli sign POST /x --body note.json --key $(cat bob.key) --signed-by x",
            2,
            "not the key itself",
        ),
        ("versia-cli key $(cat bob.key)", 2, "not the key itself"),
        ("versia-cli verify note.json --public-key $(cat bob.key)", 2, "not the key itself"),
        (
            "versia-cli key bob.key --to spki-base64 > pub; versia-cli sign POST /x --body note.json --key pub --signed-by x",
            2,
            "is a public key; signing needs the private one",
        ),
        (
            "chmod 644 bob.key; versia-cli sign POST /x --body note.json --key bob.key --signed-by bob.com",
            0,
            "can be read by others",
        ),
        ("versia-cli verify note.json --public-key AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", 2, "weak"),
    ]);
}

#[test]
fn two_inputs_from_standard_input() {
    check(&[
        (
            "versia-cli sign POST /x --body - --key - --signed-by x.example < bob.key",
            2,
            "--key and --body cannot both come from standard input",
        ),
        (
            "versia-cli sign POST /x --key - --signed-by x.example < bob.key",
            2,
            "cannot both come from standard input",
        ),
        ("versia-cli verify - --public-key - < bob.key", 2, "cannot both come from standard input"),
        (
            "versia-cli send --no-validate --to b.example --key - --signed-by x.example < bob.key",
            2,
            "--key and the entity cannot both come from standard input",
        ),
        (
            "versia-cli send --no-validate - - --to b.example --as bob < bob.key",
            2,
            "two inputs cannot both come from",
        ),
        ("versia-cli verify - --metadata - < bob.key", 2, "cannot both come from standard input"),
    ]);
}

#[test]
fn a_full_disk_on_standard_output() {
    check(&[
        ("versia-cli --help > /dev/full", 2, "No space left"),
        ("versia-cli sign --help > /dev/full", 2, "No space left"),
        ("versia-cli --version > /dev/full", 2, "No space left"),
        ("versia-cli keygen --out new.key > /dev/full", 2, "No space left"),
        ("versia-cli key bob.key > /dev/full", 2, "No space left"),
        ("versia-cli identity list > /dev/full", 2, "No space left"),
        ("versia-cli identity show bob > /dev/full", 2, "No space left"),
        ("versia-cli sign POST /x --body note.json --as bob > /dev/full", 2, "No space left"),
        ("versia-cli sign --ndjson --body note.json --as bob > /dev/full", 2, "No space left"),
        (
            "versia-cli sign --ws --body note.json --as bob | versia-cli verify > /dev/full",
            2,
            "No space left",
        ),
        ("versia-cli explain --list > /dev/full", 2, "No space left"),
        ("versia-cli completions bash > /dev/full", 2, "No space left"),
        ("versia-cli man > /dev/full", 2, "No space left"),
        ("versia-cli demo > /dev/full", 2, "No space left"),
    ]);
}

/// Both ways of having nobody there: a reader that went away, and a descriptor that was never open.
#[test]
fn a_closed_standard_output_ends_it_without_a_word() {
    let sandbox = sandbox();
    for line in [
        "versia-cli --help",
        "versia-cli --version",
        "versia-cli keygen --out new.key --force",
        "versia-cli key bob.key",
        "versia-cli identity list",
        "versia-cli sign POST /x --body note.json --as bob",
        "versia-cli sign --ndjson --body note.json --as bob",
        "versia-cli verify --method POST --path /x --body note.json --as bob",
        "versia-cli explain --list",
        "versia-cli completions zsh",
        "versia-cli man",
        "versia-cli demo",
    ] {
        // The reader is gone for sure before the program writes: it waits for the end of the reader's side.
        let gone = format!(
            "{{ read -r _ < fifo; {line} -q; echo $? > code; }} | {{ exec <&-; echo > fifo; }}; exit $(cat code)"
        );
        for line in [format!("rm -f fifo; mkfifo fifo; {gone}"), format!("{line} -q >&-")] {
            let ended = sandbox.sh(&line);
            assert_eq!((ended.code, ended.stderr.as_str()), (141, ""), "{line}");
        }
    }
}

#[test]
fn a_stream_without_an_end_stops_when_its_reader_has_enough() {
    let sandbox = sandbox();
    let ended = sandbox.sh("yes '{}' | versia-cli sign --ndjson --as bob | head -n 3; echo ${PIPESTATUS[1]}");
    assert!(ended.out().ends_with("\n141\n"), "{}", ended.out());
    assert_eq!(ended.out().lines().count(), 4);
}

#[test]
fn wrong_use() {
    check(&[
        ("versia-cli", 2, "Usage"),
        ("versia-cli nonsense", 2, "unrecognized subcommand"),
        ("versia-cli sign", 2, "required arguments"),
        ("versia-cli sign POST b.example/x --body note.json --as bob", 2, "neither a path nor a URL"),
        ("versia-cli sign POST /x --body note.json --as bob --format curl", 2, "where to send it"),
        ("versia-cli sign POST /x --body note.json --as nobody", 2, "there are: bob"),
        ("versia-cli sign POST /x --body note.json --as ../bob", 2, "cannot be the name"),
        ("versia-cli sign POST /x --body note.json --key bob.key", 2, "--signed-by DOMAIN"),
        ("versia-cli sign POST /x --body note.json --as bob --signed-by $'a\\nX: b'", 2, "control character"),
        ("versia-cli sign $'PO\\nST' /x --body note.json --as bob", 2, "not an HTTP method"),
        ("versia-cli sign POST $'/x\\r\\nX: y' --body note.json --as bob", 2, "cannot have"),
        ("versia-cli sign GET /x --response --format curl --body note.json --as bob", 2, "no --format curl"),
        (
            "VERSIA_KEY=x VERSIA_AS=bob versia-cli sign POST /x --body note.json",
            2,
            "VERSIA_KEY and VERSIA_AS are set",
        ),
        ("versia-cli send --no-validate note.json --as bob", 2, "--to <RECIPIENT>"),
        ("versia-cli send --no-validate note.json --as bob --to 'b example'", 2, "cannot deliver to"),
        (
            "versia-cli send --no-validate note.json --as bob --to https://u:hush@b.example",
            2,
            "to \"https://u:***@b.example\"",
        ),
        ("versia-cli fetch https://u:hush@b.example/ --as bob", 2, "fetch \"https://u:***@b.example/\""),
        (
            "versia-cli send --no-validate note.json --as bob --to ftp://b.example",
            2,
            "the scheme ftp is none of",
        ),
        (
            "versia-cli send --no-validate note.json --as bob --to b.example --expect 6xx",
            2,
            "a class such as 4xx",
        ),
        ("versia-cli send --no-validate note.json --as bob --to b.example --rate 0", 2, "more than 0"),
        (
            "versia-cli send --no-validate note.json --as bob --to b.example --rate fast",
            2,
            "a number a second",
        ),
        ("versia-cli send --no-validate note.json --as bob --to b.example --concurrency 0", 2, "1..=1024"),
        ("versia-cli send --no-validate note.json --as bob --to b.example --concurrency 1025", 2, "1..=1024"),
        ("versia-cli send --no-validate note.json --as bob --to b.example --retry=-1", 2, "--retry"),
        (
            "versia-cli send --no-validate note.json --as bob --to b.example --max-wait soon",
            2,
            "not a number of seconds",
        ),
        ("versia-cli send --no-validate note.json --as bob --as-is --to b.example", 2, "cannot be used with"),
        (
            "versia-cli send --no-validate note.json --as bob --to b.example -H 'Content-Length: 5' --dry-run",
            2,
            "frames the message",
        ),
        ("versia-cli send --no-validate note.json --as bob --to http://192.0.2.1", 3, "VN131"),
        (
            "versia-cli send --no-validate note.json --as bob --to b.example --journal bob.key",
            2,
            "not a journal",
        ),
        (
            "versia-cli send --no-validate note.json --as bob --ws --to b.example --concurrency 4",
            2,
            "there is one session",
        ),
        (
            "versia-cli send --no-validate note.json --as bob --to wss://b.example --concurrency 4",
            2,
            "there is one session",
        ),
        (
            "versia-cli send --no-validate note.json --as bob --to b.example --no-receipts",
            2,
            "--no-receipts is for WebSocket",
        ),
        (
            "versia-cli send --no-validate latin1 --as bob --ws --to b.example",
            2,
            "latin1 cannot be sent over WebSocket",
        ),
        ("versia-cli send --no-validate note.json --as bob --ws --to http://192.0.2.1", 3, "VN131"),
        ("versia-cli send --no-validate note.json --as bob --to ws://b.example:x", 2, "cannot deliver to"),
        ("versia-cli send --no-validate empty --as bob --ws --to b.example", 2, "empty is empty"),
        ("versia-cli send --no-validate huge --as bob --ws --to b.example", 2, "larger than 64 MiB"),
        (
            "versia-cli send --no-validate note.json --as bob --ws --to b.example --journal bob.key",
            2,
            "not a journal",
        ),
        (
            "versia-cli send --no-validate note.json --as bob --signed-by $'a\nX: b' --to b.example --dry-run",
            2,
            "control character",
        ),
        ("versia-cli keygen", 2, "required arguments"),
        ("versia-cli keygen --out bob.key", 2, "bob.key is there already"),
        ("versia-cli keygen --save bob --domain bob.com", 2, "named \"bob\" already"),
        ("versia-cli keygen --save x --domain https://x.example", 2, "not a domain"),
        ("versia-cli explain VS999", 2, "there is no code"),
        ("versia-cli man nonsense", 2, "there is no command"),
        ("versia-cli verify note.json --as-of yesterday", 2, "is not a time"),
        ("versia-cli verify note.json", 2, "cannot tell what the JSON"),
        ("echo '[]' | versia-cli verify", 2, "a JSON array"),
        ("echo '{\"type\":\"Note\"}' | versia-cli verify", 2, "an entity without a signature"),
        ("versia-cli verify --signature x", 2, "--method and --path"),
    ]);
}

#[test]
fn keys_where_they_do_not_belong_are_not_repeated() {
    let pem = "versia-cli key bob.key --to pem --out bob.pem -q;";
    let sandbox = sandbox();
    for line in [
        "versia-cli key \"$(cat bob.pem)\"",
        "versia-cli sign POST /x --body note.json --signed-by b.com --key \"$(cat bob.pem)\"",
        "versia-cli sign POST /x --body note.json --signed-by b.com --key=\"$(cat bob.pem)\"",
        "versia-cli sign POST /x $(cat bob.key)",
        "versia-cli sign POST /x $(cat bob.key) extra",
        "versia-cli sign POST /x --body note.json --as $(cat bob.key)",
        "versia-cli sign POST /x --body $(cat bob.key) --as bob",
        "VERSIA_AS=$(cat bob.key) versia-cli sign POST /x --body note.json",
        "versia-cli sign POST /x --body note.json --signed-by b.com --key $(head -c 63 bob.key)",
        "VERSIA_KEY=\"$(tr '\\n' ' ' < bob.pem | cut -c1-50)\" versia-cli sign POST /x --body note.json --signed-by b.com",
        "VERSIA_AS=\"$(cat bob.pem)\" versia-cli sign GET /x",
        "versia-cli sign POST /x --body note.json --key VERSIA_KEY=$(cat bob.key) --signed-by b.com",
        "versia-cli keygen --out no/$(cat bob.key)",
        "versia-cli keygen --save x --domain $'\\n'$(cat bob.key)",
        "versia-cli verify $(cat bob.key)",
        "versia-cli verify note.json --$(cat bob.key)",
        "versia-cli explain $(cat bob.key)",
        "versia-cli send --no-validate $(cat bob.key) --to b.example --as bob",
        "versia-cli send --no-validate note.json --to $(cat bob.key) --as bob",
        "versia-cli send --no-validate note.json --to b.example --as bob --rate $(cat bob.key)",
        "versia-cli send --no-validate note.json --to b.example --signed-by b.com --key $(cat bob.key)",
        "versia-cli identity add $(cat bob.key) --key bob.key --domain b.com",
        "versia-cli $(cat bob.key)",
    ] {
        let ended = sandbox.sh(&format!("{pem} {line}"));
        let said = format!("{}{}", ended.out(), ended.stderr);
        assert_eq!(ended.code, 2, "{line}\n{said}");
        assert!(!said.contains(&SPEC_KEY[16..28]) && !said.contains(&SPEC_KEY[50..62]), "{line}\n{said}");
        sandbox.sh("rm bob.pem").code(0);
    }
}

#[test]
fn what_is_not_a_regular_file_is_not_replaced() {
    check(&[
        ("mkfifo fifo; versia-cli keygen --out fifo --force", 2, "not a regular file"),
        ("ln -s bob.key link; versia-cli keygen --out link --force", 2, "not a regular file"),
        ("versia-cli key bob.key --to pem --out link --force", 2, "not a regular file"),
        ("versia-cli keygen --save x --domain x.example --out no/such/file", 2, "cannot write no/such/file"),
        ("versia-cli identity show x", 2, "no identity named"),
        (
            "versia-cli keygen --save bob --domain x.example --out no/such/file --force",
            2,
            "cannot write no/such/file",
        ),
        ("versia-cli identity show bob | grep -q bob.com || echo gone >&2; exit 7", 7, ""),
        ("versia-cli keygen --save x --domain x.example --out - > /dev/full", 2, "No space left"),
        ("versia-cli identity show x", 2, "no identity named"),
    ]);
}

#[test]
fn the_environment_neither_overrides_a_flag_nor_is_passed_over() {
    let sandbox = sandbox();
    let own =
        sandbox.sh("VERSIA_SIGNED_BY=other.example versia-cli sign POST /x --body note.json --as bob -q");
    assert!(own.code(0).out().contains("Versia-Signed-By: bob.com"), "{}", own.out());
    check(&[
        (
            "VERSIA_KEY=$'\\xff' versia-cli sign POST /x --body note.json --signed-by b.com",
            2,
            "VERSIA_KEY is not text",
        ),
        ("VERSIA_KEY=' ' versia-cli sign POST /x --body note.json --signed-by b.com", 2, "the key is empty"),
        (
            "chmod 644 config/identities/bob.json; versia-cli sign POST /x --body note.json --as bob",
            0,
            "can be read by others",
        ),
        ("chmod 644 bob.key; versia-cli key bob.key", 0, "can be read by others"),
        ("echo '{' > config/identities/bad.json; versia-cli identity list", 2, "bad.json is not an identity"),
        (
            "versia-cli sign --ws --body note.json --as bob | versia-cli verify",
            0,
            "bad.json is not an identity",
        ),
        (
            "rm config/identities/bad.json; mkfifo config/identities/pipe.json; versia-cli identity list",
            0,
            "",
        ),
    ]);
}

#[test]
fn escape_sequences_in_arguments_do_not_reach_the_terminal() {
    let sandbox = Sandbox::new();
    for line in
        ["versia-cli $'\\x1b[31mfoo\\u202e'", "versia-cli --color always sign POST /x $'a\\x1b]0;x\\x07b' c"]
    {
        let said = sandbox.sh(line).code(2).stderr.clone();
        assert!(!said.contains('\x1b') && !said.contains('\u{202e}'), "{said:?}");
    }
    let help = sandbox.sh("versia-cli --color always --help");
    assert!(help.code(0).out().contains("\x1b["));
    assert!(!sandbox.sh("CLICOLOR_FORCE=1 versia-cli --color=never --help").out().contains("\x1b["));
}

#[test]
fn one_broken_entry_of_an_archive_does_not_hide_the_others() {
    let sandbox = Sandbox::with_bob();
    let entry = |url: &str, more: &str| {
        format!(
            r#"{{"startedDateTime":"2024-10-18T09:23:37Z","request":{{"method":"GET","url":"{url}"{more}}},"response":{{"status":-1}}}}"#
        )
    };
    let signed = entry("https://b.example/.versia/v0.6/x", "");
    let entries = [entry("data:,x", ""), entry("https://b.example/", r#","headers":5"#), signed];
    sandbox.file("odd.har", format!(r#"{{"log":{{"entries":[{}]}}}}"#, entries.join(",")));
    let ended = sandbox.sh("versia-cli verify odd.har");
    ended.code(2);
    assert!(
        ended.stderr.contains("error: entry 2 of the HAR file has no good request.headers"),
        "{}",
        ended.stderr
    );
    assert!(ended.out().contains("entry 3") && ended.out().contains("1 unreadable"), "{}", ended.out());
    sandbox.file("none.har", r#"{"log":{"entries":[]}}"#);
    sandbox.file("no.har", r#"{"log":{}}"#);
    for (file, says) in [("none.har", "has no entries"), ("no.har", "hint: is the file whole?")] {
        let ended = sandbox.sh(&format!("versia-cli verify {file}"));
        ended.code(2);
        assert!(ended.stderr.contains(says), "{}", ended.stderr);
    }
}

#[test]
fn messages_with_a_secret_are_not_quoted() {
    let sandbox = Sandbox::with_bob();
    for line in [
        r"printf 'POST /x HTTP/1.1\r\nAuthorization Bearer s3cr3t\r\n\r\n' | versia-cli verify",
        r#"echo "curl 'https://user:s3cr3t@b.example /x'" | versia-cli verify"#,
    ] {
        let ended = sandbox.sh(line);
        ended.code(2);
        assert!(!ended.stderr.contains("s3cr3t"), "{line}\n{}", ended.stderr);
    }
}

#[test]
fn what_fetch_cannot_mean_or_use() {
    check(&[
        ("versia-cli fetch", 2, "<URL|REF|@USER@DOMAIN>"),
        ("versia-cli fetch @bob --as bob", 2, "written @user@domain"),
        ("versia-cli fetch @bob@b.example --type User --as bob", 2, "only the user can be fetched"),
        ("versia-cli fetch b.example:1 --type Note --all --limit 1 --as bob", 2, "cannot be used with"),
        ("versia-cli fetch https://b.example/x --collection y --as bob", 2, "only an entity has collections"),
        ("versia-cli fetch https://b.example/x --save note.json/x --as bob", 2, "cannot make the folder"),
        ("versia-cli discover", 2, "<DOMAIN|@USER@DOMAIN|URL>"),
        ("versia-cli discover ''", 2, "it is empty"),
        ("versia-cli discover bob@b.example", 2, "written @user@domain"),
        ("versia-cli discover https://u:s3cr3t@b.example", 2, "user name or a password"),
        ("versia-cli fetch '' --as bob", 2, "neither an address nor a reference"),
        ("versia-cli fetch b.example --as bob", 2, "neither an address nor a reference"),
        ("versia-cli fetch b.example:1 --as bob", 2, "does not say of which type"),
        ("versia-cli fetch b.example:1 --type '' --as bob --timeout 0.001", 3, "VN1"),
        ("versia-cli fetch https://b.example/x --type Note --as bob", 2, "has its type already"),
        ("versia-cli fetch https://user:$(cat bob.key)@b.example/ --as bob", 2, "not shown"),
        ("versia-cli fetch https://u:secret@b.example/ --as bob", 2, "user name or a password"),
        ("versia-cli fetch https://b.example/#x --as bob", 2, "fragment"),
        ("versia-cli fetch 'https://b.example/a b' --as bob", 2, "blank or a control character"),
        ("versia-cli fetch $'https://b.example/\\xff' --as bob", 2, "invalid UTF-8"),
        ("versia-cli fetch web+versia://compose/x --as bob", 2, "names no instance"),
        ("versia-cli fetch web+versia://reply/b.example/1 --as bob", 2, "names nothing to fetch"),
        ("versia-cli fetch http://192.0.2.1/x --as bob", 3, "VN131"),
        (
            "versia-cli fetch https://b.example/x --expect 99 --as bob",
            2,
            "a status is a number from 100 to 599",
        ),
        ("versia-cli fetch https://b.example/x --unsigned --as bob", 2, "cannot be used with"),
        ("versia-cli fetch https://b.example/x --as nobody", 2, "nobody"),
        ("versia-cli fetch https://b.example/x --key cut.key --signed-by x.example", 2, "end in the middle"),
        ("versia-cli fetch https://b.example/x --as bob --public-key empty", 2, "the key is empty"),
        ("versia-cli fetch https://b.example/x --as bob --metadata dir", 2, "from dir: it is a directory"),
        ("versia-cli fetch https://b.example/x --as bob --public-key huge", 2, "larger than 64 MiB"),
        ("versia-cli fetch https://b.example/x --as bob -H @nothing", 2, "cannot read --header from nothing"),
        (
            "versia-cli fetch https://b.example/x --as bob -H $'X: a\\x01b'",
            2,
            "line break or a control character",
        ),
        ("versia-cli fetch https://b.example/x --as bob -H 'Host: a' -H 'host: b'", 2, "once only"),
        ("versia-cli fetch https://b.example/x --as bob -H ': x'", 2, "is not the name of a header"),
        ("versia-cli fetch https://b.example/x --as bob --peer b.example", 2, "DOMAIN=URL"),
        ("versia-cli fetch https://b.example/x --as bob --peer b.example=b", 2, "no scheme"),
        ("versia-cli fetch https://b.example/x --as bob --resolve b.example", 2, "HOST:PORT:ADDR"),
        ("versia-cli fetch https://b.example/x --as bob --timeout=-1", 2, "--timeout"),
        (
            "versia-cli fetch https://b.example/x --as bob --cacert nothing --resolve b.example:443:127.0.0.1:1",
            3,
            "VN102",
        ),
        ("versia-cli verify note.json --peer b.example=https://b.example", 2, "--fetch-key asks"),
        ("versia-cli verify note.json --fetch-key --as bob", 2, "cannot be used with"),
        ("versia-cli verify note.json --fetch-key --metadata note.json", 2, "cannot be used with"),
    ]);
}

#[test]
fn sessions() {
    check(&[
        ("versia-cli repl", 2, "<URL|DOMAIN>"),
        ("versia-cli repl '' --as bob", 2, "cannot open a session with"),
        ("versia-cli repl ftp://b.example --as bob", 2, "the scheme ftp is none"),
        ("versia-cli repl http://b.example --as bob", 3, "VN131"),
        ("versia-cli repl http://127.0.0.1:1 --as nobody", 2, "nobody"),
        ("versia-cli repl http://127.0.0.1:1 --as bob", 3, "refuses the connection"),
        ("versia-cli repl http://127.0.0.1:1 --as bob --unsigned", 2, "cannot be used with"),
        ("versia-cli repl http://127.0.0.1:1 --as bob --count 0", 2, "invalid value '0'"),
        ("versia-cli repl http://127.0.0.1:1 --as bob --for soon", 2, "not a number of seconds"),
        ("versia-cli repl http://127.0.0.1:1 --as bob --subprotocol 'a b'", 2, "not a token"),
        ("versia-cli repl http://127.0.0.1:1 --as bob --metadata empty", 2, "the key is empty"),
        ("versia-cli repl http://127.0.0.1:1 --key cut.key --signed-by x.example", 2, "cannot read"),
        ("versia-cli repl http://127.0.0.1:1 --as bob -H 'Upgrade: h2c'", 2, "belongs to the handshake"),
    ]);
}
