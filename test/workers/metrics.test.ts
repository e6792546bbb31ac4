import { freePort } from '../../embedded/free-port';
import { type ClusterState, newCluster, shortRun } from '../../model/cluster-state';
import { labelAt } from '../../model/label';
import { metrics } from '../../model/metrics';
import { productSettings } from '../../model/settings';
import type { Task } from '../../model/task';
import { createMetrics, type MetricsOptions } from '../../workers/metrics';
import { type MetricsServer, serveMetrics } from '../../workers/metrics-server';
import { parseMetrics } from '../kit/metrics-text';
import { promtool, withoutPromtool } from '../kit/promtool';
import { testWhere } from '../kit/skip';
import { soonMs } from '../kit/pauses';

let server: MetricsServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

/** Of a run that ends within the next hour: so every worker that begins to look now counts it. */
const label = labelAt(Date.now());

function stateOf(id: string, task = 'nn'): ClusterState {
  const facts = { id, version: '3.3.0', services: {}, localBackupHosts: [], hosts: [], settings: productSettings };
  const spec = { kind: 'backup', name: task, cluster: id } as Task;
  const runs = [shortRun({ label, seconds: 3600, outcome: 'Failed', trigger: 'manual', bytes: 2 ** 40 })];
  const reason = 'the password is canary';
  return { ...newCluster(facts), tasks: { [task]: { spec, creation: label, status: 'Failed', runs, reason } } };
}

async function serve(options: Partial<MetricsOptions>): Promise<string> {
  const listen = `127.0.0.1:${await freePort()}`;
  const all = { clusters: ['a'], stateOf: async (id: string) => stateOf(id), ...options };
  server = await serveMetrics(listen, createMetrics(all));
  return `http://${listen}`;
}

async function read(address: string) {
  return parseMetrics(await (await fetch(`${address}/metrics`)).text());
}

const never = () => new Promise<never>(() => undefined);

test('every metric is told with its help and type, in the format that Prometheus reads', async () => {
  const response = await fetch(`${await serve({})}/metrics`);
  expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  const text = await response.text();
  for (const [name, { type }] of Object.entries(metrics)) {
    expect(text).toMatch(new RegExp(`^# HELP ${name} [A-Z0-9].*\\.$`, 'm'));
    expect(text).toContain(`# TYPE ${name} ${type}\n`);
  }
  const bytes = {
    name: 'cairn_task_last_run_bytes',
    labels: { cluster: 'a', task: 'nn', kind: 'backup' },
    value: 2 ** 40,
  };
  expect(parseMetrics(text)).toContainEqual(bytes);
});

test('a cluster that never answers, and one that fails, are told as silent in time, and the others as they are', async () => {
  const answers = { a: async () => stateOf('a'), b: never, c: () => Promise.reject(new Error('no')) };
  const address = await serve({ clusters: ['a', 'b', 'c'], stateOf: (id) => answers[id as 'a'](), withinMs: 300 });
  const begin = Date.now();
  const lines = await read(address);
  expect(Date.now() - begin).toBeLessThan(soonMs);
  const up = lines.filter(({ name }) => name === 'cairn_up').map(({ labels, value }) => [labels['cluster'], value]);
  expect(up).toEqual([
    ['a', 1],
    ['b', 0],
    ['c', 0],
  ]);
  expect(new Set(lines.filter(({ name }) => name !== 'cairn_up').map(({ labels }) => labels['cluster']))).toEqual(
    new Set(['a']),
  );
});

test('what was known of a cluster is told no more once it is silent, and its counts go on when it answers again', async () => {
  let isThere = true;
  const address = await serve({
    stateOf: async (id) => (isThere ? stateOf(id) : await never()),
    withinMs: 50,
    freshMs: 0,
  });
  const failed = async () =>
    (await read(address)).find(({ name, labels }) => name === 'cairn_runs_total' && labels['outcome'] === 'Failed')
      ?.value;
  expect(await failed()).toBe(1);
  isThere = false;
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(await read(address)).toEqual([{ name: 'cairn_up', labels: { cluster: 'a' }, value: 0 }]);
  isThere = true;
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(await failed()).toBe(1);
});

test('many readers at once, and those who come soon after, ask a cluster once', async () => {
  let asked = 0;
  const address = await serve({
    stateOf: async (id) => {
      asked += 1;
      return stateOf(id);
    },
  });
  await Promise.all(Array.from({ length: 20 }, () => read(address)));
  await read(address);
  expect(asked).toBe(1);
});

const odd = 'odd "name"\\\n# cairn_up{cluster="b"} 0\nünï';

test('a name with quotes, backslashes and line breaks stays one label', async () => {
  const address = await serve({ stateOf: async (id) => stateOf(id, odd) });
  const lines = await read(address);
  expect(lines.filter(({ name }) => name === 'cairn_up')).toHaveLength(1);
  expect(new Set(lines.flatMap(({ labels }) => labels['task'] ?? []))).toEqual(new Set([odd]));
});

testWhere(withoutPromtool)('promtool finds nothing to say against it', async () => {
  const response = await fetch(`${await serve({ stateOf: async (id) => stateOf(id, odd) })}/metrics`);
  expect(promtool(['check', 'metrics'], { input: await response.text() })).toBe('');
});

test('reasons of failures, which may tell anything, are not told', async () => {
  expect(await (await fetch(`${await serve({})}/metrics`)).text()).not.toContain('canary');
});

test('nothing but the metrics is served, and they are only read', async () => {
  const address = await serve({});
  expect((await fetch(address)).status).toBe(404);
  expect((await fetch(`${address}/metrics`, { method: 'POST', body: 'x' })).status).toBe(405);
  expect((await fetch(`${address}/metrics?name=x`)).status).toBe(200);
});

test('a port that is taken is told with what to do', async () => {
  const address = await serve({});
  const second = serveMetrics(address.slice('http://'.length), { read: never });
  await expect(second).rejects.toMatchObject({ kind: 'conflict' });
  await expect(second).rejects.toThrow(/something else listens there HINT: .*metrics\.listen in cairn\.yaml/);
});

test('an address of another machine is told with what to do', async () => {
  await expect(serveMetrics('192.0.2.1:9464', { read: never })).rejects.toThrow(/HINT: .*address of this machine/);
});

test('a reader that waits does not keep the server from closing', async () => {
  const listen = `127.0.0.1:${await freePort()}`;
  const waited = await serveMetrics(listen, { read: never });
  const reading = fetch(`http://${listen}/metrics`).then(
    () => 'answered',
    () => 'cut off',
  );
  await new Promise((resolve) => setTimeout(resolve, 100));
  await waited.close();
  expect(await reading).toBe('cut off');
});
