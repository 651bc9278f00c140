/** Plays the cases of `tests/vectors/lifecycle.json`: the loops of this host, with attempts that end as a case says. */

import { isDeepStrictEqual } from "node:util";
import type { AttemptContext, AttemptInfo, AttemptResult, AttemptRunner } from "../../dist/attempt.js";
import { Limit } from "../../dist/awake-limit.js";
import { Asking } from "../../dist/before.js";
import type { Health } from "../../dist/breaker.js";
import { Breakers } from "../../dist/breakers.js";
import { Delivery } from "../../dist/delivery.js";
import { DeliveryQueue } from "../../dist/delivery-queue.js";
import { Headers } from "../../dist/headers.js";
import { SILENT } from "../../dist/log.js";
import type { Notification } from "../../dist/notification.js";
import type { DeliveryOutcome, EventOutcome } from "../../dist/outcome.js";
import { Webhook } from "../../dist/webhook.js";
import { VirtualTime } from "./virtual.js";

interface Settings {
  timeout: number;
  max_tries?: number;
  max_time?: number;
  breaker_after: number;
  breaker_hold: number;
  budget: number;
  webhooks?: { webhook: string; timeout: number; on_error: "proceed" | "cancel"; switched_off?: boolean }[];
}

type Action = { action: string; delivery?: string; until?: number } & Record<string, unknown>;

interface Step {
  at: number;
  happening: "time" | "accepted" | "asked" | "result" | "read" | "others" | "shutdown";
  delivery?: string;
  question?: string;
  webhook?: string;
  verdict: string;
  wait: number;
  status: number | null;
  health: "up" | "down" | "none";
  reading?: true;
  count: number;
  expect: Action[];
}

/** One case. */
export interface Case {
  kind: "delivery" | "question";
  name: string;
  settings: Settings;
  steps: Step[];
}

/** What the host calls a health. */
export const HEALTH: Record<string, Health> = { up: "up", down: "down", none: "none" };

/** What a message has to contain, and the kind of the error that it then is. */
const KINDS = {
  "time ran out": "time_over",
  "in the event's budget": "budget_over",
  "switched off": "switched_off",
  memory: "lacking",
  "no luck": "attempt",
};

function kindOf(error: string | null): string | null {
  const found = Object.entries(KINDS).find(([text]) => error?.includes(text));
  return found?.[1] ?? error;
}

const MILLISECOND = 1_000_000n;

/** Plays a case; what is not as it should be. */
export async function live(told: Case): Promise<string[]> {
  using time = new VirtualTime();
  return await new Life(told, time).wrong();
}

class Life {
  readonly #case: Case;
  readonly #time: VirtualTime;
  readonly #context: AttemptContext;
  readonly #runner: AttemptRunner;
  readonly #breakers: Breakers;
  readonly #queue: DeliveryQueue;
  readonly #webhooks: Webhook[];
  #actions: Action[] = [];
  readonly #underWay = new Map<string, (result: AttemptResult) => void>();
  readonly #read = new Map<string, (nothing: undefined) => void>();
  readonly #names = new Map<string, string>();
  /** What waits, until when, and whether for its breaker. */
  readonly #waits = new Map<string, [number, boolean]>();

  constructor(told: Case, time: VirtualTime) {
    const { breaker_after: after, breaker_hold: hold } = told.settings;
    const observer = { delivery: (outcome: DeliveryOutcome) => this.#settled(outcome), publication() {}, breaker() {} };
    this.#case = told;
    this.#time = time;
    this.#context = { breaker: { after, hold }, log: SILENT, observer } as unknown as AttemptContext;
    this.#runner = { context: this.#context, attempt: this.#attempt.bind(this) } as unknown as AttemptRunner;
    this.#breakers = new Breakers(this.#context);
    this.#queue = new DeliveryQueue(this.#runner, this.#breakers, { each: 100, all: 100 });
    this.#webhooks = webhooks(told.settings);
  }

  async wrong(): Promise<string[]> {
    const wrong: string[] = [];
    let reached = 0;
    for (const step of this.#case.steps) {
      if (step.at - 1 > reached) {
        // Until just before the step nothing happens.
        await this.#time.advance(step.at - 1);
        wrong.push(...this.#compare(step.at - 1, []));
      }
      reached = step.at;
      await this.#time.advance(step.at);
      this.#happen(step);
      await this.#time.advance(step.at);
      wrong.push(...this.#compare(step.at, step.expect));
    }
    return wrong;
  }

  #compare(at: number, expected: Action[]): string[] {
    for (const { action, delivery, until } of expected) {
      if (delivery === undefined) continue;
      this.#waits.delete(delivery);
      if (until !== undefined) this.#waits.set(delivery, [until, action === "hold"]);
    }
    const plain = sorted(expected.filter(({ action }) => action !== "hold" && action !== "wait"));
    const found = sorted(this.#actions);
    this.#actions = [];
    const waits = this.#queue.waiting.all.map(({ due, delivery }) => [
      this.#names.get(delivery.id),
      [due, delivery.held],
    ]);
    const expectedWaits = sorted([...this.#waits]);
    return [
      ...(isDeepStrictEqual(found, plain) ? [] : [`at ${at}: ${found}, not ${plain}`]),
      ...(isDeepStrictEqual(sorted(waits), expectedWaits)
        ? []
        : [`at ${at}, what waits: ${sorted(waits)}, not ${expectedWaits}`]),
    ];
  }

  #happen(step: Step): void {
    const [first] = this.#webhooks;
    const webhook = this.#webhooks.find(({ name }) => name === step.webhook) ?? first;
    if (!webhook) throw new Error("no webhook");
    switch (step.happening) {
      case "time":
        break;
      case "accepted": {
        const queuedBody = { request: NOTHING, event: "after:measure", eventId: "", deliveries: 0, release() {} };
        const delivery = new Delivery(webhook, queuedBody, () => {}, this.#context);
        this.#names.set(delivery.id, step.delivery ?? "");
        this.#queue.push(delivery);
        break;
      }
      case "asked":
        void this.#ask(step.question ?? "");
        break;
      case "result":
        this.#result(step, webhook.name ?? "");
        break;
      case "read":
        this.#read.get(step.delivery ?? "")?.(undefined);
        break;
      case "others":
        for (let nth = 0; nth < step.count; nth += 1) {
          const verdict = { kind: "failed" as const, why: "" };
          this.#breakers.note(webhook, { verdict, status: null, health: healthOf(step) }, undefined, true);
        }
        break;
      case "shutdown":
        this.#queue.close();
        break;
    }
  }

  async #ask(id: string): Promise<void> {
    const notification = { name: "before:adjust", id } as Notification;
    const budget = new Limit(this.#case.settings.budget);
    const asked = this.#webhooks.map((webhook) => ({ webhook, rendered: { request: NOTHING } }));
    const [outcome] = await new Asking(notification, this.#runner, this.#breakers, budget).ask(asked, false);
    budget.end();
    this.#decided(outcome);
  }

  #decided({ id, outcome, reason, webhooks }: EventOutcome): void {
    const by = webhooks.find(
      ({ name }) => reason === `no luck at ${name}` || reason?.startsWith(`${name} gave no answer`),
    );
    this.#actions.push({
      action: "decide",
      question: id,
      outcome,
      by: by?.name ?? null,
      webhooks: webhooks.map(({ name, outcome, attempts, status, error }) => {
        return { webhook: name, outcome, attempts, status, error: kindOf(error) };
      }),
    });
  }

  #settled({ delivery, outcome, attempts, status, error }: DeliveryOutcome): void {
    const of = { delivery: this.#names.get(delivery) ?? "" };
    this.#actions.push({ action: "settle", ...of, outcome, attempts, status, error: kindOf(error) });
  }

  /** Makes no attempt, but waits for what the case says of it. */
  #attempt(webhook: Webhook, _: unknown, context: AttemptInfo, signal: AbortSignal): Promise<AttemptResult> {
    const { before, id, delivery, number: attempt, limit } = context;
    const name = before ? id : (this.#names.get(delivery) ?? "");
    const of = before ? { question: name, webhook: webhook.name } : { delivery: name };
    this.#actions.push({ action: "send", ...of, attempt, limit });
    return new Promise((resolve) => {
      this.#underWay.set(`${name} ${webhook.name}`, resolve);
      signal.addEventListener("abort", () => {
        if (!this.#underWay.delete(`${name} ${webhook.name}`)) return;
        if (before) this.#actions.push({ action: "abort", ...of });
        resolve({ verdict: { kind: "failed", why: "it was called off" }, status: null, health: "down" });
      });
    });
  }

  #result(step: Step, webhook: string): void {
    const { status, wait, delivery = "" } = step;
    const lacking = step.verdict === "lacking";
    const kind = lacking ? "failed" : step.verdict;
    const verdict = { kind, wait, why: lacking ? "no memory" : `no luck at ${webhook}` } as AttemptResult["verdict"];
    const read = new Promise<undefined>((resolve) => this.#read.set(delivery, resolve));
    const key = `${step.question ?? delivery} ${webhook}`;
    const resolve = this.#underWay.get(key);
    this.#underWay.delete(key);
    resolve?.({
      verdict,
      status,
      health: healthOf(step),
      ...(lacking ? { lacking } : {}),
      ...(step.reading ? { publish: () => read } : {}),
    });
  }
}

const NOTHING = { headers: new Headers(), body: Buffer.alloc(0), warning: undefined };

function healthOf({ health }: Step): Health {
  return HEALTH[health] ?? "none";
}

function sorted(values: unknown[]): string[] {
  const inOrder = (value: unknown): unknown =>
    Array.isArray(value)
      ? value.map(inOrder)
      : value !== null && typeof value === "object"
        ? Object.fromEntries(
            Object.entries(value)
              .map(([key, inner]) => [key, inOrder(inner)] as const)
              .sort(),
          )
        : value;
  return values.map((value) => JSON.stringify(inOrder(value))).sort();
}

function webhooks(settings: Settings): Webhook[] {
  const { max_tries: maxTries = 12, max_time: maxTime = 180_000 } = settings;
  const retries = { maxTries, maxTime: BigInt(maxTime) * MILLISECOND, policy: "" };
  const own = settings.webhooks ?? [
    { webhook: "w", timeout: settings.timeout, on_error: "proceed", switched_off: false },
  ];
  return own.map(({ webhook: name, timeout, on_error: onError, switched_off: gone = false }, index) => {
    const from = { name, enabled: true, events: [], channels: [], timeout: BigInt(timeout) * MILLISECOND, onError };
    const rest = { before: retries, after: retries, httpVersion: "auto", shape: "", warm: false, scheme: "" };
    // Its constructor is not declared, and `gone` neither.
    return Object.assign(Reflect.construct(Webhook, [index, { ...from, ...rest }]), { gone });
  });
}
