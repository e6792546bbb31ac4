import { ApplicationFailure, CancelledFailure, Context } from '@temporalio/activity';
import { TemporalFailure } from '@temporalio/common';
import { BackupError, errorKinds } from '../model/errors';

type Activities = { readonly [name: string]: (...args: never[]) => Promise<unknown> };

/** The only place where errors become Temporal's: the kind is the failure's type, and says whether it is tried again. */
export function withFailures<T extends object>(activities: T): T {
  const wrapped = Object.entries(activities as Activities).map(([name, activity]) => [
    name,
    async (...args: never[]) => {
      try {
        return await activity(...args);
      } catch (error) {
        throw await failureOf(error);
      }
    },
  ]);
  return Object.fromEntries(wrapped) as T;
}

/** An aborted step ends as its context says: stopped by a person, or handed to another worker because this one ends. */
async function failureOf(error: unknown): Promise<unknown> {
  if (Context.current().cancellationSignal.aborted) return await cancellation();
  if (error instanceof TemporalFailure) return error;
  if (!(error instanceof BackupError)) return error;
  const { retryAfterMs } = error.context;
  return ApplicationFailure.create({
    message: error.message,
    type: error.kind,
    nonRetryable: !errorKinds[error.kind].retried,
    details: [error.context],
    ...(typeof retryAfterMs === 'number' && { nextRetryDelay: retryAfterMs }),
    ...(error.cause instanceof Error ? { cause: error.cause } : {}),
  });
}

async function cancellation(): Promise<unknown> {
  return Context.current().cancelled.catch((reason: unknown) => reason ?? new CancelledFailure('stopped'));
}
