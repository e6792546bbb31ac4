import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import type { ClusterState } from '../../model/cluster-state';
import { openBrowser, openTemporalUi, type TemporalUi, whyNoBrowser } from '../kit/browser';
import { type BusyClusters, openBusyClusters } from '../kit/busy-clusters';
import { until } from '../kit/pauses';
import { describeWhere } from '../kit/skip';
import { ask, openStage, type Stage, untilState } from '../kit/stage';

const docs = readFileSync(join(__dirname, '..', '..', 'docs', 'temporal-ui.md'), 'utf8');
const moment = expect.stringMatching(/^\d\d-\d\d \d\d:\d\d$/) as string;
const momentAnd = (bytes: string) => expect.stringMatching(RegExp(`^\\d\\d-\\d\\d \\d\\d:\\d\\d, ${bytes}$`)) as string;

/** What people see of clusters in which much happens at once: the pages as a real browser renders them. */
describeWhere(whyNoBrowser)('the pages of busy clusters in the Temporal UI', () => {
  let stage: Stage;
  let busy: BusyClusters;
  let browser: Browser;
  let ui: TemporalUi;

  beforeAll(async () => {
    stage = await openStage();
    busy = await openBusyClusters(stage);
    browser = await openBrowser();
    ui = await openTemporalUi(browser, stage.temporal.uiAddress);
  });

  afterAll(async () => {
    await browser?.close();
    await busy?.close();
    await stage?.close();
  });

  /** The texts of its details; that all of them is there to be seen is part of each test. */
  async function details(query: string, id: string, ...wanted: readonly RegExp[]): Promise<string> {
    await ui.open(query, id);
    await ui.tab('User Metadata');
    const text = await ui.details(...wanted);
    expect(await ui.clipped()).toEqual([]);
    return text;
  }

  /** As many as are wanted, at least: each piece of the details comes into a frame of its own, one after the other. */
  async function tables(count: number): Promise<string[][][]> {
    return await until(async () => {
      const found = await ui.tables();
      return found.length >= count && found;
    });
  }

  test('the page of a cluster: tables of its tasks with their next runs', async () => {
    await details(
      'WorkflowType="cluster" AND Cluster="prod-1" AND ExecutionStatus="Running"',
      'cluster/prod-1',
      /nightly/,
    );
    expect(await tables(2)).toEqual([
      [
        ['backup task', 'status', 'latest run, UTC', 'next run, UTC'],
        ['nightly', 'Running', momentAnd('46.0 MiB'), moment],
        ['namenode', 'Waiting', momentAnd('6.0 MiB'), moment],
        ['events', 'Failed', moment, moment],
        ['archive', 'Ready', '–', 'locked'],
        ['before-upgrade', 'Successful', momentAnd('6.0 MiB'), 'by hand only'],
      ],
      [
        ['restoration task', 'status', 'latest run, UTC'],
        ['bring-back-again', 'Ready', '–'],
        ['bring-back', 'Successful', momentAnd('6.0 MiB')],
      ],
    ]);
  });

  test('the page of a cluster: alarm, run, queue, approval, postponed times, and what failed', async () => {
    const text = await details(
      'WorkflowType="cluster" AND Cluster="prod-1" AND ExecutionStatus="Running"',
      'cluster/prod-1',
      /ALM-12034 events, since .* UTC: its periodic run \d{14} failed/,
      /Running: backup nightly · label \d{14}/,
      /Waiting: 1\. namenode/,
      /bring-back-again awaits approval until .* UTC: somebody else than bert approves it with cairn restoration approve/,
      /namenode postponed: the run planned for .* because its latest run started \d+ s before/,
      /events Failed: hdfs: user hdfs may not read \/data\/events\/private\. What to do: give it the right to read/,
    );
    // It was raised before there was a task to another HDFS, and cleared by it.
    expect(text).not.toContain('ALM-12057');
    expect(text).not.toMatch(/\*\*|\| ---/);
  });

  test('the run that goes on is one click away from the page of its cluster', async () => {
    await details(
      'WorkflowType="cluster" AND Cluster="prod-1" AND ExecutionStatus="Running"',
      'cluster/prod-1',
      /nightly/,
    );
    const opened = ui.page.waitForEvent('popup');
    await ui.page.frames().at(-1)!.getByRole('link', { name: 'backup nightly' }).click();
    const run = await opened;
    await run.getByRole('heading', { name: 'run/prod-1' }).waitFor();
    await run.close();
  });

  test('a cluster whose metadata nobody keeps elsewhere says so, and when its default task runs', async () => {
    const query = 'WorkflowType="cluster" AND Cluster="lab" AND ExecutionStatus="Running"';
    await details(query, 'cluster/lab', /ALM-12057, since/, /try Stopped: stopped/);
    expect((await tables(1))[0]).toEqual([
      ['backup task', 'status', 'latest run, UTC', 'next run, UTC'],
      ['try', 'Stopped', moment, 'by hand only'],
      ['default-lab', 'Ready', '–', moment],
    ]);
  });

  test('a run that goes on tells of the source that copies, and of the one that is done', async () => {
    await details(
      'Task="nightly" AND Phase="copying"',
      'run/prod-1',
      /Phase copying · 16\.0 MiB of 40\.0 MiB \(40 %\)/,
    );
    expect(await tables(2)).toEqual([
      [
        ['source', 'target', 'sets kept'],
        ['nameNode', 'localDir', '7'],
        ['hdfs', 'remoteHdfs', '7'],
      ],
      [
        ['set', 'phase', 'done', 'files', 'time left'],
        ['nameNode hacluster', 'Successful', '6.0 MiB', '1', ''],
        ['hdfs', 'copying', '16.0 MiB of 40.0 MiB', '96 of 240', expect.stringMatching(/^\d+ (s|min)/)],
      ],
    ]);
  });

  test('a run that failed tells why, and what to do', async () => {
    await details(
      'Task="events" AND WorkflowType="backUp"',
      'run/prod-1',
      /Failed after/,
      /What to do: give it the right/,
    );
    expect((await tables(2))[1]).toEqual([
      ['set', 'outcome', 'bytes', 'files', 'target'],
      ['hdfs', 'Failed', '', '', ''],
    ]);
  });

  test('a restoration tells which set it brought back, and who stands behind it', async () => {
    const approved = /Asked for by anna, approved by bert at .* UTC/;
    await details(
      'Task="bring-back" AND Phase="done"',
      'run/prod-1',
      /Successful after/,
      RegExp(`${approved.source}[^]*${approved.source}`),
    );
    expect(await tables(2)).toMatchObject([
      [
        ['replaced', 'by the set'],
        ['nameNode hacluster', expect.stringMatching(/^prod-1\/before-upgrade_\d{14}\/3\.3\.0_NameNode_\d{14}$/)],
      ],
      [
        ['set', 'outcome', 'bytes', 'files', 'target'],
        ['nameNode hacluster', 'Successful', '6.0 MiB', '1', 'localDir'],
      ],
    ]);
  });

  test('a notification tells who has been told and who has not', async () => {
    const [id] = (await ui.list('WorkflowType="notify" AND ExecutionStatus="Running"')) as [string];
    await details(`WorkflowId="${id}"`, id, /Cluster prod-1: events failed/);
    expect(await tables(1)).toEqual([
      [
        ['channel', 'delivery', 'answer'],
        ['on-call', 'is being tried', ''],
        ['operators', 'delivered', expect.stringContaining('204')],
      ],
    ]);
  });

  test('an alarm of the whole cluster that was cleared is told without a task', async () => {
    const ids = await ui.list('WorkflowType="notify" AND Cluster="prod-1"');
    const id = ids.find((one) => one.endsWith(':12057:cleared'))!;
    await details(`WorkflowId="${id}"`, id, /Cluster prod-1: ALM-12057 is cleared/, /operators\s+delivered/);
  });

  test.each([
    ['Task="archive" AND WorkflowType="backUp"', []],
    ['Task="events" AND WorkflowType="backUp"', ['run/prod-1']],
    ['Source="hdfs" AND ExecutionStatus="Running"', ['run/prod-1/hdfs', 'run/prod-1']],
    ['Cluster="prod-1" AND `Trigger`="schedule"', ['run/prod-1']],
    ['Cluster="lab" AND `Trigger` IS NOT NULL', ['run/lab']],
    ['Phase="copying"', ['run/prod-1']],
    ['Phase="refused" AND WorkflowId="request/prod-1/asked-twice"', ['request/prod-1/asked-twice']],
  ])('the list with %s shows what it should', async (query, ids) => {
    expect(await ui.list(query)).toEqual(ids);
  });

  test('every query that the docs propose is understood by the server', async () => {
    const proposed = docs.split('| to find | type |')[1]!.split('\n\n')[0]!;
    const queries = [...proposed.matchAll(/\| (`+)(.+?)\1 \|/g)].map(([, , query]) => query!);
    expect(queries.length).toBeGreaterThan(5);
    for (const query of queries) await stage.client.workflow.count(query);
    // Without its backquotes one attribute is taken for a word of the language.
    await expect(stage.client.workflow.count('Trigger="manual"')).rejects.toThrow();
  });

  test('a request that is started as the docs say is understood by its cluster', async () => {
    const [, input] = /\| Input \| `(.+)` \|/.exec(docs)!;
    const args = [JSON.parse(input!)] as [{ cluster: string; key: string }];
    const [{ cluster, key }] = args;
    const workflowId = `request/${cluster}/${key}`;
    expect(docs).toContain(workflowId);
    expect(await stage.client.workflow.execute('request', { workflowId, taskQueue: 'control', args })).toMatchObject({
      refusal: 'alreadyRunning',
      message: expect.stringContaining('nightly'),
    });
  });

  test('a set that was restored is found by its label: the run that made it, and the one that brought it back', async () => {
    const { tasks } = await untilState(stage, 'prod-1', (state) => state.running !== undefined);
    const label = tasks['before-upgrade']!.lastLabel!;
    const found = await ui.list(`SetLabel="${label}" AND \`Trigger\` IS NOT NULL`);
    expect(found).toEqual(['run/prod-1', 'run/prod-1']);
  });

  test('a planned time that was postponed is found as a request, with its reason', async () => {
    const [id] = (await ui.list('Task="namenode" AND Phase="refused"')) as [string];
    await details(`WorkflowId="${id}"`, id, /start, because it is planned, task namenode/, /Refused \(postponed\)/);
  });

  test('each periodic task has a schedule; that of a locked one is paused', async () => {
    await ui.page.goto(`${stage.temporal.uiAddress}/namespaces/default/schedules`);
    const row = (task: string) => ui.page.getByRole('row').filter({ hasText: `schedule/prod-1/${task}` });
    await row('archive').getByText('Paused').waitFor();
    for (const task of ['nightly', 'namenode', 'events']) await row(task).getByText('Running').waitFor();
  });

  test('whatever can be sent to a workflow, or asked of it, is described by the workflow itself', async () => {
    const described = new Map<string, string[]>();
    for await (const { type, workflowId, runId } of stage.client.workflow.list({
      query: 'ExecutionStatus="Running"',
    })) {
      const about = await stage.client.workflow
        .getHandle(workflowId, runId)
        .query<Metadata>('__temporal_workflow_metadata');
      described.set(type, messagesOf(about));
    }
    expect(described.get('cluster')).toEqual(
      expect.arrayContaining([expect.stringMatching(/^command: ./), expect.stringMatching(/^state: ./)]),
    );
    expect(described.get('backUp')).toEqual([
      expect.stringMatching(/^progress: ./),
      expect.stringMatching(/^progress: ./),
    ]);
    for (const lines of described.values()) for (const line of lines) expect(line).toMatch(/^\w+: .{20}/);
  });

  test('a cluster that has been removed says so where its page was', async () => {
    expect(await ask(stage, 'lab', { do: 'removeCluster' })).toMatchObject({ accepted: true });
    await stage.client.workflow.getHandle('cluster/lab').result();
    const query = 'WorkflowType="cluster" AND Cluster="lab" AND ExecutionStatus="Completed"';
    const text = await details(
      query,
      'cluster/lab',
      /Cluster lab/,
      /Removed at .* UTC: its tasks, schedules and alarms/,
    );
    expect(text).not.toContain('default-lab');
  });

  test('a run that is over shows the sets that it made; what waited for it runs', async () => {
    busy.goOn();
    const isDone = ({ tasks }: ClusterState) => tasks['nightly']!.status === 'Successful';
    await untilState(stage, 'prod-1', isDone);
    const { tasks } = await untilState(stage, 'prod-1', (state) => state.tasks['namenode']!.status === 'Successful');
    const label = tasks['nightly']!.lastLabel!;
    const ran = `SetLabel="${label}" AND WorkflowType="backUp"`;
    await details(ran, 'run/prod-1', /Successful after/, RegExp(`hdfs: set nightly_HDFS_\\d{14}/${label}`));
    expect((await tables(2))[1]).toEqual([
      ['set', 'outcome', 'bytes', 'files', 'target'],
      ['nameNode hacluster', 'Successful', '6.0 MiB', '1', 'localDir'],
      ['hdfs', 'Successful', '40.0 MiB', '240', 'remoteHdfs'],
    ]);
  });
});

interface Metadata {
  readonly definition: {
    readonly [of in 'queryDefinitions' | 'signalDefinitions' | 'updateDefinitions']: readonly {
      readonly name: string;
      readonly description?: string;
    }[];
  };
}

/** Those that cairn brings: what the SDK brings begins with `__`. */
function messagesOf({ definition: { queryDefinitions, signalDefinitions, updateDefinitions } }: Metadata): string[] {
  return [...queryDefinitions, ...signalDefinitions, ...updateDefinitions]
    .filter(({ name }) => !name.startsWith('__'))
    .map(({ name, description = '' }) => `${name}: ${description}`);
}
