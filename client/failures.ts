import { isGrpcServiceError, WorkflowFailedError, WorkflowNotFoundError } from '@temporalio/client';
import { ApplicationFailure, NamespaceNotFoundError, TerminatedFailure, TimeoutFailure } from '@temporalio/common';
import { BackupError, type ErrorContext, type ErrorKind, errorKinds } from '../model/errors';
import { noAnswer } from './connect';

/** Methods whose errors become `BackupError`s: the one place on people's side that knows what Temporal throws. */
export function withFailures<T extends object>(api: T, address: string): T {
  const entries = Object.entries(api).map(([name, member]) => [name, wrapped(member, address)]);
  return Object.fromEntries(entries) as T;
}

function wrapped(member: unknown, address: string): unknown {
  if (typeof member === 'object' && member !== null) return withFailures(member, address);
  if (typeof member !== 'function') return member;
  return async (...args: unknown[]): Promise<unknown> => {
    try {
      return await (member as (...args: unknown[]) => unknown)(...args);
    } catch (error) {
      throw failureOf(error, address);
    }
  };
}

/** What Temporal's client threw, as a `BackupError`; what is none of its errors comes back as it is. */
export function failureOf(error: unknown, address: string): unknown {
  if (error instanceof WorkflowFailedError) return failureOfWorkflow(error);
  if (error instanceof NamespaceNotFoundError) return noNamespace(error.namespace, address, error);
  if (error instanceof WorkflowNotFoundError)
    return errorWith('missing', `workflow ${error.workflowId} is not known`, error);
  return failureOfCall(error, address);
}

function noNamespace(namespace: string, address: string, cause: unknown): BackupError {
  return errorWith('missing', `Temporal at ${address} has no namespace "${namespace}"`, cause, '--namespace names it');
}

/** What ended a workflow that works for people (a list, a verification, a request). */
function failureOfWorkflow(error: WorkflowFailedError): BackupError {
  const cause = deepestCause(error);
  if (cause instanceof ApplicationFailure) return errorWith(kindOf(cause.type), cause.message, error);
  if (cause instanceof TimeoutFailure)
    return errorWith(
      'unavailable',
      'no worker did it in time',
      error,
      '"cairn cluster check" shows which workers are there',
    );
  if (cause instanceof TerminatedFailure)
    return errorWith('cancelled', 'somebody terminated it in the Temporal UI', error);
  return errorWith('cancelled', 'somebody stopped it', error);
}

function deepestCause(error: Error): Error {
  return error.cause instanceof Error && !(error instanceof ApplicationFailure) ? deepestCause(error.cause) : error;
}

function kindOf(type: string | undefined | null): ErrorKind {
  return typeof type === 'string' && Object.hasOwn(errorKinds, type) ? (type as ErrorKind) : 'unavailable';
}

const unavailable = 14;

/** gRPC's status codes that people can do something about; all others are faults of cairn and stay as they are. */
const calls: { readonly [code: number]: ErrorKind } = {
  1: 'cancelled',
  3: 'invalid',
  4: 'unavailable',
  5: 'missing',
  7: 'denied',
  8: 'unavailable',
  9: 'unavailable',
  [unavailable]: 'unavailable',
  16: 'denied',
};

function failureOfCall(error: unknown, address: string): unknown {
  const call = [error, (error as Error | undefined)?.cause].find((one) => isGrpcServiceError(one));
  const kind = isGrpcServiceError(call) ? calls[call.code] : undefined;
  if (!isGrpcServiceError(call) || kind === undefined) return error;
  if (Number(call.code) === unavailable) return noAnswer(address, call);
  const [, namespace] = /^Namespace (\S+) is not found/.exec(call.details) ?? [];
  if (namespace !== undefined) return noNamespace(namespace, address, error);
  return errorWith(kind, `Temporal at ${address}: ${call.details}`, error);
}

/** An error from a message as people read it: what stands after HINT is its hint. */
export function errorWith(kind: ErrorKind, text: string, cause: unknown, hint?: string): BackupError {
  const [what = text, told] = text.split(/\.? HINT: /, 2);
  return new BackupError(kind, what, contextOf(hint ?? told), { cause });
}

function contextOf(hint: string | undefined): ErrorContext {
  return hint === undefined ? {} : { hint };
}

/** True for what may pass by itself: Temporal or its workers are away for a moment. */
export function mayPass(error: unknown): boolean {
  const failure = failureOf(error, '');
  return failure instanceof BackupError && errorKinds[failure.kind].retried;
}
