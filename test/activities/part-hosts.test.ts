import { dumpHosts, loadPlace } from '../../activities/part-hosts';
import type { Part } from '../../model/source';
import type { ChosenSet, TaskSource } from '../../model/task';

const part = (dump: string[], load = dump): Part<unknown> => ({
  part: '',
  writtenAs: 'OMS',
  spec: {},
  dumpHosts: dump,
  loadHosts: load,
});
const source: TaskSource = { source: 'oms', entry: { source: 'oms' }, target: { kind: 'localDir' }, copies: 1 };
const set = { source: 'oms', part: '', name: '0/a_20260101000000/3.3.0_OMS_20260101000000' } as ChosenSet;

test('a source that is bound to no host is dumped wherever the target is reached from', () => {
  expect(dumpHosts([part([])], ['b', 'a'], source)).toEqual(['b', 'a']);
});

test('one that is bound is dumped on its hosts, in the order of those that reach the target', () => {
  expect(dumpHosts([part(['a', 'b'])], ['c', 'b', 'a'], source)).toEqual(['b', 'a']);
});

test('where none of its hosts reaches the target, both are told, with what to do', () => {
  expect(() => dumpHosts([part(['a'])], ['b', 'c'], source)).toThrow(
    'oms is read on a, target localDir is reached from b, c HINT: start a worker on a host of both, or choose another target',
  );
});

test('a set is put live on the first of its hosts that reaches it', () => {
  expect(loadPlace([part([], ['a', 'b'])], set, ['c', 'b', 'a'])).toEqual({ host: 'b', loadHosts: ['a', 'b'] });
  expect(loadPlace([part([])], set, ['c', 'b'])).toEqual({ host: 'c', loadHosts: [] });
  expect(() => loadPlace([part([], ['a'])], set, ['b'])).toThrow(/lies on b, oms "" is restored on a HINT/);
  expect(() => loadPlace([], set, ['b'])).toThrow(/has no oms "" to restore .* HINT/);
});
