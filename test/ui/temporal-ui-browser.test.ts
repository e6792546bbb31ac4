import type { Browser } from 'playwright-core';
import type { Plugins } from '../../activities/plugins';
import type { RunningWorker } from '../../workers/run-worker';
import { openFolderSource, folderPart } from '../fakes/folder-source';
import { openBrowser, openTemporalUi, type TemporalUi, whyNoBrowser } from '../kit/browser';
import { describeWhere } from '../kit/skip';
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

const MiB = 1024 ** 2;

/** The Temporal UI is cairn's web page: what a newcomer finds there, in a real browser. */
describeWhere(whyNoBrowser)('the Temporal UI', () => {
  let stage: Stage;
  let cluster: FakeCluster;
  let worker: RunningWorker;
  let browser: Browser;
  let ui: TemporalUi;
  let goOn: () => void;

  beforeAll(async () => {
    stage = await openStage();
    cluster = await fakeCluster(stage, 'east');
    const gate = new Promise<void>((resolve) => (goOn = resolve));
    worker = await workFor({ ...cluster, plugins: slowPlugins(cluster, gate) });
    browser = await openBrowser();
    ui = await openTemporalUi(browser, stage.temporal.uiAddress);
    for (const name of ['nn-daily', 'nn-weekly'])
      await ask(stage, cluster.id, { do: 'putTask', task: folderTask(cluster.id, name) });
    await ask(stage, cluster.id, { do: 'start', task: 'nn-daily', trigger: 'manual' });
    await ask(stage, cluster.id, { do: 'start', task: 'nn-weekly', trigger: 'manual' });
    await ask(stage, cluster.id, { do: 'start', task: 'nn-daily', trigger: 'manual' }, 'asked-twice');
  });

  afterAll(async () => {
    goOn?.();
    await browser?.close();
    await worker?.stop();
    await stage?.close();
  });

  test('a run is found by its task; its page tells its phase and how far it is', async () => {
    await ui.open('Task="nn-daily" AND Phase="dumping"', 'run/east');
    await ui.tab('User Metadata');
    await ui.details(
      /Phase dumping/,
      /3\.0 MiB of 12\.0 MiB \(25 %\)/,
      /about .* left/,
      /back up nameNode of cluster east \(task nn-daily/,
      /set\s+phase\s+done\s+files\s+time left\s+nameNode hacluster\s+dumping\s+3\.0 MiB of 12\.0 MiB/,
    );
  });

  test('the steps of a run tell what they do, and where', async () => {
    await ui.open('Task="nn-daily" AND Source="nameNode" AND WorkflowType="backUpPart"', 'run/east/nameNode');
    await ui.tab('Event History');
    await ui.page.getByText('dump nameNode hacluster on host test-host').first().waitFor();
  });

  test('the page of a cluster shows its tasks, what runs and what waits', async () => {
    await ui.open('WorkflowType="cluster" AND ExecutionStatus="Running"', 'cluster/east');
    await ui.tab('User Metadata');
    const text = await ui.details(/Running: backup nn-daily/, /Waiting: 1\. nn-weekly/);
    expect(text).toMatch(/backup task\s+status\s+latest run, UTC/);
    expect(text).toMatch(/nn-daily\s+Running/);
    expect(text).toMatch(/nn-weekly\s+Waiting/);
  });

  test('a request that was refused is found, and says why', async () => {
    await ui.open('Task="nn-daily" AND Phase="refused"', 'request/east/asked-twice');
    await ui.tab('User Metadata');
    await ui.details(/start task nn-daily/, /Refused \(alreadyRunning\): task .nn-daily. is Running already/);
  });

  test('a run that has ended shows the set that it made', async () => {
    goOn();
    await untilState(stage, cluster.id, ({ tasks }) => tasks['nn-daily']!.status === 'Successful');
    await ui.open('Task="nn-daily" AND Phase="done"', 'run/east');
    await ui.tab('User Metadata');
    await ui.details(/Successful after/, /nameNode hacluster: set east\/nn-daily_\d{14}\/3\.3\.0_NameNode_\d{14}/);
  });
});

/** A dump that is at a quarter until it may go on. */
function slowPlugins(cluster: FakeCluster, gate: Promise<void>): Plugins {
  const source = openFolderSource(cluster.data, cluster.script);
  return {
    ...cluster.plugins,
    openSource: () => ({
      parts: () => [folderPart()],
      source: {
        ...source,
        async dump(spec, into, control) {
          control.report({ bytes: 3 * MiB, totalBytes: 12 * MiB });
          await gate;
          return await source.dump(spec as string, into, control);
        },
      },
    }),
  };
}
