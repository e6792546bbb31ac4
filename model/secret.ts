/**
 * Where a worker finds a secret. Stands in its own `cairn.yaml` only; what it resolves to stands nowhere. Exactly one of
 * both is given.
 */
export interface SecretRef {
  /** The name of an environment variable of the worker. */
  readonly env?: string | undefined;
  /** A file of the worker's host; a line break at its end does not count. */
  readonly file?: string | undefined;
}
