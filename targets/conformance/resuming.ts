import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { dirname } from 'node:path/posix';
import { Readable } from 'node:stream';
import { handedOver, noControl } from '../../model/control';
import { BackupError, isKind, messageOf } from '../../model/errors';
import type { BackupTarget, Body } from '../../model/target';
import { type TargetCase, onTarget } from './case';
import { assertAbsent, namesBelow, remainsBelow } from './tools';

const MiB = 1024 * 1024;
const chunkBytes = 64 * 1024;

/** A put that was cut off is gone on from by the next one of the same body, and by no other. */
export const resumingCases: readonly TargetCase[] = [
  {
    name: 'goes on with a body that was cut off: sends at most 64 MiB again, and shows nothing of it before',
    run: onTarget(async (target, prefix) => {
      const name = `${prefix}/a/object`;
      await cutOff(target, name, longBody('a', 80, 72));
      await assertAbsent(target, prefix, name);
      const whole = longBody('a', 80);
      assert.equal((await target.put(name, whole.body)).bytes, 80 * MiB);
      // What was on its way to the target when the body came to a halt was not sent.
      const onItsWay = 2 * MiB;
      const [from = 0] = whole.asked;
      assert.ok(from >= (72 - 64) * MiB - onItsWay, `of 72 MiB that were sent, all from byte ${from} on came again`);
      await assertHolds(target, name, longBody('a', 80));
      assert.deepEqual(await namesBelow(target, prefix), [name]);
    }),
  },
  {
    name: 'begins anew with a body that has another id or none, and removes what others left under its name',
    run: onTarget(async (target, prefix) => {
      const name = `${prefix}/object`;
      for (const id of ['b', undefined]) {
        await cutOff(target, name, longBody('a', 48, 40));
        const other = longBody(id, 9);
        await target.put(name, other.body);
        assert.deepEqual(other.asked, [0]);
        await assertHolds(target, name, longBody(id, 9));
      }
      const again = longBody('a', 48);
      await target.put(name, again.body);
      assert.equal(again.asked[0], 0);
      await assertHolds(target, name, longBody('a', 48));
      assert.deepEqual(await namesBelow(target, prefix), [name]);
    }),
  },
  {
    name: 'removes what was cut off when it cleans up, so that nothing goes on from it',
    needs: 'clean',
    run: onTarget(async (target, prefix) => {
      await cutOff(target, `${prefix}/a/object`, longBody('a', 48, 40));
      for (const name of await remainsBelow(target, prefix)) assert.equal(dirname(name), `${prefix}/a`);
      await target.clean?.(prefix);
      assert.deepEqual(await namesBelow(target, prefix), []);
      const again = longBody('a', 48);
      await target.put(`${prefix}/a/object`, again.body);
      assert.equal(again.asked[0], 0);
    }),
  },
  ...[
    { what: 'the same', id: 'a' },
    { what: 'another', id: 'b' },
  ].map(({ what, id }) => ({
    name: `keeps what a newer put of ${what} body stored when an older one goes on after all`,
    run: onTarget(async (target: BackupTarget, prefix: string) => {
      const name = `${prefix}/object`;
      const older = longBody('a', 48, 40);
      const olderPut = target.put(name, older.body).catch((error: unknown) => error);
      await Promise.race([older.halted, olderPut]);
      await target.put(name, longBody(id, 48).body).finally(older.finish);
      const end = await olderPut;
      assert.ok(!(end instanceof Error) || isKind(end, 'conflict'), `the older one ended with ${messageOf(end)}`);
      await assertHolds(target, name, longBody(id, 48));
      assert.deepEqual(await namesBelow(target, prefix), [name]);
    }),
  })),
];

interface LongBody {
  readonly body: Body;
  /** From where it was asked for, in order. */
  readonly asked: number[];
  /** Resolves when it has come to its halt. */
  readonly halted: Promise<void>;
  finish(): void;
}

/** A body of so many MiB that differs from those of other ids everywhere. At `halt` MiB it waits until `finish()`. */
function longBody(id: string | undefined, mebibytes: number, halt = mebibytes): LongBody {
  const asked: number[] = [];
  let [halts, finish] = [(): void => undefined, (): void => undefined];
  const halted = new Promise<void>((resolve) => (halts = resolve));
  const going = new Promise<void>((resolve) => (finish = resolve));
  async function* chunks(from: number): AsyncGenerator<Buffer> {
    for (let at = from; at < mebibytes * MiB;) {
      if (at >= halt * MiB) {
        halts();
        await going;
      }
      const bytes = chunkBytes - (at % chunkBytes);
      yield chunkAt(id, at).subarray(-bytes);
      at += bytes;
    }
  }
  const open = async (from: number) => (asked.push(from), Readable.from(chunks(from), { objectMode: false }));
  return { asked, halted, finish, body: { ...(id !== undefined && { id }), bytes: mebibytes * MiB, open } };
}

/** The whole chunk that the byte lies in: each has other bytes. */
function chunkAt(id: string | undefined, at: number): Buffer {
  return Buffer.alloc(chunkBytes, `${id}, ${Math.floor(at / chunkBytes)}; `);
}

/** The attempt that makes this put is given up on when the body comes to its halt. */
async function cutOff(target: BackupTarget, name: string, { body, halted, finish }: LongBody): Promise<void> {
  const stop = new AbortController();
  const putting = target.put(name, body, { ...noControl(), signal: stop.signal });
  await Promise.race([halted, putting]);
  stop.abort(handedOver);
  await assert.rejects(putting, BackupError);
  finish();
}

async function assertHolds(target: BackupTarget, name: string, { body }: LongBody): Promise<void> {
  const [expected, found] = [await digestOf(await body.open(0)), await digestOf(await target.get(name))];
  assert.equal(found, expected, `${name} holds other bytes than were put`);
}

async function digestOf(stream: Readable): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of stream) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
