/** A configuration, read by the connector and completed by the host. */

import { dirname } from "node:path";
import { Catalogue } from "./catalogue.js";
import { Document } from "./config/document.js";
import { ConfigurationError, Problem } from "./config/problem.js";
import type { Environment } from "./config/reference.js";
import type { Secret } from "./config/secret.js";
import { treeOf } from "./config/values.js";
import { Connector } from "./connector/connector.js";
import type { wit } from "./connector/contract.js";
import { CallError } from "./connector/error.js";
import { MOST, readBounded } from "./files.js";
import { type Forward, webhookOf } from "./forward.js";
import { checkCustom } from "./headers.js";
import { Target } from "./outbound/target.js";
import { Webhook } from "./webhook.js";

/** Event names that are cached; with more the cache is cleared. */
const REMEMBERED = 1024;

/** Problems that are taken from the connector. */
const MOST_PROBLEMS = 1000;

/** How a configuration is read. */
export interface LoadOptions {
  /** Left out: the built-in one. */
  connector?: Connector;
  /** The name of the servo in the bodies of its events; left out: SERVO_WEBHOOKS_SOURCE, else none. */
  source?: string;
  /** Names of the servo's own events, so that misspelt ones are reported. */
  events?: readonly string[];
  /** Variables for `{env: NAME}`; left out: `process.env`. */
  environment?: Environment;
  /** A `serve` that is told of what has happened, and delivers it; left out: the webhooks here deliver it. */
  forward?: Forward;
  /** What `{file: PATH}` is relative to; left out: the file's folder, for a list the working directory. */
  folder?: string;
}

/** Refers to an environment variable or a file. */
type Reference = { env: string } | { file: string };

/** A webhook given as values, with the fields of the configuration. */
export interface WebhookInput {
  url: string | Reference;
  secret: string | Reference | readonly (string | Reference)[];
  headers?: Readonly<Record<string, string | Reference>> | readonly { name: string; value: string | Reference }[];
  [field: string]: unknown;
}

/** The webhooks of a configuration, ready to be started. */
export class Configuration {
  /** All webhooks, in document order. */
  readonly webhooks: readonly Webhook[];
  /** The warnings that it loaded with. */
  readonly problems: readonly Problem[];
  /** @internal */
  readonly answerHeaders: readonly string[];
  /** @internal */
  readonly connector: Connector;
  /** @internal Events whose names are known. */
  readonly catalogue: Catalogue;
  /** @internal Environment variables that it refers to. */
  readonly variables: ReadonlySet<string>;
  /** @internal The one webhook that is told of everything that has happened, if that is forwarded. */
  readonly forward: Configuration | undefined;
  #isUsed = false;
  readonly #listeners: string[][];
  #takesAll = false;
  readonly #selected = new Map<string, readonly Webhook[]>();

  private constructor(
    connector: Connector,
    webhooks: Webhook[],
    problems: Problem[],
    read: {
      answerHeaders: string[];
      events: readonly string[];
      variables: ReadonlySet<string>;
      forward: Configuration | undefined;
    },
  ) {
    this.connector = connector;
    this.forward = read.forward;
    this.webhooks = webhooks;
    this.problems = problems;
    this.answerHeaders = read.answerHeaders;
    this.variables = read.variables;
    this.catalogue = new Catalogue(
      read.events,
      webhooks.flatMap(({ events }) => events),
    );
    this.#listeners = webhooks.map((webhook) => (webhook.enabled ? [...webhook.events] : []));
  }

  /**
   * Reads a YAML file: a servo's configuration with a `webhooks` key, or a bare list.
   *
   * @throws ConfigurationError if the file cannot be read, or with all that is wrong in it
   * @throws CallError if the connector fails
   */
  static async load(file: string, options: LoadOptions = {}): Promise<Configuration> {
    let bytes: Buffer;
    try {
      bytes = await readBounded(file, MOST.configuration, true);
    } catch (error) {
      const why = `the file cannot be read: ${(error as Error).message}`;
      const problem = new Problem("error", file, undefined, "", why);
      throw new ConfigurationError([problem], { cause: error });
    }
    return Configuration.#read(Document.parse(file, bytes), { folder: dirname(file), ...options });
  }

  /**
   * Takes a list of webhooks, with the fields of a file.
   *
   * @throws ConfigurationError with all that is wrong in it
   * @throws TypeError if it holds anything but data, such as a function
   * @throws CallError if the connector fails
   */
  static async from(webhooks: readonly WebhookInput[], options: LoadOptions = {}): Promise<Configuration> {
    if (!Array.isArray(webhooks)) throw new TypeError("webhooks must be a list");
    return Configuration.#read(Document.of("configuration", treeOf(webhooks)), options);
  }

  static async #read(document: Document, options: LoadOptions): Promise<Configuration> {
    const connector = options.connector ?? (await Connector.builtIn());
    const environment = options.environment ?? process.env;
    const source = options.source ?? environment.SERVO_WEBHOOKS_SOURCE ?? "";
    const read = await connector.parseConfig(document.json, [...(options.events ?? [])], source);
    const found = read.problems
      .slice(0, MOST_PROBLEMS)
      .map(({ severity, path, atKey, message }) => document.locate(severity, path, atKey, message));
    const [values, unresolved] = await document.resolve(options.folder ?? ".", environment);
    const builder = new Builder(connector, document, values);
    const webhooks: Webhook[] = [];
    for (const [index, webhook] of read.webhooks.entries()) webhooks.push(await builder.webhook(index, webhook));
    const all = document.report([...document.problems, ...found, ...unresolved, ...builder.problems]);
    if (all.some(({ severity }) => severity === "error")) throw new ConfigurationError(all);
    const { answerHeaders } = read;
    const { variables } = document;
    const forward = options.forward && (await Configuration.#forward(options.forward, { ...options, connector }));
    const events = options.events ?? [];
    return new Configuration(connector, webhooks, all, { answerHeaders, events, variables, forward });
  }

  static async #forward(forward: Forward, { connector, folder, environment }: LoadOptions): Promise<Configuration> {
    const made = await webhookOf(forward, folder ?? ".", environment ?? process.env);
    const options = { environment: made.environment, ...(connector && { connector }) };
    const configuration = await Configuration.from([made.webhook], options);
    configuration.#takesAll = true;
    return configuration;
  }

  /**
   * @internal Throws a `TypeError` if it is in use. It can be used once, because its webhooks keep their state: breakers,
   * and whether they are switched off.
   */
  checkUnused(): void {
    if (this.#isUsed) throw new TypeError("this configuration is already in use; read it again");
  }

  /** @internal Uses it; throws a `TypeError` if it is in use. */
  use(): void {
    this.checkUnused();
    this.#isUsed = true;
  }

  /** @internal Where what has happened is forwarded to. */
  get forwardsTo(): Target | undefined {
    return this.forward?.webhooks[0]?.target;
  }

  /** @internal Origins that its webhooks go to. */
  get endpoints(): number {
    return new Set(this.webhooks.filter(({ enabled }) => enabled).map(({ origin }) => origin)).size;
  }

  /** @internal The enabled webhooks that an event or a message concerns, in document order. */
  async select(name: string): Promise<readonly Webhook[]> {
    if (this.#takesAll) return this.webhooks;
    const known = this.#selected.get(name);
    if (known) return known;
    const [side, channel] = name.split(":", 2) as [string, string];
    const found =
      side === "channel"
        ? this.webhooks.filter((webhook) => webhook.enabled && webhook.channels.includes(channel))
        : this.#at(await this.connector.select(this.#listeners, name));
    if (this.#selected.size >= REMEMBERED) this.#selected.clear();
    this.#selected.set(name, found);
    return found;
  }

  #at(indices: number[]): Webhook[] {
    return indices.map((index, nth) => {
      const webhook = this.webhooks[index];
      if (!webhook) throw CallError.unusable("select", "an index that is not there");
      if (nth > 0 && index <= (indices[nth - 1] ?? 0)) {
        throw CallError.unusable("select", "indices that are not ascending");
      }
      return webhook;
    });
  }

  /** @internal The webhooks that may be recipients where the connector could not say: those of that side. */
  suspects(name: string): readonly Webhook[] {
    const side = name.slice(0, name.indexOf(":") + 1);
    const listens = (event: string) => event.startsWith(side) || event.startsWith("*");
    return this.webhooks.filter(({ enabled, events }) => enabled && events.some(listens));
  }
}

/** Combines what the connector read with what the host keeps. */
class Builder {
  readonly problems: Problem[] = [];
  readonly #connector: Connector;
  readonly #document: Document;
  readonly #values: (Secret | undefined)[];

  constructor(connector: Connector, document: Document, values: (Secret | undefined)[]) {
    this.#connector = connector;
    this.#document = document;
    this.#values = values;
  }

  async webhook(index: number, read: wit.Webhook): Promise<Webhook> {
    for (const { name, path } of read.settings) {
      this.#problem(path, `this host does not support the setting ${name}; use a newer version`);
    }
    const webhook = new Webhook(index, read);
    this.#checkUrl(index, read.url);
    this.#try(`/${index}/url`, "", () => {
      const url = this.#value(index, read.url);
      if (url !== undefined) webhook.target = Target.parse(url);
    });
    for (const { name, value } of read.headers) {
      this.#try(`/${index}/headers`, `${name}: `, () => {
        const text = this.#value(index, value);
        if (text === undefined) return;
        checkCustom(name, text);
        webhook.headers.set(name, text);
      });
    }
    for (const handle of read.secrets) {
      const secret = this.#handle(index, handle);
      if (secret) webhook.secrets.push(secret);
    }
    await this.#trySecrets(webhook);
    return webhook;
  }

  /** Signs an empty text, to find an unusable secret before an event does. */
  async #trySecrets(webhook: Webhook): Promise<void> {
    // One that could not be resolved was reported already.
    if (webhook.secrets.length === 0) return;
    const secrets = webhook.secrets.map((secret) => secret.expose());
    const context = { delivery: "0", attempt: 1, now: 0n };
    const signed = await this.#connector.sign(webhook.scheme, secrets, context, { tag: "text", val: "" });
    if ("refusal" in signed) this.#problem(`/${webhook.index}/secret`, signed.refusal.message);
  }

  #value(index: number, value: wit.Value): string | undefined {
    return value.tag === "text" ? value.val : this.#handle(index, value.val)?.expose();
  }

  #handle(index: number, handle: number): Secret | undefined {
    if (this.#document.owns(index, handle)) return this.#values[handle];
    throw CallError.unusable("parseConfig", "the handle of another webhook");
  }

  /** A component from elsewhere might choose a target itself. */
  #checkUrl(index: number, url: wit.Value): void {
    if (url.tag !== "text" || this.#connector.isBuiltIn) return;
    const given: unknown = JSON.parse(this.#document.json)[index]?.url;
    const rest = typeof given === "string" && given.startsWith(url.val) ? given.slice(url.val.length) : undefined;
    if (rest === "" || rest?.startsWith("#")) return;
    throw CallError.unusable("parseConfig", "a url that the configuration does not hold");
  }

  #try(pointer: string, prefix: string, step: () => void): void {
    try {
      step();
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      this.#problem(pointer, prefix + error.message);
    }
  }

  #problem(pointer: string, message: string): void {
    this.problems.push(this.#document.locate("error", pointer, false, message));
  }
}
