import { type ClusterState, newCluster } from '../../model/cluster-state';
import type { Order } from '../../model/command';
import { decide } from '../../model/decide';
import { dropPassed, passesIn } from '../../model/passing';
import { preview } from '../../model/preview';
import { nextRun, started } from '../../model/queue';
import { productSettings } from '../../model/settings';
import { folderTask } from '../kit/stage';

const now = Date.UTC(2026, 10, 22, 17, 15, 0);
let keys = 0;

function tell(state: ClusterState, order: Order, at = now) {
  return decide(state, { key: `k${(keys += 1)}`, at, replyTo: 'r', order }, at);
}

const fresh = newCluster({
  id: '1',
  version: '3.3.0',
  services: { nameNode: { nameServices: ['hacluster'] } },
  localBackupHosts: ['node1'],
  hosts: ['node1'],
  settings: productSettings,
});
const state = tell(fresh, { do: 'putTask', task: folderTask('1', 'nn') }).state;
const pause = { do: 'pause', owner: 'restoration a', seconds: 60 } as const;
const start = { do: 'start', task: 'nn', trigger: 'manual' } as const;

test('while a queue is paused starts wait, and none runs; then the first one does', () => {
  const paused = tell(state, pause).state;
  const { state: waiting, answer } = tell(paused, start);
  expect(answer).toMatchObject({ did: 'waiting', position: 0 });
  expect(nextRun(waiting, now)).toBeUndefined();
  const { state: on, answer: told } = tell(waiting, { do: 'resume', owner: 'restoration a' });
  expect(told).toEqual({ accepted: true, did: 'resumed' });
  expect(nextRun(on, now)).toMatchObject({ task: 'nn' });
});

test('while a queue is paused as many wait as may, and no one more in the place of the one that would run', () => {
  const names = ['one', 'two', 'three'];
  const put = names.reduce((so, name) => tell(so, { do: 'putTask', task: folderTask('1', name) }).state, fresh);
  const few = { ...put, cluster: { ...put.cluster, settings: { ...productSettings, waitingTasks: 2 } } };
  const startAll = (before: ClusterState) => {
    const answers: (string | undefined)[] = [];
    const after = names.reduce((so, task) => {
      const { state: next, answer } = tell(so, { ...start, task });
      answers.push(answer.accepted ? answer.did : answer.refusal);
      return next;
    }, before);
    return { after, answers };
  };
  expect(startAll(few).answers).toEqual(['started', 'waiting', 'waiting']);
  const { after, answers } = startAll(tell(few, pause).state);
  expect(answers).toEqual(['waiting', 'waiting', 'queueFull']);
  const resumed = tell(after, { do: 'resume', owner: 'restoration a' }).state;
  expect(tell(resumed, { ...start, task: 'three' }).answer).toMatchObject({ did: 'waiting', position: 2 });
});

test('a run that goes on is not touched by it', () => {
  const waiting = tell(state, start).state;
  const going = started(waiting, nextRun(waiting, now)!, 'run', now);
  expect(tell(going, pause).state.running).toEqual(going.running);
});

test('a pause ends by itself unless it is renewed, at the time that its cluster looks', () => {
  const waiting = tell(tell(state, pause).state, start).state;
  expect(passesIn(waiting, now)).toBe(60_000);
  const renewed = tell(waiting, pause, now + 50_000).state;
  expect(nextRun(renewed, now + 109_999)).toBeUndefined();
  expect(dropPassed(renewed, now + 109_999)).toBe(renewed);
  expect(nextRun(renewed, now + 110_000)).toBeDefined();
  const over = dropPassed(renewed, now + 110_000);
  expect(over.paused).toBeUndefined();
  expect(passesIn(over, now)).toBeUndefined();
});

test('another one can neither pause it as well nor end the pause', () => {
  const paused = tell(state, pause).state;
  expect(tell(paused, { ...pause, owner: 'restoration b' }).answer).toMatchObject({
    refusal: 'inUse',
    message: expect.stringContaining('is paused by restoration a already. HINT:') as string,
  });
  expect(tell(paused, { do: 'resume', owner: 'restoration b' }).state.paused).toEqual(paused.paused);
  const later = tell(paused, { ...pause, owner: 'restoration b' }, now + 60_000);
  expect(later.answer).toMatchObject({ accepted: true });
});

test('the preview of what is to come does not count a pause that stands', () => {
  const waiting = tell(state, start).state;
  expect(preview(tell(waiting, pause).state, now, 1)).toEqual(preview(waiting, now, 1));
  expect(preview(waiting, now, 1).next).toMatchObject([{ task: 'nn' }]);
});
