import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { newCluster } from '../../model/cluster-state';
import { factsOf } from '../../model/config';
import { decide } from '../../model/decide';
import { withDefaultTask } from '../../model/default-task';
import type { BackupTask } from '../../model/task';
import { withThirdPartyAlarm } from '../../model/third-party';
import { loadWorkerConfig } from '../../workers/config';
import { omsSpecOf } from '../../workers/oms';
import { scratch } from '../kit/stage';

const nameNode = {
  nameServices: { hacluster: { nameNodes: [{ http: 'http://nn1:9870', host: 'a', nameDirs: ['/nn'] }] } },
};
const manager = {
  hosts: ['b'],
  database: { server: 'db', name: 'manager', user: 'omm' },
  configuration: ['/etc/manager'],
};
const cluster = (id: string, services: object = { nameNode }) => ({
  id,
  version: '3.3.0',
  localBackup: { path: '/srv', hosts: ['a'] },
  services,
});

async function load(...clusters: object[]) {
  const file = join(await scratch(), 'cairn.yaml');
  await writeFile(file, stringify({ clusters }));
  return await loadWorkerConfig(file);
}

it('serves clusters, and the manager, which has no services of theirs', async () => {
  const { clusters } = await load(cluster('1'), cluster('oms', {}));
  expect(clusters.map(({ id }) => id)).toEqual(['1', 'oms']);
});

it.each([
  ['a cluster that stands twice', [cluster('1'), cluster('1')], 'cluster 1 stands twice'],
  ["an id that is the manager's folder", [cluster('0')], 'no cluster may have the id 0: .* HINT: .* id is oms'],
  ['services of a cluster in the manager', [cluster('oms')], 'the manager \\(oms\\) has no nameNode HINT: '],
  [
    'the manager in a cluster of product 3.x',
    [cluster('1', { oms: manager })],
    'cluster 1 has no oms: .* HINT: .* id oms',
  ],
  [
    'configuration in which LocalBackup lies',
    [
      {
        ...cluster('oms', { oms: { ...manager, configuration: ['/srv'] } }),
        localBackup: { path: '/srv/x', hosts: ['b'] },
      },
    ],
    'configuration folder /srv and /srv/x, .* HINT: name',
  ],
  [
    'configuration in the spool',
    [cluster('oms', { oms: { ...manager, configuration: ['/var/lib/cairn/spool/conf'] } })],
    'configuration folder /var/lib/cairn/spool/conf and /var/lib/cairn/spool, .* HINT: name',
  ],
])('refuses %s, by the file', async (_what, clusters, problem) => {
  await expect(load(...clusters)).rejects.toMatchObject({
    kind: 'invalid',
    message: expect.stringMatching(new RegExp(`cairn.yaml: ${problem}`)) as string,
  });
});

it('what a manager looks after names whose manager it is: in product 2.x its own cluster alone', async () => {
  const old = { ...cluster('2', { oms: manager, nameNode }), version: '2.1.0' };
  const config = await load(cluster('1'), cluster('oms', { oms: manager }), old);
  const of = (place: number) => omsSpecOf(config.clusters[place]!, config).topology;
  const [one, two] = ['1', '2'].map((id) => `cluster ${id} with NameService hacluster`);
  expect(of(1)).toEqual(['manager oms', one, two, 'host b']);
  expect(of(2)).toEqual(['manager 2', two, 'host b']);
});

it('in product 2.x the manager belongs to the one cluster', async () => {
  const { clusters } = await load({ ...cluster('1', { oms: manager }), version: '2.1.0' });
  expect(factsOf(clusters[0]!, 'a')).toMatchObject({ services: { oms: true }, namedHosts: ['a', 'b'] });
});

it('a manager that is not described has no default task, and no alarm for want of one', async () => {
  const { clusters } = await load(cluster('oms', {}));
  const state = newCluster(factsOf(clusters[0]!, 'a'));
  expect(withThirdPartyAlarm(withDefaultTask(state, 0), 0)).toMatchObject({ tasks: {}, alarms: [] });
  const source = {
    source: 'nameNode',
    entry: { source: 'nameNode' },
    target: { kind: 'localDir' },
    copies: 1,
  } as const;
  const task: BackupTask = { kind: 'backup', name: 'nn', cluster: 'oms', mode: 'manual', sources: [source] };
  const { answer } = decide(state, { key: 'k', at: 0, replyTo: 'r', order: { do: 'putTask', task } }, 0);
  expect(answer).toMatchObject({
    refusal: 'invalid',
    message: expect.stringMatching(/^the manager \(oms\) has no nameNode\. HINT: /) as string,
  });
});
