import type { PeerSet, PeerSets } from '../../model/mirror';
import { planMirror } from '../../sets/mirror-plan';

const sha = (letter: string) => letter.repeat(64);

/** The n-th set of a part. */
function nameAt(day: number, part = 'NameNode', task = 'nn'): string {
  return `1/${task}_20260101000000/3.3.0_${part}_202601${String(day).padStart(2, '0')}000000`;
}

function setsAt(days: readonly number[], part?: string, task?: string): PeerSet[] {
  return days.map((day) => ({ name: nameAt(day, part, task), sha256: sha('a') }));
}

/** An active host that has these sets; `removed`: what its retention took away. */
function having(sets: readonly PeerSet[], removed: readonly number[] = []): PeerSets {
  return { sets, removed: names(removed) };
}

const names = (days: readonly number[]) => days.map((day) => nameAt(day));
const knowing = (days: readonly number[]) => new Set(names(days));
const nothing = { fetch: [], replace: [], remove: [], ahead: [], problems: [] };

test('equal hosts have nothing to do', () => {
  expect(planMirror(setsAt([1, 2]), having(setsAt([1, 2])), knowing([1, 2]))).toEqual(nothing);
});

test('what is new on the active host is fetched, the newest first; what it has removed is removed', () => {
  expect(planMirror(setsAt([1, 2]), having(setsAt([2, 3, 4]), [1]), knowing([1, 2]))).toEqual({
    ...nothing,
    fetch: names([4, 3]),
    remove: names([1]),
  });
});

test.each([
  ['whose list is empty', [], [1, 2, 3]],
  ['that has an old copy of its disk', [1], [1, 2, 3]],
  ['that has got back the newest only', [3], [1, 2, 3]],
  ['that has lost its disk, and made a set since', [4], [1, 2, 3]],
  ['that has lost one in the middle', [1, 3], [1, 2, 3]],
])('nothing is removed for an active host %s: it gets back what it had', (_what, active, own) => {
  const { remove, ahead } = planMirror(setsAt(own), having(setsAt(active)), knowing([1, 2, 3]));
  expect(remove).toEqual([]);
  expect(ahead).toEqual(names(own.filter((day) => !active.includes(day)).reverse()));
});

test('what was made while the active host was away is kept, also when that host has made newer ones by now', () => {
  const plan = planMirror(setsAt([3, 4, 5, 6]), having(setsAt([2, 3, 4, 7]), [1]), knowing([1, 2, 3, 4]));
  expect(plan).toEqual({ ...nothing, fetch: names([7, 2]), ahead: names([6, 5]) });
});

test('a part, or a task, of which the active host has no set at all counts as lost there', () => {
  const own = [...setsAt([1, 2]), ...setsAt([1], 'NameNode-ns2'), ...setsAt([1], 'NameNode', 'old')];
  const { remove, ahead } = planMirror(
    own,
    { sets: setsAt([2, 3]), removed: own.map(({ name }) => name) },
    new Set(own.map(({ name }) => name)),
  );
  expect(remove).toEqual(names([1]));
  expect([...ahead].sort()).toEqual([nameAt(1, 'NameNode-ns2'), nameAt(1, 'NameNode', 'old')].sort());
});

test('without knowledge nothing is removed', () => {
  expect(planMirror(setsAt([1, 2]), having(setsAt([2, 3]), [1]), new Set())).toEqual({
    ...nothing,
    fetch: names([3]),
    ahead: names([1]),
  });
});

test('a damaged set of this host is replaced by a sound one, never a sound one by a damaged one', () => {
  const [one, two] = setsAt([1, 2]) as [PeerSet, PeerSet];
  const damaged = (set: PeerSet) => ({ ...set, sha256: '', problem: 'its end is missing' });
  expect(planMirror([damaged(one), two], having([one, two]), knowing([1, 2]))).toEqual({
    ...nothing,
    replace: names([1]),
  });
  const plan = planMirror([one], having([damaged(one), damaged(two)]), knowing([1]));
  expect(plan).toEqual({ ...nothing, problems: [1, 2].map((day) => expect.stringContaining(nameAt(day))) });
});

test('two sound sets of one name that differ are told, and both stay', () => {
  const [own] = setsAt([1]) as [PeerSet];
  expect(planMirror([own], having([{ ...own, sha256: sha('b') }]), knowing([1]))).toEqual({
    ...nothing,
    problems: [expect.stringContaining('not the same')],
  });
});
