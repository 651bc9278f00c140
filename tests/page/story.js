// `serve` with a page, a responder that fails and vetoes, and a history of both.
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PROGRAM =
  process.env.SERVO_WEBHOOKS ?? fileURLToPath(new URL('../../target/debug/servo-webhooks', import.meta.url));

/** What hangs is told from what is slow. */
export const PATIENCE = 30_000;

const CANCEL = 'application/vnd.opsani.servo.errors.EventCancelledError+json';

/** Markup, controls and turns of direction. */
export const TRICKS = '</main><script>document.title="done"</script><img src=x onerror=alert(1)>\u202e\u0007\'"&lt;';

/** Answers as the webhooks below need it. */
async function responder({ status, answer }) {
  const state = { works: false };
  const server = http.createServer((request, response) => {
    request.resume().on('end', () => {
      const path = request.url;
      if (path === '/veto') {
        response.writeHead(200, { 'content-type': CANCEL });
        response.end(JSON.stringify({ reason: 'Launch in progress: no changes until Monday' }));
      } else if (path === '/audit' && !state.works) {
        response.writeHead(status, { 'content-type': 'text/plain' }).end(answer);
      } else {
        setTimeout(() => response.writeHead(204).end(), path === '/slow' ? 120 : 15);
      }
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { state, server, origin: `http://127.0.0.1:${server.address().port}` };
}

function configuration(origin, tries) {
  const webhook = (name, path, events, more = {}) => ({
    name, events, url: origin + path, secret: 'a-secret-of-some-length', ...more,
  });
  return JSON.stringify([
    webhook('billing', '/slow', ['after:measure', 'after:adjust']),
    webhook('audit-trail', '/audit', ['after:measure'], { backoff: { max_tries: tries } }),
    webhook('approvals', '/veto', ['before:adjust']),
    webhook('old-approvals', '/', ['before:describe'], { url: 'http://127.0.0.1:9/', backoff: { max_tries: 1 } }),
    webhook('night-shift', '/', ['after:startup'], { enabled: false }),
  ]);
}

/** Waits until something is so. */
export async function until(what, isSo) {
  const end = Date.now() + PATIENCE;
  for (;;) {
    const found = await isSo();
    if (found) return found;
    if (Date.now() > end) throw new Error(`waited for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Starts everything; with `store` deliveries are kept on disk. */
export async function start({
  store = true,
  environment = {},
  // What the webhook audit-trail answers until it is mended, and how often it is tried.
  failure = { status: 400, answer: `unknown tenant ${TRICKS}`, tries: 1 },
} = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'servo-webhooks-page-'));
  const { state, server, origin } = await responder(failure);
  await writeFile(join(folder, 'servo.yaml'), configuration(origin, failure.tries));
  const args = ['serve', '--bind', '127.0.0.1:0', '--page', '127.0.0.1:0', '--allow', 'loopback'];
  if (store) args.push('--store', 'store', '--keep-answers');
  const child = spawn(PROGRAM, args, {
    cwd: folder,
    env: { ...environment },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  let ended = false;
  child.on('exit', () => { ended = true; });
  child.stderr.setEncoding('utf8').on('data', (text) => { said += text; });
  const address = (name) => until(name, () => {
    if (ended) throw new Error(said);
    return said.match(new RegExp(`${name} (?:on|at) (http://[^/\\s]+)`))?.[1];
  });
  const [events, page] = [await address('listening'), await address('page')];
  const event = async (record) => {
    const answer = await fetch(`${events}/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(record),
    });
    return answer.json();
  };
  const shows = (path, text) =>
    until(`${text} at ${path}`, async () => (await (await fetch(page + path)).text()).includes(text));
  return {
    page, event, shows,
    mend() { state.works = true; },
    said: () => said,
    async stop() {
      const left = new Promise((resolve) => child.on('exit', resolve));
      child.kill('SIGTERM');
      await left;
      server.closeAllConnections();
      server.close();
      await rm(folder, { recursive: true });
    },
  };
}

/** A day's work: deliveries, dead letters, vetoes and what failed open. */
export async function history(served) {
  for (let number = 1; number <= 12; number += 1) {
    await served.event({ event: 'after:measure', id: `measure-${number}` });
  }
  await served.event({ event: 'after:adjust', id: 'adjust-1' });
  await served.event({ event: 'before:adjust', id: 'adjust-2' });
  await served.event({ event: 'before:describe', id: 'describe-1' });
  await served.event({ event: 'after:measure', id: TRICKS });
  await served.shows('/dead-letters?id=measure-12', '✕</span> failed');
  await served.shows('/deliveries?id=adjust-1', '✓</span> delivered');
  await served.shows('/decisions?id=describe-1', 'failed open</span>');
  await served.shows('/decisions?id=adjust-2', 'cancelled</span>');
  await served.shows('/dead-letters?webhook=audit-trail', 'script');
}
