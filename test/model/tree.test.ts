import fc from 'fast-check';
import { comparePaths } from '../../model/tree';

/** As a NameNode orders: names one by one, each by the signed bytes of its UTF-8; what is above comes first. */
function asNameNode(one: string, other: string): number {
  const [names, others] = [one, other].map((path) => (path === '' ? [] : path.split('/'))) as [string[], string[]];
  for (const [place, name] of names.entries()) {
    const against = others[place];
    if (against === undefined) return 1;
    const order = compareBytes(new Int8Array(Buffer.from(name)), new Int8Array(Buffer.from(against)));
    if (order !== 0) return order;
  }
  return Math.sign(names.length - others.length);
}

function compareBytes(one: Int8Array, other: Int8Array): number {
  const place = one.findIndex((byte, at) => byte !== other[at]);
  if (place === -1) return Math.sign(one.length - other.length);
  return place >= other.length ? 1 : Math.sign(one[place]! - other[place]!);
}

/** Characters on both sides of every border: the slash, ASCII, two and three bytes, halves of a character. */
const characters = ['\u0001', ' ', '!', '.', '-', '0', 'a', '~', '\u0080', 'ü', '\u07ff', '漢', '\ue000', '\uffff'];
const beyond = ['\u{10000}', '\u{1f600}', '\u{1f601}', '\u{1fa00}', '\u{10ffff}'];
const names = fc
  .array(fc.constantFrom(...characters, ...beyond), { minLength: 1, maxLength: 4 })
  .map((all) => all.join(''));
const paths = fc.array(names, { maxLength: 3 }).map((all) => all.join('/'));

test('paths are in the order in which a NameNode lists a tree, whatever their names are', () => {
  fc.assert(
    fc.property(paths, paths, (one, other) => Math.sign(comparePaths(one, other)) === asNameNode(one, other)),
    { numRuns: 20_000 },
  );
});

test('a directory comes right before what it holds, also beside names that begin as it does', () => {
  const sorted = ['', 'ü', 'a', 'a/x', 'a/x/y', 'a!', 'a!/x', 'a.b', 'ab', 'b'];
  expect([...sorted].reverse().sort(comparePaths)).toEqual(sorted);
});
