/** Webhooks before and after the events of a servo. */

export { ConfigurationError, Problem, type Severity } from "./config/problem.js";
export type { Environment } from "./config/reference.js";
export { Configuration, type LoadOptions, type WebhookInput } from "./configuration.js";
export { Connector } from "./connector/connector.js";
export { CallError, ComponentError, type ComponentFault } from "./connector/error.js";
export { EventError } from "./error.js";
export type { Event, Result, Results } from "./event.js";
export type { Forward } from "./forward.js";
export type { Fields, Logger } from "./log.js";
export type { Message } from "./message.js";
export type { Options } from "./options.js";
export { ClientError } from "./outbound/error.js";
export type {
  BreakerRecord,
  DeliveryOutcome,
  Dispatched,
  Emitted,
  EventDecision,
  EventOutcome,
  Publication,
  WebhookOutcome,
  WebhookStatus,
  Worked,
} from "./outcome.js";
export type { Retries, Webhook } from "./webhook.js";
export { Webhooks } from "./webhooks.js";
