// Each view: nothing that axe finds, nothing wider than a telephone, in both schemes.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { NARROW, WIDE, findings, launch, open } from './browser.js';
import { TRICKS, history, start, until } from './story.js';

let browser;
let served;
let views;

before(async () => {
  browser = await launch();
  served = await start();
  await history(served);
  const link = async (path, pattern) => {
    const text = await (await fetch(served.page + path)).text();
    const found = text.match(pattern);
    assert.ok(found, `${pattern} at ${path}`);
    return found[1].replaceAll('&amp;', '&');
  };
  const dead = await link('/dead-letters?id=measure-3', /href="(\/delivery\?id=[^"]+)"/);
  views = {
    overview: '/',
    webhook: '/webhook?name=audit-trail',
    'webhook that asks': '/webhook?name=approvals',
    deliveries: '/deliveries',
    'deliveries by a filter': '/deliveries?state=failed&webhook=audit-trail&since=2h',
    'no deliveries': '/deliveries?webhook=nobody',
    'dead letters': '/dead-letters',
    delivery: dead,
    'hostile delivery': await link('/dead-letters?webhook=audit-trail', /href="(\/delivery\?id=[^"]+)"/),
    decisions: '/decisions',
    veto: await link('/decisions?state=cancelled', /href="(\/decision\?at=[^"]+)"/),
    'failed open': await link('/decisions?state=failed+open', /href="(\/decision\?at=[^"]+)"/),
    'replay all': '/replay?webhook=audit-trail',
    'forget one': dead.replace('/delivery', '/forget'),
    explain: '/explain',
    'explain a sample': '/explain?sample=after:measure',
    configuration: '/configuration',
    'not found': '/nothing',
    'a notice': '/dead-letters?notice=replayed&count=3',
    'wrong filter': '/deliveries?since=never',
  };
});

after(async () => {
  await browser.close();
  await served.stop();
});

// Each size and each scheme with axe; the others for what does not fit.
for (const [size, viewport, scheme, axe] of [
  ['wide', WIDE, 'light', true],
  ['narrow', NARROW, 'dark', true],
  ['wide', WIDE, 'dark', false],
  ['narrow', NARROW, 'light', false],
]) {
  test(`views, ${size} and ${scheme}`, async (context) => {
    const { context: window, page, complaints } = await open(browser, { viewport, scheme });
    for (const [name, path] of Object.entries(views)) {
      await context.test(name, async () => {
        complaints.length = 0;
        const answer = await page.goto(served.page + path);
        const failed = answer.status() >= 400;
        if (axe) assert.deepEqual(await findings(page), []);
        const { width, title, headings, lost } = await page.evaluate(() => ({
          width: document.documentElement.scrollWidth,
          title: document.title,
          headings: document.querySelectorAll('h1').length,
          // Nothing of a text from elsewhere became a part of the page.
          lost: document.querySelectorAll('script, img, main main').length,
        }));
        assert.ok(width <= viewport.width, `${width} px`);
        assert.equal(headings, 1);
        assert.equal(lost, 0);
        assert.match(title, /· servo-webhooks$/);
        // A browser says itself that an answer was an error.
        assert.deepEqual(complaints.filter((one) => !failed || !one.includes('status of')), []);
      });
    }
    await window.close();
  });
}

test('the scheme of the reader is followed', async () => {
  const colour = async (scheme) => {
    const { context, page } = await open(browser, { scheme });
    await page.goto(served.page);
    const found = await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
    await context.close();
    return found;
  };
  assert.equal(await colour('light'), 'rgb(255, 255, 255)');
  assert.equal(await colour('dark'), 'rgb(13, 17, 23)');
});

test('a hostile text is read as it is, but for what is not seen', async () => {
  const { context, page } = await open(browser);
  await page.goto(`${served.page}/dead-letters?webhook=audit-trail`);
  const shown = TRICKS.replace(/[\u202e\u0007]/gu, '\ufffd');
  assert.ok((await page.innerText('main')).includes(shown));
  await context.close();
});

test('it updates itself, and stops when it is told to', async () => {
  const { context, page } = await open(browser);
  await page.goto(served.page);
  const first = await page.locator('footer time').getAttribute('datetime');
  await until('another time', async () => (await page.locator('footer time').getAttribute('datetime')) !== first);
  await page.getByRole('link', { name: 'Stop updating' }).click();
  assert.match(page.url(), /refresh=off/);
  const answer = await page.reload();
  assert.equal(answer.headers().refresh, undefined);
  // On the way through the page too.
  await page.getByRole('link', { name: 'billing' }).click();
  assert.match(page.url(), /refresh=off/);
  await context.close();
});
