//! What stands before `curl` where people copy commands: comments, Markdown fences, prompts, `sudo`, variables.

use super::error::CurlError;

/// The longest prompt that is looked for, in bytes.
const LONGEST_PROMPT: usize = 120;

/// Commands that run the one that follows them.
const RUNNERS: [&[u8]; 5] = [b"sudo", b"env", b"command", b"exec", b"time"];

/// A command's text from its first word on, and whether a prompt stood before it.
pub(super) fn strip(text: &[u8]) -> (&[u8], bool) {
    let mut text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text).trim_ascii_start();
    loop {
        if let Some(rest) = without_prompt(text) {
            return (rest, true);
        }
        // A comment, a `#!` line, or a fence with the language's name.
        if !text.starts_with(b"#") && !text.starts_with(b"```") && !text.starts_with(b"~~~") {
            return (text, false);
        }
        let end = memchr::memchr(b'\n', text).unwrap_or(text.len());
        text = text.get(end..).unwrap_or_default().trim_ascii_start();
    }
}

/// The command after `$ `, `> `, `% `, or the same (or `# `) with `user@host:~`, `C:\` or `PS C:\` before.
fn without_prompt(text: &[u8]) -> Option<&[u8]> {
    let head = text.get(..LONGEST_PROMPT).unwrap_or(text);
    let line = head.split(|byte| *byte == b'\n').next()?;
    let end = line.windows(2).position(|pair| matches!(pair, [b'$' | b'>' | b'%' | b'#', b' ']))?;
    let name = line.get(..end)?;
    // A comment may well begin with curl; what is run does not.
    if text.starts_with(b"#") {
        return None;
    }
    let drive = name.get(1..).is_some_and(|rest| rest.starts_with(b":\\"));
    let named = name.contains(&b'@') || name.starts_with(b"PS ") || name.starts_with(b"~") || drive;
    if !name.is_empty() && (!named || name.iter().any(|byte| b"'\"{}=".contains(byte))) {
        return None;
    }
    let rest = text.get(end + 2..)?.trim_ascii_start();
    (starts_command(rest) || starts_pipe(rest) || other_copy(rest).is_some()).then_some(rest)
}

/// Whether curl is the first command here.
pub(super) fn starts_command(text: &[u8]) -> bool {
    let mut rest = text;
    loop {
        let Some(end) = rest.iter().position(|byte| byte.is_ascii_whitespace() || *byte == b'|') else {
            return false;
        };
        let (word, after) = rest.split_at_checked(end).unwrap_or_default();
        if is_curl(word.strip_suffix(b"\\").unwrap_or(word)) {
            return after.first() != Some(&b'|');
        }
        if !may_precede(word) {
            return false;
        }
        let blanks = after.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        rest = after.get(blanks..).unwrap_or_default();
    }
}

/// Whether `printf`, `echo` or `cat` gives something to curl through a pipe.
pub(super) fn starts_pipe(text: &[u8]) -> bool {
    if !text.starts_with(b"printf ") && !text.starts_with(b"echo ") && !text.starts_with(b"cat ") {
        return false;
    }
    let before = memchr::memmem::find(text, b"curl ").and_then(|at| text.get(..at));
    before.is_some_and(|before| before.trim_ascii_end().ends_with(b"|"))
}

/// Whether a word is curl's name, with a path or `.exe` or without.
fn is_curl(word: &[u8]) -> bool {
    let name = word.rsplit(|byte| matches!(byte, b'/' | b'\\')).next().unwrap_or(word);
    // A shell takes the backslashes out of a Windows path.
    let windows = word.get(1) == Some(&b':');
    name == b"curl" || name.eq_ignore_ascii_case(b"curl.exe") || (windows && word.ends_with(b"curl.exe"))
}

/// Whether a word may stand before a command's name: `NAME=value`, or a command that runs another.
fn may_precede(word: &[u8]) -> bool {
    let name = word.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
    let assigns = name > 0 && word.get(name) == Some(&b'=') && !word.starts_with(b"=");
    assigns || RUNNERS.contains(&word)
}

/// Takes away what stands before curl's name among a command's words; the name is then `curl`.
pub(super) fn strip_words(words: &mut Vec<Vec<u8>>) {
    let before = words.iter().take_while(|word| may_precede(word)).count();
    if let Some(name) = words.get_mut(before).filter(|word| is_curl(word)) {
        *name = b"curl".to_vec();
        words.drain(..before);
    }
}

/// What a browser's dev tools copy for others than a POSIX shell.
pub(super) fn other_copy(text: &[u8]) -> Option<CurlError> {
    let starts =
        |name: &str| text.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name.as_bytes()));
    if starts("Invoke-WebRequest") || starts("Invoke-RestMethod") || starts("$session = New-Object") {
        return Some(CurlError::OtherCopy("Copy as PowerShell"));
    }
    let call = text.strip_prefix(b"await ").unwrap_or(text).strip_prefix(b"fetch(");
    if call.is_some_and(|rest| matches!(rest.trim_ascii_start(), [b'"' | b'\'' | b'`', ..])) {
        return Some(CurlError::OtherCopy("Copy as fetch"));
    }
    let line = text.split(|byte| *byte == b'\n').next().unwrap_or(text).trim_ascii_end();
    let cmd = memchr::memmem::find(line, b" ^\"").is_some() || line.ends_with(b" ^");
    // In single quotes, which cmd does not have, the mark means nothing.
    (cmd && !line.contains(&b'\'') && starts_command(text))
        .then_some(CurlError::OtherCopy("Copy as cURL (cmd)"))
}

/// A text whose lines, after a backslash at the end of the one before, begin with the shell's prompt `> `, without it.
pub(super) fn without_continuation_prompts(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        let continues = out.ends_with(b"\\\n") || out.ends_with(b"\\\r\n");
        let line = if continues { line.strip_prefix(b"> ").unwrap_or(line) } else { line };
        out.extend_from_slice(line);
    }
    out
}
