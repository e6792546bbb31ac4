import {
  exitCodeOfCheck,
  exitCodeOfCleaning,
  exitCodeOfError,
  exitCodeOfRun,
  exitCodeOfVerification,
} from '../../client/exit-codes';
import { refused } from '../../client/ask';
import { refusals } from '../../model/command';
import { BackupError, type ErrorKind, errorKinds } from '../../model/errors';
import type { Outcome, RunResult } from '../../model/run';

const part = (outcome: Outcome) => ({ source: 'nameNode', part: outcome, outcome, bytes: 0, files: 0 }) as const;

function run(outcome: Outcome, ...parts: Outcome[]): RunResult {
  return {
    kind: 'backup',
    key: 'k',
    task: 't',
    label: '20260101000000',
    trigger: 'manual',
    outcome,
    begin: 0,
    end: 0,
    parts: parts.map(part),
  };
}

it.each([
  [run('Successful', 'Successful'), 0],
  [run('Failed', 'Failed'), 1],
  [run('Failed'), 1],
  [run('Stopped', 'Stopped'), 1],
  [run('Failed', 'Successful', 'Failed'), 3],
  [run('Stopped', 'Successful', 'Stopped'), 3],
])('a run that ended as %j', (result, code) => {
  expect(exitCodeOfRun(result)).toBe(code);
});

it('each kind of error has its code, unless a refusal says more', () => {
  const codes = Object.fromEntries(
    Object.keys(errorKinds).map((kind) => [kind, exitCodeOfError(new BackupError(kind as ErrorKind, 'x'))]),
  );
  expect(codes).toEqual({
    invalid: 2,
    unsupported: 1,
    precondition: 1,
    denied: 12,
    missing: 10,
    conflict: 1,
    corrupt: 1,
    full: 1,
    cancelled: 1,
    unavailable: 1,
  });
});

it('each refusal of a cluster has its code', () => {
  expect(Object.fromEntries(refusals.map((refusal) => [refusal, exitCodeOfError(refused(refusal, 'x'))]))).toEqual({
    unknownTask: 10,
    unknownCluster: 10,
    alreadyRunning: 11,
    queueFull: 11,
    notStartable: 11,
    notRunning: 11,
    notAwaited: 11,
    samePerson: 12,
    notPlanned: 11,
    postponed: 11,
    locked: 11,
    tooOld: 11,
    inUse: 11,
    limit: 11,
    invalid: 2,
    tooLarge: 2,
  });
});

it('a set with problems is 13', () => {
  const found = (...problems: string[]) => ({ name: 'a', level: 'content', bytesRead: 0, problems }) as const;
  expect(exitCodeOfVerification([found(), found()])).toBe(0);
  expect(exitCodeOfVerification([found(), found('short')])).toBe(13);
});

describe('a check of a target', () => {
  const folder = '.cairn-check-c1-20260101000000-0123abcd';
  const well = { folder, cases: [{ name: 'a', outcome: 'ok' } as const, { name: 'b', outcome: 'notAsked' } as const] };
  it.each([
    ['where all is well is 0', well, 0],
    ['of which a case failed is 1', { folder, cases: [{ name: 'a', outcome: 'failed' } as const] }, 1],
    ['whose speed could not be measured is 1', { ...well, speed: { failed: 'full' } }, 1],
    ['that left something is 1', { ...well, left: 'denied' }, 1],
    ['that could not begin is 1', { folder, cases: [], problem: { kind: 'unavailable', reason: 'away' } as const }, 1],
    ['that may not write is 12', { folder, cases: [], problem: { kind: 'denied', reason: 'read-only' } as const }, 12],
  ])('%s', (_what, found, code) => {
    expect(exitCodeOfCheck([found])).toBe(code);
    expect(exitCodeOfCheck([well, found])).toBe(code);
  });
});

it('cleaning that could not remove all is 3', () => {
  expect(exitCodeOfCleaning([])).toBe(0);
  expect(exitCodeOfCleaning([{ count: 2, removed: 2 }])).toBe(0);
  expect(
    exitCodeOfCleaning([
      { count: 2, removed: 2 },
      { count: 2, removed: 1 },
    ]),
  ).toBe(3);
});
