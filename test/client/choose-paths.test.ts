import type { LocatedSet } from '../../client';
import { checkPathChoice, chosenWithPaths, type PathChoice } from '../../client/choose-paths';

const common = {
  label: '20260102000000',
  task: 'nightly',
  creation: '20260101000000',
  cluster: 'c1',
  productVersion: '3.3.0',
  bytes: 1,
} as const;
const data: LocatedSet = {
  ...common,
  name: 'nightly_HDFS_20260101000000/20260102000000',
  source: 'hdfs',
  part: '',
  family: 'data',
  paths: ['/data/a', '/data/b', '/other'],
  verified: 'storeChecksum',
  target: { kind: 'localHdfs', nameService: 'hacluster', path: '/backup' },
};
const metadata: LocatedSet = {
  ...common,
  name: 'c1/nightly_20260101000000/3.3.0_NameNode_20260102000000',
  source: 'nameNode',
  part: 'hacluster',
  family: 'metadata',
  verified: 'readBack',
  target: { kind: 'localDir' },
};

const placesOf = (choice: PathChoice) => chosenWithPaths(data, choice).paths;
const refusalOf = (choice: PathChoice, set = data): unknown => {
  try {
    checkPathChoice(choice);
    chosenWithPaths(set, choice);
    return undefined;
  } catch (error) {
    return error;
  }
};

describe('a restoration of service data holds', () => {
  it('no directories when all go to their own places, however that is said', () => {
    expect(chosenWithPaths(data, {})).not.toHaveProperty('paths');
    expect(placesOf({ paths: ['/other', '/data/b', '/data/a'] })).toBeUndefined();
    expect(placesOf({ elsewhere: [{ path: '/data/a', to: '/data/a' }] })).toBeUndefined();
  });

  it('only the directories that are named, in the order of the set', () => {
    expect(placesOf({ paths: ['/other', '/data/a', '/other'] })).toEqual([
      { path: '/data/a', to: '/data/a' },
      { path: '/other', to: '/other' },
    ]);
  });

  it('the other places, and the rest at their own', () => {
    expect(placesOf({ elsewhere: [{ path: '/data/b', to: '/back/b' }] })).toEqual([
      { path: '/data/a', to: '/data/a' },
      { path: '/data/b', to: '/back/b' },
      { path: '/other', to: '/other' },
    ]);
    expect(placesOf({ paths: ['/data/b'], elsewhere: [{ path: '/data/b', to: '/back/b' }] })).toEqual([
      { path: '/data/b', to: '/back/b' },
    ]);
  });

  it('directories that change places', () => {
    const elsewhere = [
      { path: '/data/a', to: '/data/b' },
      { path: '/data/b', to: '/data/a' },
    ];
    expect(placesOf({ paths: ['/data/a', '/data/b'], elsewhere })).toEqual(elsewhere);
  });
});

describe('is refused, with what to do:', () => {
  it.each<[string, PathChoice, string, string, string]>([
    [
      'a directory that the set does not hold',
      { paths: ['/data'] },
      'missing',
      'does not hold /data',
      '/data/b, /other',
    ],
    [
      'another place for such a one',
      { elsewhere: [{ path: '/data/c', to: '/x' }] },
      'missing',
      'does not hold /data/c',
      'it holds /data/a',
    ],
    [
      'two places for one directory',
      {
        elsewhere: [
          { path: '/data/a', to: '/x' },
          { path: '/data/a', to: '/y' },
        ],
      },
      'invalid',
      'two places, /x and /y',
      'a second restoration task',
    ],
    [
      'another place for a directory that is left out',
      { paths: ['/other'], elsewhere: [{ path: '/data/a', to: '/x' }] },
      'invalid',
      'not among the directories',
      '--path /data/a',
    ],
    [
      'a directory that would come to lie in another one',
      { elsewhere: [{ path: '/other', to: '/data/a/new' }] },
      'invalid',
      '/data/a and /other would go to /data/a and /data/a/new',
      'none inside another',
    ],
    [
      'two directories at one place',
      {
        elsewhere: [
          { path: '/data/a', to: '/x' },
          { path: '/data/b', to: '/x' },
        ],
      },
      'invalid',
      'would go to /x and /x',
      'a place of its own',
    ],
    ['a path that is none', { paths: ['data/a'] }, 'invalid', '"data/a" is no directory', 'absolute path'],
    [
      'another place that is no path',
      { elsewhere: [{ path: '/data/a', to: '/x/../y' }] },
      'invalid',
      '"/x/../y" is no directory',
      'absolute path',
    ],
  ])('%s', (_what, choice, kind, words, hint) => {
    expect(refusalOf(choice)).toMatchObject({
      kind,
      what: expect.stringContaining(words) as string,
      context: { hint: expect.stringContaining(hint) as string },
    });
  });

  it('directories of metadata', () => {
    expect(refusalOf({ paths: ['/data/a'] }, metadata)).toMatchObject({
      kind: 'invalid',
      what: expect.stringContaining('restored as a whole') as string,
      context: { hint: expect.stringContaining('--source hdfs') as string },
    });
  });
});
