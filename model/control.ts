/** How far a long step has come. Totals are absent while they are unknown. Bytes are bytes; nothing is scaled. */
export interface Progress {
  readonly bytes?: number;
  readonly totalBytes?: number;
  readonly files?: number;
  readonly totalFiles?: number;
  /** Where the next attempt may go on; the step that wrote it reads it back as `Control.resume`. Small plain data. */
  readonly resume?: unknown;
}

/** What a long step is given: plug-ins neither retry nor time out by themselves, they obey this. */
export interface Control {
  /**
   * Aborted when the run is stopped or the worker ends; the step throws soon after. With the reason `handedOver`, another
   * attempt goes on: what it can find again is left to it.
   */
  readonly signal: AbortSignal;
  /** What the attempt before this one reported last; undefined on the first attempt. May be a few seconds old. */
  readonly resume: unknown;
  /** Cheap: call it as often as you like. */
  report(progress: Progress): void;
}

/** Why a step is aborted that nobody stopped: its worker ends, or the server has given it to another attempt. */
export const handedOver = 'handed over to another attempt';

/** A control for short steps and tests: nothing aborts, nothing is reported. */
export function noControl(): Control {
  return { signal: new AbortController().signal, resume: undefined, report: () => undefined };
}
