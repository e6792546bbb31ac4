import { ServiceError, WorkflowFailedError } from '@temporalio/client';
import {
  ActivityFailure,
  ApplicationFailure,
  CancelledFailure,
  TerminatedFailure,
  TimeoutFailure,
} from '@temporalio/common';
import { failureOf, mayPass, withFailures } from '../../client/failures';
import { exitCodeOfError } from '../../client/exit-codes';
import { BackupError } from '../../model/errors';

/** An error as gRPC makes it, wrapped as Temporal's client does. */
function callError(code: number, details: string): Error {
  const cause = Object.assign(new Error(`${code} ${details}`), { code, details, metadata: {} });
  return new ServiceError('the call failed', { cause });
}

function ended(cause: Error): Error {
  return new WorkflowFailedError('the workflow failed', cause, 'NON_RETRYABLE_FAILURE');
}

describe('what a call to Temporal ends with', () => {
  it.each([
    [7, 'Request unauthorized.', 'denied', 12],
    [16, 'no token', 'denied', 12],
    [14, 'connection refused', 'unavailable', 1],
    [4, 'too late', 'unavailable', 1],
    [8, 'too many requests', 'unavailable', 1],
    [3, 'a field is wrong', 'invalid', 2],
    [5, 'Namespace moon is not found.', 'missing', 10],
  ])('code %i (%s) is %s and ends with %i', (code, details, kind, exit) => {
    const failure = failureOf(callError(code, details), 'here:7233');
    expect(failure).toMatchObject({ kind, what: expect.stringContaining('here:7233') as string });
    expect(exitCodeOfError(failure)).toBe(exit);
  });

  it('a fault of the server stays what it is', () => {
    const fault = callError(13, 'internal');
    expect(failureOf(fault, '')).toBe(fault);
    expect(exitCodeOfError(fault)).toBe(1);
  });
});

describe('what a workflow for people ends with', () => {
  it('an error of a step keeps its kind, its words and its hint', () => {
    const step = ApplicationFailure.create({ message: 'no such set HINT: look', type: 'missing' });
    const failure = failureOf(
      ended(new ActivityFailure('step', 'listSets', '1', 'NON_RETRYABLE_FAILURE', 'w', step)),
      '',
    );
    expect(failure).toMatchObject({ kind: 'missing', what: 'no such set', context: { hint: 'look' } });
  });

  it.each([
    [new TimeoutFailure('late', undefined, 'START_TO_CLOSE'), 'unavailable'],
    [new TerminatedFailure('by hand'), 'cancelled'],
    [new CancelledFailure('stopped'), 'cancelled'],
    [ApplicationFailure.create({ message: 'odd', type: 'constructor' }), 'unavailable'],
  ])('%s', (cause, kind) => {
    expect(failureOf(ended(cause), '')).toMatchObject({ kind });
  });
});

it('only what may pass by itself is waited for', () => {
  expect(mayPass(callError(14, 'gone'))).toBe(true);
  expect(mayPass(new BackupError('unavailable', 'gone'))).toBe(true);
  expect(mayPass(callError(7, 'no'))).toBe(false);
  expect(mayPass(new TypeError('fault'))).toBe(false);
});

it('methods within methods are looked after too', async () => {
  const api = withFailures({ inner: { call: () => Promise.reject(callError(7, 'no')) }, number: 3 }, 'x');
  await expect(api.inner.call()).rejects.toMatchObject({ kind: 'denied' });
  expect(api.number).toBe(3);
});
