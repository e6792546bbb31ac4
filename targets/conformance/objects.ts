import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { BackupError } from '../../model/errors';
import { type TargetCase, onTarget } from './case';
import { assertAbsent, bodyOf, namesBelow, read, together } from './tools';

const MiB = 1024 * 1024;

/** What is stored is there, whole, until it is replaced or removed. */
export const objectCases: readonly TargetCase[] = [
  {
    name: 'gives back what was stored, also to one who opens the target anew',
    async run(open, prefix) {
      const [writer, reader] = [await open(), await open()];
      assert.deepEqual(
        { ...(await writer.put(`${prefix}/a/b`, bodyOf('stones'))) },
        { name: `${prefix}/a/b`, bytes: 6 },
      );
      assert.equal(String(await read(reader, `${prefix}/a/b`)), 'stones');
      assert.equal((await reader.stat(`${prefix}/a/b`))?.bytes, 6);
      await together(writer[Symbol.asyncDispose](), reader[Symbol.asyncDispose]());
    },
  },
  {
    name: 'stores an empty object',
    run: onTarget(async (target, prefix) => {
      assert.equal((await target.put(`${prefix}/empty`, bodyOf(''))).bytes, 0);
      assert.equal((await read(target, `${prefix}/empty`)).length, 0);
      assert.equal((await target.stat(`${prefix}/empty`))?.bytes, 0);
      assert.deepEqual(await namesBelow(target, prefix), [`${prefix}/empty`]);
    }),
  },
  {
    name: 'stores a body whose length is unknown beforehand',
    run: onTarget(async (target, prefix) => {
      const { open } = bodyOf('as long as it is');
      assert.equal((await target.put(`${prefix}/unknown`, { open })).bytes, 16);
      assert.equal(String(await read(target, `${prefix}/unknown`)), 'as long as it is');
    }),
  },
  {
    name: 'keeps every bit of a large object',
    run: onTarget(async (target, prefix) => {
      const content = randomBytes(8 * MiB);
      await target.put(`${prefix}/large`, bodyOf(content));
      assert.equal(digestOf(await read(target, `${prefix}/large`)), digestOf(content));
      const acrossBlocks = { start: MiB - 2, end: 2 * MiB + 1 };
      const part = content.subarray(acrossBlocks.start, acrossBlocks.end + 1);
      assert.equal(digestOf(await read(target, `${prefix}/large`, acrossBlocks)), digestOf(part));
    }),
  },
  {
    name: 'replaces an object by a shorter one without leaving a tail',
    run: onTarget(async (target, prefix) => {
      await target.put(`${prefix}/twice`, bodyOf('the first, longer one'));
      await target.put(`${prefix}/twice`, bodyOf('second'));
      assert.equal(String(await read(target, `${prefix}/twice`)), 'second');
      assert.deepEqual(await namesBelow(target, prefix), [`${prefix}/twice`]);
    }),
  },
  {
    name: 'shows a concurrent reader the old object or the new one, never a mixture and never none',
    run: onTarget(async (target, prefix) => {
      const contents = ['a', 'b'].map((letter) => Buffer.alloc(MiB / 4, letter));
      const replace = (round: number) => target.put(`${prefix}/replaced`, bodyOf(contents[round % 2] ?? ''));
      await replace(0);
      let writing = true;
      const write = async () => {
        for (let round = 1; round <= 20; round++) await replace(round);
      };
      const readOn = async () => {
        while (writing) {
          const seen = await read(target, `${prefix}/replaced`);
          assert.ok(
            contents.some((content) => content.equals(seen)),
            'a mixture was read',
          );
        }
      };
      await together(
        write().finally(() => (writing = false)),
        readOn(),
        readOn(),
      );
    }),
  },
  {
    name: 'takes two objects at the same time',
    run: onTarget(async (target, prefix) => {
      const names = ['left', 'right'].map((side) => `${prefix}/${side}`);
      await together(...names.map((name) => target.put(name, bodyOf(name.repeat(10_000)))));
      for (const name of names) assert.equal(String(await read(target, name)), name.repeat(10_000));
    }),
  },
  {
    name: 'keeps one of two bodies that are put under one name at the same time, whole',
    run: onTarget(async (target, prefix) => {
      const contents = ['a', 'b'].map((letter) => Buffer.alloc(MiB, letter));
      const puts = await Promise.allSettled(contents.map((content) => target.put(`${prefix}/one`, bodyOf(content))));
      const stored = contents.filter((_, n) => puts[n]?.status === 'fulfilled');
      const seen = await read(target, `${prefix}/one`);
      assert.ok(
        stored.some((content) => content.equals(seen)),
        'none of the bodies that were said to be stored',
      );
      for (const put of puts)
        assert.ok(put.status === 'fulfilled' || isConflict(put.reason), 'the loser is no conflict');
    }),
  },
  {
    name: 'removes an object, and again when it is gone',
    run: onTarget(async (target, prefix) => {
      await target.put(`${prefix}/a/gone`, bodyOf('x'));
      await target.put(`${prefix}/a/kept`, bodyOf('y'));
      await target.remove(`${prefix}/a/gone`);
      await target.remove(`${prefix}/a/gone`);
      await target.remove(`${prefix}/never/there`);
      await assertAbsent(target, prefix, `${prefix}/a/gone`);
      assert.equal(String(await read(target, `${prefix}/a/kept`)), 'y');
    }),
  },
];

function digestOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function isConflict(error: unknown): boolean {
  return error instanceof BackupError && error.kind === 'conflict';
}
