import assert from 'node:assert/strict';
import { BackupError, type ErrorKind } from '../../model/errors';
import type { BackupTarget } from '../../model/target';
import { assertNothingLeft } from './mounting';
import type { Nas } from './nas';

/** Uses a target, and checks that nothing stays mounted. */
export async function using(nas: Nas, target: BackupTarget, use: () => Promise<void>): Promise<void> {
  try {
    await use();
  } finally {
    await target[Symbol.asyncDispose]();
  }
  await assertNothingLeft(nas);
}

/** The operation ends with an error of this kind whose text has all this, and no password. */
export async function assertTold(
  nas: Nas,
  operation: Promise<unknown>,
  kind: ErrorKind,
  ...texts: RegExp[]
): Promise<void> {
  const error = await operation.then(
    () => assert.fail('no error came'),
    (cause: unknown) => cause as BackupError,
  );
  assert.ok(error instanceof BackupError, String((error as Error).stack));
  assert.equal(error.kind, kind, error.message);
  for (const text of [...texts, /HINT: /]) assert.match(error.message, text);
  assert.ok(!JSON.stringify([error.message, error.stack, error.context]).includes(nas.password.slice(0, 6)));
}
