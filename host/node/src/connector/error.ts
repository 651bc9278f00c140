/** What can go wrong with a component: when it is loaded, and when it is called. */

/** What is wrong with a component. */
export type ComponentFault =
  | "unreadable"
  | "digest"
  | "notWasm"
  | "coreModule"
  | "truncated"
  | "corrupted"
  | "imports"
  | "wrongWorld"
  | "compiler"
  | "memory";

/** Why a component cannot be used. */
export class ComponentError extends Error {
  override readonly name = "ComponentError";
  readonly fault: ComponentFault;

  /** @internal */
  constructor(fault: ComponentFault, message: string, options?: ErrorOptions) {
    super(message, options);
    this.fault = fault;
  }
}

/** Why a call of the connector gave nothing. It harms that call alone. */
export class CallError extends Error {
  override readonly name = "CallError";
  /** The function's name in the WIT. */
  readonly function: string;
  /** @internal This machine lacked what the call takes; it was not made. */
  readonly lacking: boolean;

  /** @internal */
  constructor(name: string, fault: string, lacking = false) {
    const wit = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    super(`the connector's ${wit} ${fault}`);
    this.function = wit;
    this.lacking = lacking;
  }

  /** A value that a host cannot accept, such as a header it has no right to. */
  static unusable(name: string, what: string): CallError {
    return new CallError(name, `gave something unusable: ${what}`);
  }
}
