import assert from 'node:assert/strict';
import { type TargetCase, onTarget } from './case';
import { bodyOf, cutOff, inParallel, namesBelow, remainsBelow } from './tools';

/** What is listed, and the housekeeping that targets may offer. */
export const listingCases: readonly TargetCase[] = [
  {
    name: 'lists what is below a prefix, at any depth, with its size',
    run: onTarget(async (target, prefix) => {
      const sizes: Record<string, number> = { [`${prefix}/a/1`]: 1, [`${prefix}/a/b/2`]: 2, [`${prefix}/a/b/c/3`]: 3 };
      for (const [name, bytes] of Object.entries(sizes)) await target.put(name, bodyOf('x'.repeat(bytes)));
      const listed: Record<string, number> = {};
      for await (const { name, bytes } of target.list(`${prefix}/a`)) listed[name] = bytes;
      assert.deepEqual(listed, sizes);
    }),
  },
  {
    name: 'takes a prefix for whole parts of names',
    run: onTarget(async (target, prefix) => {
      for (const name of ['a/1', 'ab/1', 'a.txt', 'b']) await target.put(`${prefix}/${name}`, bodyOf('x'));
      assert.deepEqual(await namesBelow(target, `${prefix}/a`), [`${prefix}/a/1`]);
      assert.deepEqual(await namesBelow(target, `${prefix}/b`), []);
      assert.equal((await namesBelow(target, prefix)).length, 4);
    }),
  },
  {
    name: 'finds an empty list under an absent prefix',
    run: onTarget(async (target, prefix) => {
      assert.deepEqual(await namesBelow(target, `${prefix}/nothing`), []);
      assert.deepEqual(await namesBelow(target, `${prefix}/nothing/at/all`), []);
    }),
  },
  {
    name: 'finds an empty list where everything was removed',
    run: onTarget(async (target, prefix) => {
      await target.put(`${prefix}/deep/down/here`, bodyOf('x'));
      await target.remove(`${prefix}/deep/down/here`);
      assert.deepEqual(await namesBelow(target, prefix), []);
      assert.deepEqual(await namesBelow(target, `${prefix}/deep/down`), []);
    }),
  },
  {
    name: 'lists the whole target under the empty prefix',
    reachesOut: true,
    run: onTarget(async (target, prefix) => {
      await target.put(`${prefix}/somewhere`, bodyOf('x'));
      for await (const { name } of target.list('')) if (name === `${prefix}/somewhere`) return;
      assert.fail(`${prefix}/somewhere is not listed`);
    }),
  },
  {
    name: 'lists each of a thousand objects once',
    run: onTarget(async (target, prefix) => {
      const names = Array.from({ length: 1000 }, (_, n) => `${prefix}/many/${String(n).padStart(4, '0')}`);
      await inParallel(names, (name) => target.put(name, bodyOf(name)));
      assert.deepEqual(await namesBelow(target, prefix), names);
    }),
  },
  {
    name: 'keeps finished objects when it cleans up',
    needs: 'clean',
    run: onTarget(async (target, prefix) => {
      await target.put(`${prefix}/a/finished`, bodyOf('x'));
      await target.clean?.(prefix);
      await target.clean?.(`${prefix}/nothing/there`);
      assert.deepEqual(await namesBelow(target, prefix), [`${prefix}/a/finished`]);
    }),
  },
  {
    name: 'tells no finished object as remains, and none at all where it has cleaned up',
    needs: 'remains',
    run: onTarget(async (target, prefix) => {
      await target.put(`${prefix}/a/finished`, bodyOf('x'));
      assert.deepEqual(await remainsBelow(target, prefix), []);
      assert.deepEqual(await remainsBelow(target, `${prefix}/nothing/there`), []);
      await cutOff(target, `${prefix}/a/cut-off`);
      for (const name of await remainsBelow(target, prefix)) assert.ok(name.startsWith(`${prefix}/a/`), name);
      assert.deepEqual(await remainsBelow(target, `${prefix}/b`), []);
      await target.clean?.(prefix);
      assert.deepEqual(await remainsBelow(target, prefix), []);
      assert.deepEqual(await namesBelow(target, prefix), [`${prefix}/a/finished`]);
    }),
  },
  {
    name: 'tells its free space in bytes',
    needs: 'freeBytes',
    run: onTarget(async (target) => {
      const bytes = await target.freeBytes?.();
      assert.ok(Number.isSafeInteger(bytes) && Number(bytes) >= 0, `${bytes} is no number of bytes`);
    }),
  },
  {
    name: 'can be closed twice',
    async run(open) {
      const target = await open();
      await target[Symbol.asyncDispose]();
      await target[Symbol.asyncDispose]();
    },
  },
];
