// A headless Chromium that does what it is told: one command of JSON a line, one answer each.
//   node inspector.mjs NODE_MODULES
// {"do":"open","url":…,"dark":…,"width":…,"height":…}  {"do":"wait","for":"an expression"}  {"do":"value","of":"an expression"}
// {"do":"press","key":…}  {"do":"click","at":"a selector"}  {"do":"fill","at":…,"with":…}  {"do":"select","at":…,"value":…}
// {"do":"axe"}: what axe-core finds  {"do":"seen"}: every request, every complaint and every dialog so far
import { createRequire } from "node:module";
import { existsSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";

const modules = process.argv[2];
const require = createRequire(`${modules}/`);
const { chromium } = require("playwright-core");
const axe = readFileSync(`${modules}/axe-core/axe.min.js`, "utf8");
const executablePath = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);

const seen = { requests: [], complaints: [], dialogs: [] };
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
let page;

const open = async ({ url, dark, width, height }) => {
  const context = await browser.newContext({
    viewport: { width: width ?? 1280, height: height ?? 800 },
    colorScheme: dark ? "dark" : "light",
  });
  page = await context.newPage();
  page.setDefaultTimeout(60_000);
  page.on("request", (request) => seen.requests.push(request.url()));
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && seen.complaints.push(message.text()));
  page.on("pageerror", (error) => seen.complaints.push(error.message));
  page.on("dialog", (dialog) => {
    seen.dialogs.push(dialog.message());
    return dialog.dismiss();
  });
  context.on("page", (other) => seen.requests.push(`another page: ${other.url()}`));
  await page.goto(url);
};

const findings = async () => {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() =>
    globalThis.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }));
  return violations.map(({ id, nodes }) => ({ id, at: nodes.map((node) => `${node.target}: ${node.failureSummary}`) }));
};

/** Waits in the page itself, frame by frame: what comes with a page of this policy evaluates no texts. */
const wait = (expression) =>
  page.evaluate(`new Promise((done, fail) => {
    const until = performance.now() + 60_000;
    const look = () => {
      if (${expression}) done(true);
      else if (performance.now() > until) fail(new Error("it did not come to be"));
      else requestAnimationFrame(look);
    };
    look();
  })`);

const commands = {
  open,
  wait: (command) => wait(command.for),
  value: ({ of }) => page.evaluate(of),
  press: ({ key }) => page.keyboard.press(key),
  click: ({ at }) => page.click(at),
  fill: ({ at, with: text }) => page.fill(at, text),
  select: ({ at, value }) => page.selectOption(at, value),
  axe: findings,
  seen: () => seen,
};

for await (const line of createInterface({ input: process.stdin })) {
  const command = JSON.parse(line);
  try {
    console.log(JSON.stringify({ ok: (await commands[command.do](command)) ?? null }));
  } catch (error) {
    const shown = await page?.evaluate(() => document.body.innerText).catch(() => "");
    console.log(JSON.stringify({ error: `${line}: ${error.message}\n${shown}` }));
  }
}
await browser.close();
