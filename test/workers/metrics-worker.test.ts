import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from '../../embedded/free-port';
import { workerConfigSchema } from '../../model/config';
import { checkInput } from '../../model/input';
import { workflowIds } from '../../model/names';
import { type MetricLine, parseMetrics } from '../kit/metrics-text';
import { patienceMs, soonMs } from '../kit/pauses';
import { promtool, withoutPromtool } from '../kit/promtool';
import { testWhere } from '../kit/skip';
import {
  ask,
  type FakeCluster,
  fakeCluster,
  folderTask,
  openStage,
  type Stage,
  untilState,
  workFor,
} from '../kit/stage';

let stage: Stage;
let cluster: FakeCluster;

beforeAll(async () => {
  stage = await openStage();
  cluster = await withMetrics('metered');
  await workFor(cluster);
});
afterAll(() => stage?.close());

async function withMetrics(id: string, listen?: string): Promise<FakeCluster> {
  const made = await fakeCluster(stage, id);
  return { ...made, config: { ...made.config, metrics: { listen: listen ?? `127.0.0.1:${await freePort()}` } } };
}

async function readText(): Promise<string> {
  return await (await fetch(`http://${cluster.config.metrics!.listen}/metrics`)).text();
}

/** Polls: a page is shown for some seconds. */
async function until(wanted: (lines: MetricLine[]) => boolean): Promise<MetricLine[]> {
  for (const deadline = Date.now() + patienceMs; ;) {
    const lines = parseMetrics(await readText());
    if (wanted(lines)) return lines;
    if (Date.now() > deadline)
      throw new Error(`not so within ${patienceMs} ms: ${JSON.stringify(lines, undefined, 1)}`);
    await pause(500);
  }
}

function valueOf(lines: readonly MetricLine[], name: string, labels: Record<string, string> = {}): number | undefined {
  const wanted = Object.entries(labels);
  return lines.find((line) => line.name === name && wanted.every(([label, text]) => line.labels[label] === text))
    ?.value;
}

test('a worker tells of a run from before it to after it', async () => {
  await until((lines) => valueOf(lines, 'cairn_up', { cluster: 'metered' }) === 1);
  await ask(stage, 'metered', { do: 'putTask', task: folderTask('metered') });
  await ask(stage, 'metered', { do: 'start', task: 'nn', trigger: 'manual' });
  await untilState(stage, 'metered', (state) => state.tasks['nn']?.status === 'Successful');
  const lines = await until((lines) => valueOf(lines, 'cairn_runs_total', { task: 'nn', outcome: 'Successful' }) === 1);
  const ofTask = { cluster: 'metered', task: 'nn', kind: 'backup' };
  expect(valueOf(lines, 'cairn_task_last_run_outcome', { ...ofTask, outcome: 'Successful' })).toBe(1);
  expect(valueOf(lines, 'cairn_task_last_run_bytes', ofTask)).toBeGreaterThan(0);
  expect(valueOf(lines, 'cairn_run_bytes_total', ofTask)).toBe(valueOf(lines, 'cairn_task_last_run_bytes', ofTask));
  expect(valueOf(lines, 'cairn_task_newest_set_age_seconds', ofTask)).toBeLessThan(120);
  expect(valueOf(lines, 'cairn_tasks', { kind: 'backup', status: 'Successful' })).toBe(1);
});

test('a second worker at the same address does not start, and says what to do', async () => {
  const second = workFor(await withMetrics('second', cluster.config.metrics!.listen));
  await expect(second).rejects.toThrow(/metrics cannot be served at 127.* HINT: .*choose another port/);
});

testWhere(withoutPromtool)("promtool finds nothing to say against a worker's metrics", async () => {
  expect(promtool(['check', 'metrics'], { input: await readText() })).toBe('');
});

test('while Temporal hangs a reading ends in time and says that nothing is known; afterwards all is told again', async () => {
  process.kill(stage.temporal.pid, 'SIGSTOP');
  try {
    await pause(6000); // longer than a page is shown
    const begin = Date.now();
    expect(parseMetrics(await readText())).toEqual([{ name: 'cairn_up', labels: { cluster: 'metered' }, value: 0 }]);
    expect(Date.now() - begin).toBeLessThan(soonMs);
  } finally {
    process.kill(stage.temporal.pid, 'SIGCONT');
  }
  const lines = await until((lines) => valueOf(lines, 'cairn_up') === 1);
  expect(valueOf(lines, 'cairn_runs_total', { task: 'nn', outcome: 'Successful' })).toBe(1);
});

test('of a cluster whose workflow was ended only that is told', async () => {
  await stage.client.workflow.getHandle(workflowIds.cluster('metered')).terminate('by mistake');
  const lines = await until((lines) => valueOf(lines, 'cairn_up') === 0);
  expect(lines).toHaveLength(1);
});

describe("a worker's configuration", () => {
  const problems = (metrics: unknown) => () =>
    checkInput(workerConfigSchema, { ...cluster.config, metrics }, 'cairn.yaml');

  test.each(['127.0.0.1:9464', '[::1]:9464', 'localhost:1', 'nn1.example.com:65535'])('takes %s', (listen) => {
    expect(problems({ listen })).not.toThrow();
  });

  test.each([
    '9464',
    ':9464',
    'localhost',
    'localhost:0',
    'localhost:65536',
    'http://localhost:9464',
    'a b:1',
    '::1:9464',
  ])('refuses %s and says what is allowed', (listen) => {
    const found = `metrics.listen: found ${JSON.stringify(listen)}; allowed: host:port such as 127.0.0.1:9464`;
    expect(problems({ listen })).toThrow(found);
  });
});
