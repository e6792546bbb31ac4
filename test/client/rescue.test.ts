import type { Client } from '@temporalio/client';
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import { readInput } from '../../client/rescue';
import { type ClusterState, newCluster } from '../../model/cluster-state';
import type { Command, Order } from '../../model/command';
import { decide } from '../../model/decide';
import type { RunEnd } from '../../model/queue';
import type { ClusterFacts, Outcome, RunIdentity } from '../../model/run';
import { productSettings } from '../../model/settings';
import type { Task } from '../../model/task';

const now = Date.UTC(2026, 10, 22, 17, 15, 0);
const facts: ClusterFacts = {
  id: '1',
  version: '3.3.0',
  services: { nameNode: { nameServices: ['hacluster'] } },
  localBackupHosts: ['node1'],
  hosts: ['node1'],
  settings: productSettings,
};

const converter = { payloadCodecs: [], payloadConverter: defaultPayloadConverter };
const client = { options: { loadedDataConverter: converter } } as unknown as Client;
const payload = (value: unknown): Payload => defaultPayloadConverter.toPayload(value);

const backup: Task = {
  kind: 'backup',
  name: 'nn',
  cluster: '1',
  mode: 'manual',
  sources: [{ source: 'nameNode', entry: { source: 'nameNode' }, copies: 2, target: { kind: 'localDir' } }],
};
const restoration: Task = {
  kind: 'restoration',
  name: 'back',
  cluster: '1',
  sets: [
    {
      target: { kind: 'localDir' },
      name: '1/nn_20261122170000/3.3.0_NameNode_20261122171500',
      source: 'nameNode',
      part: 'hacluster',
      label: '20261122171500',
      cluster: '1',
      productVersion: '3.3.0',
    },
  ],
};

const command = (key: string, order: Order): Command => ({ key, at: now, replyTo: 'r', order });
const start = (key: string, task: string) => command(key, { do: 'start', task, trigger: 'manual' });
const identity = (key: string, kind: RunIdentity['kind'], task: string, label: string): RunIdentity => ({
  ...{ kind, key, task, label, trigger: 'manual' },
});

function stateWith(...commands: Command[]): ClusterState {
  const put = [backup, restoration].map((task, place) => command(`put-${place}`, { do: 'putTask', task }));
  return [...put, ...commands].reduce((state, one) => decide(state, one, now).state, newCluster(facts));
}

/** The history of a cluster's workflow, event by event, as the server has it. */
class Told {
  readonly events: object[];

  constructor(state: ClusterState) {
    this.events = [
      { eventId: 1, workflowExecutionStartedEventAttributes: { input: { payloads: [payload({ state, inbox: [] })] } } },
    ];
  }

  add(event: object): number {
    return this.events.push({ eventId: this.events.length + 1, ...event });
  }

  hears(heard: Command): this {
    const input = { payloads: [payload(heard)] };
    this.add({ workflowExecutionSignaledEventAttributes: { signalName: 'command', input } });
    return this;
  }

  begins(run: RunIdentity): this {
    const memo = { fields: { run: payload(run) } };
    const initiatedEventId = this.add({ startChildWorkflowExecutionInitiatedEventAttributes: { memo } });
    this.add({ childWorkflowExecutionStartedEventAttributes: { initiatedEventId } });
    return this;
  }

  ends(run: RunIdentity, outcome: Outcome): this {
    const result = { ...run, outcome, begin: now, end: now + 1000, parts: [] };
    const end: RunEnd = { status: 'completed', identity: run, runId: 'r', result };
    const activityType = { name: 'awaitRun' };
    const scheduledEventId = this.add({ activityTaskScheduledEventAttributes: { activityType } });
    this.add({ activityTaskCompletedEventAttributes: { scheduledEventId, result: { payloads: [payload(end)] } } });
    return this;
  }

  read() {
    return readInput(client, this.events);
  }
}

const first = identity('k1', 'backup', 'nn', '20261122171500');
const second = identity('k2', 'restoration', 'back', '20261122171600');

test('what had begun to run is not asked for once more, and its end is known', async () => {
  const { state, inbox } = await new Told(stateWith(start('k1', 'nn')))
    .begins(first)
    .hears(start('k2', 'back'))
    .ends(first, 'Failed')
    .begins(second)
    .ends(second, 'Successful')
    .hears(start('k3', 'nn'))
    .read();
  expect(inbox.map(({ key }) => key)).toEqual(['k3']);
  expect(state.queue).toEqual([]);
  expect(state.tasks['nn']).toMatchObject({ status: 'Failed', lastLabel: first.label });
  expect(state.tasks['back']).toMatchObject({ status: 'Successful', lastLabel: second.label });
  expect(decide(state, start('k4', 'back'), now).answer).toMatchObject({ refusal: 'notStartable' });
  expect(state.alarms).toEqual([]);
});

test('of what nobody may have been told of, everybody is told: runs that began and ended', async () => {
  const state = stateWith(start('k1', 'nn'));
  const heard = {
    ...state,
    cluster: { ...facts, channels: [{ name: 'ops' }, { name: 'bad', events: ['run.failed'] }] },
  };
  const { told } = await new Told(heard as ClusterState).begins(first).ends(first, 'Failed').read();
  expect(
    told?.map(({ notification, channels }) => `${notification.type} ${notification.task} ${channels.join()}`),
  ).toEqual(['run.started nn ops', 'run.failed nn ops,bad']);
  expect((await new Told(heard as ClusterState).read()).told).toBeUndefined();
});

test('what was only asked for is asked for again, in its order', async () => {
  const heard = [command('k2', { do: 'lock', task: 'nn' }), start('k1', 'nn'), start('k3', 'back')];
  const told = heard.reduce((history, one) => history.hears(one), new Told(stateWith()));
  expect((await told.read()).inbox).toEqual(heard);
});

test('an approval of what has begun is not given once more', async () => {
  const approve = command('k9', { do: 'approve', task: 'back', asked: 'k2', by: 'bert' });
  const told = new Told(stateWith()).hears(approve).begins(second);
  expect((await told.read()).inbox).toEqual([]);
});
