import { BackupError } from '../model/errors';

/** One abort signal out of two reasons: a person's stop, and waiting too long. */
export interface Patience {
  readonly signal: AbortSignal;
  /** From now on wait at most so many milliseconds. */
  wait(milliseconds: number): void;
  /** The time until the next `wait` does not count. */
  pause(): void;
  /** Lets go of the outer signal and the clock. */
  end(): void;
  /** The error to throw when this was why something broke off; undefined when it was not. */
  explain(place: string): BackupError | undefined;
}

export function openPatience(outer: AbortSignal | undefined): Patience {
  const inner = new AbortController();
  let waited: number | undefined;
  let clock: NodeJS.Timeout | undefined;
  const stop = () => inner.abort(outer?.reason);
  if (outer?.aborted) stop();
  outer?.addEventListener('abort', stop, { once: true });
  return {
    signal: inner.signal,
    wait(milliseconds) {
      clearTimeout(clock);
      clock = setTimeout(() => {
        waited = milliseconds;
        inner.abort();
      }, milliseconds);
    },
    pause: () => clearTimeout(clock),
    end() {
      clearTimeout(clock);
      outer?.removeEventListener('abort', stop);
    },
    explain(place) {
      if (outer?.aborted) return new BackupError('cancelled', `stopped while waiting for ${place}`);
      if (waited === undefined) return undefined;
      return new BackupError('unavailable', `${place} was silent for ${waited} ms`, { timedOut: true });
    },
  };
}
