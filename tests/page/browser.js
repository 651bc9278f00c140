// The browser of Debian, as a person has it: the page's policy holds, and no script is needed.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const { chromium } = require('playwright-core');
const AXE = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

export const WIDE = { width: 1280, height: 900 };
export const NARROW = { width: 360, height: 740 };

export function launch() {
  // Root has no sandbox, and a container little shared memory.
  const args = ['--no-sandbox', '--disable-dev-shm-usage', '--force-prefers-reduced-motion'];
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args });
}

/** A window without script; what it complains of is kept. */
export async function open(browser, { viewport = WIDE, scheme = 'light', credentials } = {}) {
  const context = await browser.newContext({
    javaScriptEnabled: false,
    viewport,
    colorScheme: scheme,
    httpCredentials: credentials,
  });
  const page = await context.newPage();
  const complaints = [];
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('dialog', (dialog) => { complaints.push(dialog.message()); dialog.dismiss(); });
  // Another view may be gone to before all is there.
  page.on('requestfailed', (request) => {
    if (request.failure().errorText !== 'net::ERR_ABORTED') complaints.push(request.url());
  });
  return { context, page, complaints };
}

const copies = new WeakMap();

/** What axe finds, each in a line. It needs script, so it looks at a copy in a window that has it. */
export async function findings(page) {
  const context = page.context();
  if (!copies.has(context)) {
    const dark = await page.evaluate(() => matchMedia('(prefers-color-scheme: dark)').matches);
    const window = await context.browser().newContext({
      viewport: page.viewportSize(),
      colorScheme: dark ? 'dark' : 'light',
    });
    copies.set(context, await window.newPage());
    context.once('close', () => window.close());
  }
  const copy = copies.get(context);
  await copy.setContent(await page.content());
  const result = await copy.evaluate(`${AXE}; axe.run(document, { resultTypes: ['violations'] })`);
  return result.violations.flatMap((one) =>
    one.nodes.map((node) => `${one.id}: ${node.html.slice(0, 200)} ${node.failureSummary}`));
}

/** Presses Tab until an element has the focus that a selector means. */
export async function tabTo(page, selector) {
  for (let pressed = 0; pressed < 120; pressed += 1) {
    await page.keyboard.press('Tab');
    const found = await page.evaluate((wanted) => document.activeElement?.matches(wanted) ?? false, selector);
    if (found) return;
  }
  throw new Error(`no way to ${selector} by the keyboard`);
}

/** Goes to an element by the keyboard, and presses a key that loads another view. */
export async function press(page, selector, key = 'Enter') {
  await tabTo(page, selector);
  await Promise.all([page.waitForNavigation(), page.keyboard.press(key)]);
}
