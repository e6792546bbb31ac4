/** Somebody wants this to end: Ctrl-C, another signal, or npm is gone, which tells us nothing when it is killed by itself. */
export interface Interruption {
  readonly signal: AbortSignal;
  /** Rejects when it comes; nobody need listen. */
  readonly rejection: Promise<never>;
}

const lookEveryMs = 500;

/** From now on; a second Ctrl-C ends this process at once. */
export function listenForInterruption(): Interruption {
  const controller = new AbortController();
  const { signal } = controller;
  const interrupt = () => controller.abort(new Error('interrupted'));
  const rejection = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error));
  });
  rejection.catch(() => undefined);
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(name, interrupt);
  if (process.env['npm_lifecycle_event'] !== undefined) whenParentEnds(interrupt);
  return { signal, rejection };
}

function whenParentEnds(interrupt: () => void): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    interrupt();
  }, lookEveryMs);
  timer.unref();
}
