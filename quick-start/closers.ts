/** What must be ended before we end, newest first. */
export interface Closers {
  /** Ended at `closeAll`, or at once when that has been called already. */
  add(close: () => Promise<unknown>): void;
  /** Ends everything, whatever fails; returns the failures. May be called twice. */
  closeAll(): Promise<unknown[]>;
}

export function createClosers(): Closers {
  const open: (() => Promise<unknown>)[] = [];
  let isClosing = false;
  return {
    add(close) {
      if (isClosing) close().catch(() => undefined);
      else open.push(close);
    },
    async closeAll() {
      isClosing = true;
      const failures: unknown[] = [];
      for (let close = open.pop(); close !== undefined; close = open.pop()) {
        await close().catch((error: unknown) => failures.push(error));
      }
      return failures;
    },
  };
}
