// Each action, by the keyboard alone and without script.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { NARROW, findings, launch, open, press, tabTo } from './browser.js';
import { history, start } from './story.js';

let browser;
let served;

before(async () => {
  browser = await launch();
  served = await start();
  await history(served);
});

after(async () => {
  await browser.close();
  await served.stop();
});

/** The text of the page, without what stands around it. */
const main = (page) => page.innerText('main');

test('the first stop is a way past what all views have', async () => {
  const { context, page } = await open(browser);
  await page.goto(served.page);
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Skip to the content');
  const { left, outline } = await page.evaluate(() => {
    const { left: place } = document.activeElement.getBoundingClientRect();
    return { left: place, outline: getComputedStyle(document.activeElement).outlineStyle };
  });
  assert.ok(left >= 0 && outline === 'solid', `${left} ${outline}`);
  await page.keyboard.press('Enter');
  // From there to the first link of the content.
  await page.keyboard.press('Tab');
  assert.ok(await page.evaluate(() => document.activeElement.closest('main') !== null));
  await context.close();
});

test('a webhook is paused and resumed', async () => {
  const { context, page, complaints } = await open(browser, { viewport: NARROW, scheme: 'dark' });
  await page.goto(served.page);
  await press(page, 'a[href="/webhook?name=billing"]');
  await press(page, 'form[action="/pause"] button');
  assert.match(await main(page), /Paused: deliveries wait/);
  assert.match(await main(page), /Paused since/);
  assert.deepEqual(await findings(page), []);
  await served.event({ event: 'after:adjust', id: 'adjust-9' });
  await served.shows('/deliveries?id=adjust-9', '!</span> waiting');
  await press(page, 'form[action="/resume"] button', 'Space');
  assert.match(await main(page), /Resumed: what waits is sent/);
  await served.shows('/deliveries?id=adjust-9', '✓</span> delivered');
  assert.deepEqual(complaints, []);
  assert.match(served.said(), /page: paused .*who="local"|who="local".*page: paused/);
  await context.close();
});

test('deliveries are filtered, page by page', async () => {
  for (let number = 0; number < 60; number += 1) {
    await served.event({ event: 'after:adjust', id: `many-${number}.` });
  }
  await served.shows('/deliveries?id=many-59.', '✓</span> delivered');
  const { context, page } = await open(browser);
  await page.goto(`${served.page}/deliveries`);
  await tabTo(page, '#filter-webhook');
  await page.keyboard.type('billing');
  await tabTo(page, '#filter-event');
  await page.keyboard.type('after:adjust');
  await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')]);
  assert.match(await main(page), /many-59\./);
  assert.doesNotMatch(await main(page), /audit-trail/);
  await press(page, 'a[rel="next"]');
  assert.match(await main(page), /many-0\./);
  assert.equal(await page.inputValue('#filter-webhook'), 'billing');
  await press(page, 'nav[aria-label="Pages"] a');
  assert.match(await main(page), /many-59\./);
  await context.close();
});

test('dead letters are replayed and forgotten, each after it was said how many', async () => {
  const { context, page, complaints } = await open(browser, { viewport: NARROW });
  await page.goto(`${served.page}/dead-letters?id=measure-1`);
  await press(page, 'th a[href^="/delivery"]');
  assert.match(await main(page), /unknown tenant/);
  await press(page, 'form[action="/forget"] button');
  assert.match(await main(page), /Its body and its answers are removed/);
  await press(page, 'form[action="/forget"] button');
  assert.match(await main(page), /Forgotten: 1 delivery/);
  served.mend();
  await page.goto(`${served.page}/dead-letters?webhook=audit-trail`);
  await press(page, 'form[action="/replay"] button');
  const said = (await main(page)).match(/(\d+) deliveries will be sent again/);
  assert.equal(said[1], '12');
  assert.deepEqual(await findings(page), []);
  await press(page, 'form[action="/replay"] button');
  assert.match(await main(page), /Replayed: 12 deliveries wait again/);
  await served.shows('/dead-letters', 'There is no dead letter');
  assert.deepEqual(complaints, []);
  await context.close();
});

test('what fires is explained', async () => {
  const { context, page } = await open(browser);
  await page.goto(`${served.page}/explain`);
  await tabTo(page, '#sample');
  await page.keyboard.type('before:adjust');
  await press(page, 'form[method="get"] button');
  assert.match(await page.inputValue('#event'), /"event":"before:adjust"/);
  await press(page, 'form[method="post"] button');
  assert.match(await main(page), /approvals\s+✓ fires/);
  assert.deepEqual(await findings(page), []);
  await context.close();
});

test('who has the token signs in, and nobody else', async () => {
  const guarded = await start({ environment: { SERVO_WEBHOOKS_TOKEN: 't0ken-of-this-test' } });
  const sign = async (password) => {
    const { context, page } = await open(browser, { credentials: { username: 'anna', password } });
    const answer = await page.goto(guarded.page).catch((error) => error);
    const seen = { status: answer.status?.(), text: await page.innerText('body') };
    if (password === 't0ken-of-this-test') {
      await page.goto(`${guarded.page}/webhook?name=billing`);
      await press(page, 'form[action="/pause"] button');
      assert.match(await main(page), /Paused/);
    }
    await context.close();
    return seen;
  };
  const right = await sign('t0ken-of-this-test');
  assert.equal(right.status, 200);
  assert.match(right.text, /signed in as anna/);
  const wrong = await sign('guess');
  assert.equal(wrong.status, 401);
  assert.doesNotMatch(wrong.text, /billing/);
  assert.match(guarded.said(), /who="anna"/);
  await guarded.stop();
});

test('no other page can frame it or send its forms', async () => {
  const http = await import('node:http');
  const evil = http.createServer((request, response) => {
    response.writeHead(200, { 'content-type': 'text/html' });
    response.end(request.url === '/frame'
      ? `<title>e</title><iframe src="${served.page}/"></iframe>`
      : `<title>e</title><form method="post" action="${served.page}/pause"><input name="webhook" value="billing"><input name="token" value="guess"><button>go</button></form>`);
  });
  await new Promise((resolve) => evil.listen(0, '127.0.0.1', resolve));
  const origin = `http://localhost:${evil.address().port}`;
  after(() => { evil.closeAllConnections(); evil.close(); });
  const { context, page, complaints } = await open(browser);
  await page.goto(`${origin}/frame`);
  assert.match(complaints.join(), /Framing .* violates .*frame-ancestors 'none'/);
  await page.goto(`${origin}/form`);
  await Promise.all([page.waitForNavigation(), page.getByRole('button').click()]);
  assert.match(await page.innerText('body'), /Refused/);
  await served.shows('/webhook?name=billing', 'Pause deliveries');
  await context.close();
});
