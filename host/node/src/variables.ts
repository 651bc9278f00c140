/** Variables of the environment with our prefix. */

import { nearest } from "./suggestion.js";
import { sanitize } from "./text.js";

const PREFIX = "SERVO_WEBHOOKS_";
const KNOWN = ["SERVO_WEBHOOKS_ALLOW", "SERVO_WEBHOOKS_SOURCE"];

/** What builds and their tests read. */
const BUILDS = ["SERVO_WEBHOOKS_COMPONENT", "SERVO_WEBHOOKS_SERVICE"];

/** What is wrong with the names of variables, for people; `used` are those that the configuration refers to. */
export function unknownVariables(environment: object, used: ReadonlySet<string>): string[] {
  const unknown = (name: string) =>
    name.startsWith(PREFIX) && !KNOWN.includes(name) && !BUILDS.includes(name) && !used.has(name);
  return Object.keys(environment)
    .filter(unknown)
    .sort()
    .map((name) => {
      const bare = KNOWN.map((known) => known.slice(PREFIX.length));
      const meant = nearest(name.slice(PREFIX.length), bare);
      const advice = meant === undefined ? `this host has ${KNOWN.join(" and ")}` : `did you mean ${PREFIX}${meant}?`;
      return `the environment variable ${sanitize(name)} is not known; ${advice}`;
    });
}
