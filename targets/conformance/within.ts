import type { Control } from '../../model/control';
import { BackupError, messageOf } from '../../model/errors';
import type { BackupTarget } from '../../model/target';
import type { OpenTarget } from './case';

/**
 * Waits for the work at most so long, and not after a stop. What it has opened is closed then: a request that hangs ends by
 * that, or goes on by itself and is heard no more.
 */
export async function within<T>(
  seconds: number,
  { signal }: Pick<Control, 'signal'>,
  open: OpenTarget,
  work: (open: OpenTarget) => Promise<T>,
): Promise<T> {
  const opened: BackupTarget[] = [];
  const opening: OpenTarget = async () => {
    const target = await open();
    opened.push(target);
    return target;
  };
  const watch = watchFor(seconds, signal);
  const working = work(opening);
  try {
    return await Promise.race([working, watch.over]);
  } catch (error) {
    working.catch(() => undefined);
    if (watch.isOver()) opened.forEach((target) => void close(target));
    throw error;
  } finally {
    watch.stop();
  }
}

async function close(target: BackupTarget): Promise<void> {
  await Promise.resolve(target[Symbol.asyncDispose]()).catch(() => undefined);
}

function watchFor(seconds: number, signal: AbortSignal) {
  let [isOver, stop] = [false, (): void => undefined];
  const over = new Promise<never>((_resolve, reject) => {
    const end = (error: BackupError) => {
      isOver = true;
      reject(error);
    };
    const timer = setTimeout(() => end(tooLong(seconds)), seconds * 1000);
    const onAbort = () => end(new BackupError('cancelled', 'stopped while a target was checked'));
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    stop = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    };
  });
  over.catch(() => undefined);
  return { over, isOver: () => isOver, stop };
}

function tooLong(seconds: number): BackupError {
  return new BackupError('unavailable', `it did not end within ${seconds} s`, {
    isTimeOver: true,
    hint: 'look whether the target hangs or is very slow; --case-seconds gives it longer',
  });
}

/** Characters of a reason with its hint. */
const most = { what: 180, hint: 110 };

/** Why something failed, in one short line; a hint comes behind it. */
export function whyOf(error: unknown, first?: string): string {
  const isOwn = error instanceof BackupError;
  const what = isOwn ? error.what : messageOf(error);
  const hint = isOwn
    ? error.context.hint
    : 'the target, or what lies between, does not keep what cairn relies on: put no sets there';
  const text = shortened(first === undefined ? what : `${first}: ${what}`, most.what);
  return hint === undefined ? text : `${text} HINT: ${shortened(hint, most.hint)}`;
}

function shortened(text: string, length: number): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length <= length ? line : `${line.slice(0, length - 1)}…`;
}
