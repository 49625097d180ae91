//! The progress bar of bulk work: on standard error, where the results go elsewhere.

use super::pane::Pane;
use crate::fixture::Sandbox;

#[test]
fn bulk_work_shows_how_far_it_is_and_clears_that_away() {
    let sandbox = Sandbox::with_bob();
    sandbox.file("notes", "{}\n{}\nbad\n");
    let pane = Pane::open(&sandbox);
    for command in ["sign", "verify"] {
        // The input stays open until somebody has seen the bar.
        pane.shell("rm -f held; mkfifo held; versia-cli sign --ndjson --body notes --as bob --quiet >signed");
        let input = if command == "sign" { "notes" } else { "signed" };
        pane.line(&format!("clear; cat {input} held | versia-cli {command} --ndjson --as bob >out"));
        pane.wait("the bar", |screen| screen.contains(" 3 so far, "));
        sandbox.sh(": > held").code(0);
        pane.wait("the end", |screen| !screen.contains("so far") && screen.trim_end().ends_with('$'));
        assert_eq!(sandbox.sh("wc -l < out").out().trim(), if command == "sign" { "3" } else { "4" });
    }
    // Where the results are on the screen themselves, there is no bar.
    pane.line("clear; versia-cli verify --ndjson signed --as bob; echo ended");
    let screen = pane.wait_for("\nended");
    assert!(screen.contains("3 valid") && !screen.contains("so far"), "{screen}");
}
