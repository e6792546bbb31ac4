import { newCluster } from '../../model/cluster-state';
import type { Order } from '../../model/command';
import { decide } from '../../model/decide';
import { productSettings } from '../../model/settings';
import { type BackupTask } from '../../model/task';
import { resolveTasks } from '../../model/task-file';

const facts = {
  id: '1',
  version: '3.3.0',
  services: { nameNode: { nameServices: ['hacluster'] } },
  localBackupHosts: ['h1'],
  hosts: ['h1'],
  settings: productSettings,
};
/** Every object answers to these; a task may be called so all the same. */
const names = ['constructor', 'toString', 'valueOf', 'hasOwnProperty', '__proto__'];

function asked(order: Order, state = newCluster(facts)) {
  return decide(state, { key: 'k', at: 0, replyTo: 'request/1/k', order }, 0);
}

function backup(name: string): BackupTask {
  const target = { kind: 'localDir' } as const;
  return {
    kind: 'backup',
    name,
    cluster: '1',
    mode: 'manual',
    sources: [{ source: 'nameNode', entry: { source: 'nameNode' }, target, copies: 24 }],
  };
}

describe.each(names)('a task called %s', (name) => {
  it('is unknown until it is made', () => {
    for (const what of ['start', 'stop', 'deleteTask'] as const)
      expect(asked({ do: what, task: name, trigger: 'manual' }).answer).toMatchObject({ refusal: 'unknownTask' });
  });

  it('is made, and started, like any other', () => {
    const made = asked({ do: 'putTask', task: backup(name) });
    expect(made.answer).toMatchObject({ accepted: true, did: 'created' });
    const started = asked({ do: 'start', task: name, trigger: 'manual' }, { ...made.state, recent: [] });
    expect(started.answer).toMatchObject({ accepted: true, did: 'started' });
  });

  it('has no shared target that the file does not name', () => {
    const { copies } = backup(name).sources[0]!;
    const task = {
      name: 'daily',
      cluster: '1',
      mode: 'manual' as const,
      sources: [{ source: 'nameNode' as const, copies, target: name }],
    };
    expect(resolveTasks({ targets: {}, tasks: [task] }).problems).toEqual([
      { path: 'tasks[0].sources[0].target', name },
    ]);
  });
});
