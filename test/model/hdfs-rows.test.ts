import fc from 'fast-check';
import { keepPlaces, mostDirectories, mostPathBytes, resolveRows } from '../../model/hdfs-rows';

const row = (under: string, matching = '.*') => ({ under, matching });
const matched = (under: string, ...paths: string[]) => ({ row: row(under), paths });

describe('what a task with rows takes', () => {
  it('is what it names, and then what the rows match, by name', () => {
    expect(resolveRows(['/z', '/a'], [matched('/user', '/user/c', '/user/b'), matched('/data', '/data/d')])).toEqual({
      paths: ['/z', '/a', '/data/d', '/user/b', '/user/c'],
      notes: [],
    });
  });

  it('is taken once where several rows match it, or the task names it, too', () => {
    const { paths } = resolveRows(['/user/b'], [matched('/user', '/user/a', '/user/b'), matched('/user', '/user/a')]);
    expect(paths).toEqual(['/user/b', '/user/a']);
  });

  it('is refused where one would lie in another', () => {
    for (const named of [['/user/a/deep'], ['/other', '/user']])
      expect(() => resolveRows(named, [matched('/user', '/user/a')])).toThrow(/lies in .*HINT/);
    expect(() => resolveRows([], [matched('/user', '/user/a'), matched('/user/a', '/user/a/b')])).toThrow(/lies in/);
    expect(resolveRows(['/user/ab'], [matched('/user', '/user/a')]).paths).toHaveLength(2);
  });

  it('is refused where no row matches anything; a row that matches nothing beside others is told', () => {
    expect(() => resolveRows(['/a'], [matched('/user'), matched('/data')])).toThrow(
      expect.objectContaining({ kind: 'missing', what: 'no directory matches /user:.*, /data:.*' }),
    );
    const { notes } = resolveRows([], [matched('/user', '/user/a'), matched('/data')]);
    expect(notes).toEqual(['no directory matches /data:.*']);
  });

  it('is refused where it is too much for a run', () => {
    const some = (count: number, length = 1) =>
      Array.from({ length: count }, (_, n) => `/user/${'x'.repeat(length)}${n}`);
    expect(resolveRows([], [matched('/user', ...some(mostDirectories))]).paths).toHaveLength(mostDirectories);
    expect(() => resolveRows(['/a'], [matched('/user', ...some(mostDirectories))])).toThrow(/more than 500 .*HINT/);
    expect(() => resolveRows([], [matched('/user', ...some(101, 250))])).toThrow(/101 directories, .* 20 KiB/);
  });
});

it('the largest list fits into a step of a restoration, which has each path twice', () => {
  const length = Math.floor(mostPathBytes / mostDirectories);
  const paths = Array.from({ length: mostDirectories }, (_, n) => `/user/${n}`.padEnd(length, 'x'));
  expect(resolveRows([], [matched('/user', ...paths)]).paths).toHaveLength(mostDirectories);
  const trees = paths.map((path, number) => ({ number, path, to: path }));
  expect(JSON.stringify(trees).length).toBeLessThan(60 * 1024);
});

describe('the places of directories', () => {
  it.each([
    [[], ['b', 'a'], ['b', 'a']],
    [
      ['b', 'd'],
      ['a', 'b', 'c', 'd'],
      ['b', 'd', 'a', 'c'],
    ],
    [
      ['a', 'b', 'c'],
      ['a', 'c'],
      ['a', 'c'],
    ],
    [
      ['a', 'b', 'c'],
      ['a', 'b2', 'c'],
      ['a', 'b2', 'c'],
    ],
    [
      ['a', 'b', 'c', 'd'],
      ['d', 'c', 'a'],
      ['a', 'd', 'c'],
    ],
  ])('of %j among %j are kept: %j', (before, now, expected) => {
    expect(keepPlaces(before, now)).toEqual(expected);
  });

  it('hold each directory once, and move none that need not', () => {
    const names = fc.uniqueArray(fc.stringMatching(/^[a-f]{1,2}$/), { maxLength: 20 });
    fc.assert(
      fc.property(names, names, (before, now) => {
        const placed = keepPlaces(before, now);
        expect([...placed].sort()).toEqual([...now].sort());
        const stays = before.filter((name, place) => place < now.length && now.includes(name));
        expect(stays.filter((name) => placed.indexOf(name) !== before.indexOf(name))).toEqual([]);
      }),
    );
  });
});
