import { type ClusterState, newCluster } from '../../model/cluster-state';
import { isCommand } from '../../model/command';
import { decide } from '../../model/decide';
import type { MirrorReport } from '../../model/mirror';
import {
  dueMirrors,
  lookAtMirrors,
  mirrorBegun,
  mirrorsAfter,
  mirrorsDueIn,
  withMirrorAlarm,
} from '../../model/mirrors';
import type { RunEnd } from '../../model/queue';
import type { ClusterFacts, PartResult } from '../../model/run';
import { productSettings } from '../../model/settings';

const now = Date.UTC(2026, 10, 26, 15);
const facts: ClusterFacts = {
  id: '1',
  version: '3.3.0',
  services: {},
  localBackupHosts: ['node1', 'node2'],
  mirrored: true,
  hosts: [],
  settings: productSettings,
};
const begun = lookAtMirrors(newCluster(facts), now);
const hour = 3_600_000;

function endOf(parts: Partial<PartResult>[], kind: 'backup' | 'restoration' = 'backup'): RunEnd {
  const part = { source: 'nameNode', part: '', outcome: 'Successful', set: 's', bytes: 1, files: 1 } as const;
  const run = { kind, key: 'k', task: 'nn', label: '20261126150000', trigger: 'manual' } as const;
  const made = parts.map((one): PartResult => ({ ...part, target: { kind: 'localDir' }, host: 'node1', ...one }));
  return { status: 'completed', result: { ...run, outcome: 'Successful', begin: now, end: now, parts: made } };
}

function report(state: ClusterState, told: Partial<MirrorReport>, at = now): ClusterState {
  const order = { do: 'mirrored', report: { host: 'node2', of: 'node1', ...told } } as const;
  return withMirrorAlarm(decide(state, { key: 'k', at, replyTo: 'r', order }, at).state, at);
}

const textsOf = ({ alarms }: ClusterState) => alarms.map(({ id, text }) => `${id} ${text}`);

test('a cluster that is not told to mirror, or that an older version wrote, knows nothing of it', () => {
  const { mirrored: _none, ...older } = facts;
  const state = newCluster(older);
  expect(lookAtMirrors(state, now)).toBe(state);
  expect(mirrorsAfter(state, endOf([{}]), now)).toBe(state);
  expect(withMirrorAlarm(state, now)).toBe(state);
  expect([dueMirrors(state, now), mirrorsDueIn(state, now)]).toEqual([[], undefined]);
  const failed = report(begun, { reason: 'full' });
  expect(lookAtMirrors({ ...failed, cluster: older }, now)).toEqual(newCluster(older));
});

test('when a worker comes all hosts are looked at; then hourly', () => {
  expect(dueMirrors(begun, now)).toEqual(['node1', 'node2']);
  const looking = mirrorBegun(begun, 'node2', false, now);
  expect(dueMirrors(looking, now)).toEqual(['node1']);
  const looked = report(report(looking, {}), { host: 'node1', of: 'node1' });
  expect(mirrorsDueIn(looked, now + 1000)).toBe(hour - 1000);
});

test('a run makes those hosts be behind that have not made its sets, and all be looked at', () => {
  const equal = report(report(begun, {}), { host: 'node1', of: 'node1' });
  const after = mirrorsAfter(equal, endOf([{}, {}, { target: { kind: 'remoteHdfs' } as never }]), now + 5);
  expect(after.mirrors).toMatchObject({ node1: { behind: 0, due: now + 5 }, node2: { behind: 2, since: now + 5 } });
  expect(mirrorsAfter(equal, endOf([{}], 'restoration'), now)).toBe(equal);
  expect(mirrorsAfter(equal, { status: 'terminated' }, now)).toBe(equal);
  expect(report(after, {}).mirrors!['node2']).toEqual({ of: 'node1', looked: now, behind: 0, due: now + hour });
});

test('ALM-12011 stands from a failure until they are equal; it is the cluster’s, and keeps its time', () => {
  const failed = report(begun, { reason: 'no worker runs on node2' });
  expect(textsOf(failed)).toEqual([
    '12011 LocalBackup of node2 is not equal to that of node1: no worker runs on node2',
  ]);
  const again = report(failed, { behind: 3, reason: 'the disk is full' }, now + 60_000);
  expect(textsOf(again)).toEqual([expect.stringContaining('the disk is full')]);
  expect(again.alarms[0]!.raised).toBe(now);
  expect(again.mirrors!['node2']).toMatchObject({ behind: 3, since: now });
  expect(report(again, {}, now + 120_000).alarms).toEqual([]);
});

test('what fails is tried again after a minute, the more seldom the longer it fails, and hourly in the end', () => {
  const due = [0, 1, 5, 100].map((minutes) => {
    const at = now + minutes * 60_000;
    return report(report(begun, { reason: 'x' }), { reason: 'x' }, at).mirrors!['node2']!.due - at;
  });
  expect(due).toEqual([60_000, 60_000, 300_000, hour]);
});

test('what happened while a host was looked at is looked at once more', () => {
  const missed = mirrorsAfter(mirrorBegun(report(begun, {}), 'node2', false, now), endOf([{}]), now);
  const again = report(mirrorBegun(missed, 'node2', true, now), {}, now + 9);
  expect(again.mirrors!['node2']).toMatchObject({ due: now + 9, behind: 1, since: now });
  expect(again.mirrors!['node2']).not.toHaveProperty('again');
});

test('a look that has just reported is only about to end: the next one begins in a second, not in an hour', () => {
  const at = (later: number) => mirrorBegun(report(begun, {}), 'node2', true, now + later).mirrors!['node2'];
  expect(at(100)).toMatchObject({ due: now + 1100, again: true });
  // It may take long to end, and no other report comes of it.
  expect(at(12_000)).toMatchObject({ due: now + 15_000, again: true });
  expect(at(9 * hour)).toMatchObject({ due: now + 10 * hour, again: true });
});

test('the active host lacks what only a lost one has, until that one is back or given up', () => {
  const missed = mirrorsAfter(report(begun, {}), endOf([{}]), now);
  const serving = report(missed, { host: 'node2', of: 'node2' });
  expect(serving.mirrors!['node2']).toMatchObject({ of: 'node2', behind: 1, since: now });
  const three = { ...facts, localBackupHosts: ['node2', 'node3'] };
  expect(lookAtMirrors({ ...missed, cluster: three }, now).mirrors!['node2']).toEqual({ behind: 0, due: now });
});

test('a host that is active again is compared with the one that served meanwhile, and has then caught up', () => {
  const missed = mirrorsAfter(report(begun, {}), endOf([{}]), now);
  const serving = report(report(missed, { host: 'node2', of: 'node2' }), {
    host: 'node1',
    of: 'node2',
    reason: 'away',
  });
  const back = report(serving, { host: 'node1', of: 'node1' }, now + 60_000);
  expect(back.mirrors!['node2']).toMatchObject({ of: 'node2', due: now + 62_000 });
  const lagging = {
    ...back,
    mirrors: { ...back.mirrors!, node1: { ...back.mirrors!['node1']!, behind: 1, since: now } },
  };
  const equal = report(lagging, { host: 'node2', of: 'node1', behind: 0 }, now + 63_000);
  expect(equal.mirrors).toMatchObject({ node1: { behind: 0 }, node2: { behind: 0, of: 'node1' } });
  expect(equal.mirrors!['node1']).not.toHaveProperty('since');
  expect(report(lagging, { host: 'node2', of: 'node1', reason: 'x' }).mirrors!['node1']).toMatchObject({ behind: 1 });
});

test('a report of a host that is none is no error; one in another form is no command', () => {
  expect(report(begun, { host: 'node9' }).mirrors).toEqual(begun.mirrors);
  const command = (told: unknown) => ({ key: 'k', at: 1, replyTo: 'r', order: { do: 'mirrored', report: told } });
  expect(isCommand(command({ host: 'node2', of: 'node1', behind: 1 }))).toBe(true);
  expect(isCommand(command({ host: 'node2', of: 'node1', behind: -1 }))).toBe(false);
  expect(isCommand(command({ host: 'node2', of: 5 }))).toBe(false);
  expect(isCommand(command(undefined))).toBe(false);
});

test('reports push no answers out that pipelines ask for again, and a reason is kept short', () => {
  const { mirrors, recent } = report(begun, { reason: 'x'.repeat(1000) });
  expect(recent).toEqual([]);
  expect(mirrors!['node2']!.reason).toHaveLength(300);
});

test('a cluster that is given up looks at nothing any more', () => {
  const removed = decide(begun, { key: 'r', at: now, replyTo: 'r', order: { do: 'removeCluster' } }, now).state;
  expect([dueMirrors(removed, now + hour), mirrorsDueIn(removed, now)]).toEqual([[], undefined]);
});
