import assert from 'node:assert/strict';
import { type TargetCase, onTarget } from './case';
import { assertKind, bodyOf, namesBelow, read } from './tools';

/** Characters that URLs, shells and globs treat specially. Pairs such as `%41` and `A` tell a decoder from none. */
const oddNames = [
  'with space',
  '%41',
  'A',
  '100%',
  'a+b',
  'a b',
  'a#b',
  'a&b=c,d;e@f',
  "it's $HOME `~` [x] {y} !",
  'ünï-日本-😀',
  '.hidden',
  '..two-dots',
  '-dash',
  `long-${'x'.repeat(200)}`,
  `${'deep/'.repeat(40)}down`,
];

/** Names that would leave the target, or fool a terminal. */
const hostileNames = [
  '',
  '/x',
  '../x',
  'a/../../b',
  'a//b',
  './a',
  'a/',
  'a/.',
  'a\0b',
  'a\nb',
  'a\\b',
  'x'.repeat(1025),
];

/** Names are never interpreted beyond `/`. */
export const nameCases: readonly TargetCase[] = [
  {
    name: 'takes odd names as they are',
    run: onTarget(async (target, prefix) => {
      const names = oddNames.map((name) => `${prefix}/${name}`);
      for (const name of names) await target.put(name, bodyOf(name));
      for (const name of names) assert.equal(String(await read(target, name)), name);
      assert.deepEqual(await namesBelow(target, prefix), names.sort());
      for (const name of names) await target.remove(name);
      assert.deepEqual(await namesBelow(target, prefix), []);
    }),
  },
  {
    name: 'takes odd names as prefixes too',
    run: onTarget(async (target, prefix) => {
      for (const odd of oddNames.slice(0, -1)) {
        await target.put(`${prefix}/${odd}/object`, bodyOf('x'));
        assert.deepEqual(await namesBelow(target, `${prefix}/${odd}`), [`${prefix}/${odd}/object`]);
      }
    }),
  },
  ...hostileNames.map((name): TargetCase => ({
    reachesOut: true,
    name: `refuses the name ${JSON.stringify(name.slice(0, 20))}${name.length > 20 ? ' and so on' : ''}`,
    run: onTarget(async (target) => {
      await assertKind('invalid', target.put(name, bodyOf('x')));
      await assertKind('invalid', target.get(name));
      await assertKind('invalid', target.stat(name));
      await assertKind('invalid', target.remove(name));
      // As a prefix, '' means everything.
      if (name !== '') await assertKind('invalid', namesBelow(target, name));
    }),
  })),
];
