import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import type { Control, Progress } from '../../model/control';
import { noControl } from '../../model/control';
import type { BackupTarget, Body } from '../../model/target';
import { type TargetCase, onTarget } from './case';
import { assertAbsent, assertKind, bodyOf, heldBody, namesBelow, read } from './tools';

const half = Buffer.alloc(256 * 1024, 'h');

/** A put is whole or not at all, whatever its body does. */
export const bodyCases: readonly TargetCase[] = [
  ...[
    { what: 'shorter', bytes: 11 },
    { what: 'longer', bytes: 9 },
    { what: 'not empty as said, but longer', bytes: 0 },
  ].map(({ what, bytes }) => ({
    name: `calls a body corrupt that is ${what} than it said, and stores nothing`,
    run: onTarget((target, prefix) =>
      storesNothing(target, prefix, (name) =>
        assertKind('corrupt', target.put(name, { bytes, open: bodyOf('0123456789').open })),
      ),
    ),
  })),
  {
    name: 'stores nothing when the body breaks off with an error',
    run: onTarget((target, prefix) =>
      storesNothing(target, prefix, async (name) => {
        await assert.rejects(target.put(name, breakingBody()), /the source broke/);
      }),
    ),
  },
  {
    name: 'stores nothing when the body cannot be opened',
    run: onTarget((target, prefix) =>
      storesNothing(target, prefix, async (name) => {
        const body = { bytes: 1, open: () => Promise.reject(new Error('the source is closed')) };
        await assert.rejects(target.put(name, body), /the source is closed/);
      }),
    ),
  },
  {
    name: 'stores nothing when it is stopped, even while the body stalls',
    run: onTarget((target, prefix) =>
      storesNothing(target, prefix, async (name) => {
        const stop = new AbortController();
        const { body, flowing } = heldBody(half, half);
        const putting = target.put(name, body, { ...noControl(), signal: stop.signal });
        await Promise.race([flowing, putting]);
        stop.abort();
        await assertKind('cancelled', putting);
      }),
    ),
  },
  {
    name: 'stores nothing when it was stopped before it began',
    run: onTarget((target, prefix) =>
      storesNothing(target, prefix, async (name) => {
        const control = { ...noControl(), signal: AbortSignal.abort() };
        await assertKind('cancelled', target.put(name, bodyOf('x'), control));
      }),
    ),
  },
  {
    name: 'shows nothing of an unfinished object, and all of it once it is finished',
    run: onTarget(async (target, prefix) => {
      const { body, flowing, finish } = heldBody(half, half);
      const putting = target.put(`${prefix}/slow`, body);
      await Promise.race([flowing, putting]);
      try {
        await assertAbsent(target, prefix, `${prefix}/slow`);
        assert.deepEqual(await namesBelow(target, prefix), []);
      } finally {
        finish();
      }
      await putting;
      assert.equal((await read(target, `${prefix}/slow`)).length, 2 * half.length);
    }),
  },
  {
    name: 'asks for a new body from its first byte on',
    run: onTarget(async (target, prefix) => {
      const asked: number[] = [];
      const { bytes = 0, open } = bodyOf('from the first');
      await target.put(`${prefix}/new`, { bytes, open: (from) => (asked.push(from), open(from)) });
      assert.equal(asked[0], 0);
      assert.equal(String(await read(target, `${prefix}/new`)), 'from the first');
    }),
  },
  {
    name: 'reports its progress up to the last byte',
    run: onTarget(async (target, prefix) => {
      const reported: Progress[] = [];
      const control: Control = { ...noControl(), report: (progress) => reported.push(progress) };
      await target.put(`${prefix}/reported`, bodyOf(Buffer.concat([half, half, half])), control);
      const bytes = reported.map((progress) => progress.bytes ?? 0);
      assert.equal(bytes.at(-1), 3 * half.length);
      assert.deepEqual(
        bytes,
        [...bytes].sort((a, b) => a - b),
      );
    }),
  },
];

/** The put that fails leaves no new object, and leaves an old one as it was. */
async function storesNothing(
  target: BackupTarget,
  prefix: string,
  fail: (name: string) => Promise<void>,
): Promise<void> {
  await fail(`${prefix}/new/one`);
  await assertAbsent(target, prefix, `${prefix}/new/one`);
  await target.put(`${prefix}/old`, bodyOf('old'));
  await fail(`${prefix}/old`);
  assert.equal(String(await read(target, `${prefix}/old`)), 'old');
  assert.deepEqual(await namesBelow(target, prefix), [`${prefix}/old`]);
}

function breakingBody(): Body {
  async function* chunks(): AsyncGenerator<Buffer> {
    yield half;
    throw new Error('the source broke');
  }
  return { bytes: 2 * half.length, open: async () => Readable.from(chunks(), { objectMode: false }) };
}
