import { Context } from '@temporalio/activity';

/** Less than a third of the shortest time-out, so that a late one does no harm. */
const everyMs = 3000;

/** Beats while the work goes on, which tells no progress: a worker that is lost in it is noticed, and another one does it. */
export async function beating<T>(work: () => Promise<T>): Promise<T> {
  const context = Context.current();
  const beat = setInterval(() => context.heartbeat(), everyMs);
  try {
    return await work();
  } finally {
    clearInterval(beat);
  }
}
