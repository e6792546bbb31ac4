import { hdfsEntrySchema } from '../../model/hdfs-schema';
import { isFullDue, type Policy } from '../../model/policy';

/** Which of the first runs are full ones, where nothing else makes one so. */
function fullOnes(policy: Policy | undefined, runs: number): number[] {
  let increments = 0;
  return Array.from({ length: runs }, (_, run) => run).filter((run) => {
    const isFull = run === 0 || isFullDue(policy, increments);
    increments = isFull ? 0 : increments + 1;
    return isFull;
  });
}

it.each<[Policy | undefined, number[]]>([
  [undefined, [0, 1, 2, 3, 4, 5, 6]],
  ['full', [0, 1, 2, 3, 4, 5, 6]],
  ['incremental', [0]],
  [{ fullEvery: 2 }, [0, 2, 4, 6]],
  [{ fullEvery: 3 }, [0, 3, 6]],
])('with policy %j the full runs are %j', (policy, expected) => expect(fullOnes(policy, 7)).toEqual(expected));

const parse = (fields: object) => hdfsEntrySchema.safeParse({ source: 'hdfs', paths: ['/data'], ...fields });

it.each(['full', 'incremental', { fullEvery: 2 }, { fullEvery: 1000 }])('%j is a policy', (policy) =>
  expect(parse({ policy }).data).toMatchObject({ policy }),
);

it.each(['', 'Full', 'fullEvery', 7, { fullEvery: 1 }, { fullEvery: 1.5 }, { fullEvery: 7, incremental: true }, null])(
  '%j is none',
  (policy) => expect(parse({ policy }).success).toBe(false),
);

it('an increment needs the snapshot of the run before', () => {
  const { error } = parse({ policy: 'incremental', recoveryPoints: 0 });
  expect(error?.issues).toMatchObject([{ path: ['recoveryPoints'], message: expect.stringContaining('at least 1') }]);
  expect(parse({ policy: 'full', recoveryPoints: 0 }).success).toBe(true);
});
