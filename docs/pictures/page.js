// Takes the pictures of docs/guides/page.md, light and dark:
//   cargo build && npm ci --prefix tests/page && node docs/pictures/page.js
// They show a browser's fonts and the time, so no test holds them to the byte.
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { launch, open } from '../../tests/page/browser.js';
import { start, until } from '../../tests/page/story.js';
import { smaller } from './page-palette.js';

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const browser = await launch();
const failure = { status: 503, answer: 'unknown tenant: acme', tries: 4 };
const served = await start({ failure });

// A minute of work, so that there is something to draw.
for (let second = 0; second < 60; second += 1) {
  for (let number = 0; number < 2 + (second % 17) / 2; number += 1) {
    await served.event({ event: 'after:adjust', id: `adjust-${second}-${number}` });
  }
  if (second % 20 === 7) await served.event({ event: 'after:measure', id: `measure-${second}` });
  if (second % 15 === 3) await served.event({ event: 'before:adjust', id: `adjust-${second}` });
  if (second % 25 === 11) await served.event({ event: 'before:describe', id: `describe-${second}` });
  await new Promise((resolve) => setTimeout(resolve, 1000));
}
await served.shows('/dead-letters', '✕</span> failed');
const list = await (await fetch(`${served.page}/dead-letters`)).text();
const letter = list.match(/href="(\/delivery\?id=[^"]+)"/)[1];
const views = { overview: '/?refresh=off', delivery: `${letter}&refresh=off` };
for (const scheme of ['light', 'dark']) {
  for (const [name, path] of Object.entries(views)) {
    const { context, page } = await open(browser, { viewport: { width: 1120, height: 700 }, scheme });
    await page.goto(served.page + path);
    await until('fonts', () => page.evaluate(() => document.fonts.status === 'loaded'));
    const picture = await page.screenshot({ type: 'png' });
    await writeFile(here(`page-${name}-${scheme}.png`), smaller(picture));
    await context.close();
  }
}
await browser.close();
await served.stop();
