import assert from 'node:assert/strict';
import { type TargetCase, onTarget } from './case';
import { assertAbsent, assertKind, bodyOf, read } from './tools';

/** Ranges and absent objects. */
export const readingCases: readonly TargetCase[] = [
  {
    name: 'gives ranges with both ends included, up to the last byte',
    run: onTarget(async (target, prefix) => {
      await target.put(`${prefix}/digits`, bodyOf('0123456789'));
      const digits = async (start: number, end: number) =>
        String(await read(target, `${prefix}/digits`, { start, end }));
      assert.equal(await digits(0, 0), '0');
      assert.equal(await digits(3, 5), '345');
      assert.equal(await digits(9, 9), '9');
      assert.equal(await digits(0, 9), '0123456789');
    }),
  },
  {
    name: 'refuses a range that ends behind the object instead of coming short',
    run: onTarget(async (target, prefix) => {
      await target.put(`${prefix}/digits`, bodyOf('0123456789'));
      await target.put(`${prefix}/empty`, bodyOf(''));
      await assertKind('corrupt', read(target, `${prefix}/digits`, { start: 5, end: 10 }));
      await assertKind('corrupt', read(target, `${prefix}/digits`, { start: 10, end: 10 }));
      await assertKind('corrupt', read(target, `${prefix}/empty`, { start: 0, end: 0 }));
    }),
  },
  {
    name: 'refuses a range that is none',
    run: onTarget(async (target, prefix) => {
      await target.put(`${prefix}/digits`, bodyOf('0123456789'));
      for (const [start, end] of [
        [5, 4],
        [-1, 3],
        [0.5, 3],
        [0, Number.NaN],
      ] as const) {
        await assertKind('invalid', read(target, `${prefix}/digits`, { start, end }));
      }
    }),
  },
  {
    name: 'survives a reader that stops in the middle or never begins',
    run: onTarget(async (target, prefix) => {
      await target.put(`${prefix}/long`, bodyOf(Buffer.alloc(3 * 1024 * 1024)));
      (await target.get(`${prefix}/long`)).destroy();
      for await (const chunk of await target.get(`${prefix}/long`)) if (chunk !== undefined) break;
      assert.equal((await read(target, `${prefix}/long`)).length, 3 * 1024 * 1024);
    }),
  },
  {
    name: 'says that an absent object is absent',
    run: onTarget(async (target, prefix) => {
      await assertAbsent(target, prefix, `${prefix}/nothing`);
      await assertAbsent(target, prefix, `${prefix}/no/folder/either`);
    }),
  },
  {
    name: 'takes neither a folder for an object nor an object for a folder',
    run: onTarget(async (target, prefix) => {
      await target.put(`${prefix}/folder/object`, bodyOf('x'));
      await assertAbsent(target, prefix, `${prefix}/folder`);
      await assertAbsent(target, prefix, `${prefix}/folder/object/below`);
      await target.remove(`${prefix}/folder`);
      await target.remove(`${prefix}/folder/object/below`);
      assert.equal(String(await read(target, `${prefix}/folder/object`)), 'x');
    }),
  },
];
