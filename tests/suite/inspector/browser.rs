//! A headless browser that is told what to do, and says what it sees.

use std::io::{BufRead, BufReader, Lines, Write};
use std::process::{Child, ChildStdin, ChildStdout};

use serde_json::{Value, json};

use super::scene::{Scene, TOKEN};
use crate::fixture::{Sandbox, root};
use crate::interop::tools;

/// A browser with the inspector's page in it. It ends with the test.
pub struct Browser {
    child: Child,
    commands: Option<ChildStdin>,
    answers: Lines<BufReader<ChildStdout>>,
}

impl Browser {
    /// Opens the page of a scene.
    pub fn of(scene: &Scene) -> Self {
        let mut browser = Browser::start(&scene.sandbox);
        browser.open(&scene.address, json!({}));
        browser
    }

    /// A browser with nothing open.
    pub fn start(sandbox: &Sandbox) -> Self {
        let modules = tools().join("node/node_modules");
        assert!(
            ["playwright-core", "axe-core"].iter().all(|it| modules.join(it).exists()),
            "playwright-core and axe-core are not in {}: ./scripts/test installs them",
            modules.display()
        );
        let script = root().join("tests/interop/inspector.mjs");
        let mut child = sandbox.start(&format!("node '{}' '{}'", script.display(), modules.display()));
        let commands = child.stdin.take();
        let answers = BufReader::new(child.stdout.take().unwrap()).lines();
        Browser { child, commands, answers }
    }

    /// Opens the page of an inspector with the token, and waits until it is live.
    pub fn open(&mut self, address: &str, with: Value) {
        let mut command = json!({ "do": "open", "url": format!("http://{address}/#token={TOKEN}") });
        command.as_object_mut().unwrap().extend(with.as_object().unwrap().clone());
        self.tell(&command);
        self.wait("document.getElementById('live').dataset.state === 'live'");
    }

    /// Opens an address that needs nothing more.
    pub fn visit(&mut self, url: &str, with: Value) {
        let mut command = json!({ "do": "open", "url": url });
        command.as_object_mut().unwrap().extend(with.as_object().unwrap().clone());
        self.tell(&command);
    }

    #[track_caller]
    fn tell(&mut self, command: &Value) -> Value {
        writeln!(self.commands.as_mut().unwrap(), "{command}").unwrap();
        let line = self.answers.next().unwrap_or_else(|| panic!("the browser ended at {command}")).unwrap();
        let answer: Value = serde_json::from_str(&line).unwrap();
        assert!(answer["error"].is_null(), "{}", answer["error"].as_str().unwrap_or_default());
        answer["ok"].clone()
    }

    /// Waits until an expression of the page is true.
    #[track_caller]
    pub fn wait(&mut self, expression: &str) {
        self.tell(&json!({ "do": "wait", "for": expression }));
    }

    /// Waits until an element's text holds another.
    #[track_caller]
    pub fn wait_for_text(&mut self, selector: &str, text: &str) {
        let text = json!(text);
        self.wait(&format!("(document.querySelector('{selector}')?.textContent ?? '').includes({text})"));
    }

    /// The value of an expression of the page.
    #[track_caller]
    pub fn value(&mut self, expression: &str) -> Value {
        self.tell(&json!({ "do": "value", "of": expression }))
    }

    #[track_caller]
    pub fn press(&mut self, keys: &[&str]) {
        for key in keys {
            self.tell(&json!({ "do": "press", "key": key }));
        }
    }

    #[track_caller]
    pub fn click(&mut self, selector: &str) {
        self.tell(&json!({ "do": "click", "at": selector }));
    }

    #[track_caller]
    pub fn fill(&mut self, selector: &str, text: &str) {
        self.tell(&json!({ "do": "fill", "at": selector, "with": text }));
    }

    #[track_caller]
    pub fn select(&mut self, selector: &str, value: &str) {
        self.tell(&json!({ "do": "select", "at": selector, "value": value }));
    }

    /// Asserts that nothing of the page is hard to use.
    #[track_caller]
    pub fn is_accessible(&mut self, where_: &str) {
        let found = self.tell(&json!({ "do": "axe" }));
        assert_eq!(found, json!([]), "{where_}");
    }

    /// Every request, complaint and dialog so far.
    pub fn seen(&mut self) -> Value {
        self.tell(&json!({ "do": "seen" }))
    }

    /// Asserts that nothing was asked of anybody else, and that nothing was complained about.
    #[track_caller]
    pub fn kept_to(&mut self, address: &str) {
        let seen = self.seen();
        let own = format!("http://{address}/");
        let foreign: Vec<_> = seen["requests"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|url| !url.as_str().unwrap().starts_with(&own))
            .collect();
        assert!(foreign.is_empty(), "{foreign:?}");
        assert_eq!((&seen["complaints"], &seen["dialogs"]), (&json!([]), &json!([])));
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // At the end of its input, it closes the browser.
        drop(self.commands.take());
        let _ = self.child.wait();
    }
}
