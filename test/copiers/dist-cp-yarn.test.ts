import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { simpleLogin } from '../../servers/login';
import { openYarn, type Yarn, type YarnApplication } from '../../servers/yarn';
import { processesWith } from '../kit/processes';
import { openTwoClusters, type TwoClusters } from '../kit/two-clusters';
import { startChild } from '../servers/child';
import { copyOf, type Copying, listening, openCopying } from './copying';

/** Real HDFS, real DistCp, and a real Yarn that runs its jobs. */
let clusters: TwoClusters;
let on: Copying;
let yarn: Yarn;
beforeAll(async () => {
  clusters = await openTwoClusters({ yarn: true, historyServer: true });
  on = openCopying(clusters);
  yarn = openYarn([clusters.yarn!.httpAddress], simpleLogin({ user: 'root' }));
});
afterAll(() => clusters.close());

/** All that is kept at the target and in the staging folder. */
async function leftIn(name: string): Promise<string[]> {
  const names: string[] = [];
  for await (const entry of on.target.list(`/kept/${name}`)) names.push(entry.name);
  for await (const entry of on.source.list('/tmp/staging/root/.staging')) names.push(entry.name);
  return names.filter((one) => one.startsWith('cairn-') || one.startsWith('.distcp'));
}

async function slowCopy(name: string) {
  await on.source.create(`/${name}/file`, Buffer.alloc(40_000_000, 1));
  return copyOf([on.tree(`/${name}`, `/kept/${name}`)], { bandwidth: 1 });
}

async function untilWriting(name: string): Promise<void> {
  const isWriting = async () => (await leftIn(name)).some((one) => one.startsWith('.distcp.tmp'));
  while (!(await isWriting().catch(() => false))) await sleep(100);
}

async function onlyJobOf(id: string): Promise<YarnApplication> {
  const jobs = await yarn.applicationsByTag(`${id}-0`);
  expect(jobs.length).toBe(1);
  return jobs[0]!;
}

test('queues that cannot take a job are refused before anything is done', async () => {
  const worker = await on.worker();
  const plan = (queue: string) => worker.plan(copyOf([on.tree('/a', '/b')], { queue }));
  for (const queue of ['default', 'root.backup']) expect(await plan(queue)).toEqual({ parts: 1 });
  for (const queue of ['nope', 'root']) await expect(plan(queue)).rejects.toMatchObject({ kind: 'precondition' });
});

test('a queue that Yarn refuses after all is told as it is', async () => {
  await on.source.mkdirs('/refused');
  const worker = await on.worker();
  const copy = copyOf([on.tree('/refused', '/kept/refused')], { queue: 'nope' });
  const refusal = { kind: 'precondition', what: expect.stringMatching(/nope/) as string };
  await expect(worker.copyPart(copy, 0, listening())).rejects.toMatchObject(refusal);
  await worker.clear(copy);
  expect(await leftIn('refused')).toEqual([]);
});

test('a tree arrives, its job can be found afterwards, and nothing is left of it', async () => {
  await on.source.create('/plain/sub/file', Buffer.alloc(100_000, 1));
  const copy = copyOf([on.tree('/plain', '/kept/plain')], { queue: 'backup' });
  const worker = await on.worker();
  const copied = await worker.copyPart(copy, 0, listening());
  const { id } = await onlyJobOf(copy.id);
  expect(copied).toEqual({ files: 1, bytes: 100_000, skippedBytes: 0, job: id });
  expect(await on.look(on.target, '/kept/plain')).toEqual(await on.look(on.source, '/plain'));
  expect(await leftIn('plain')).toEqual([]);
  const history = `${clusters.yarn!.historyHttpAddress}/ws/v1/history/mapreduce/jobs/${id.replace('application', 'job')}`;
  for (let tries = 0; !(await fetch(history)).ok; tries += 1) {
    if (tries === 100) throw new Error('the history server does not find the job');
    await sleep(100);
  }
  // Done is done: another attempt finds the job and starts none.
  expect(await (await on.worker()).copyPart(copy, 0, listening())).toEqual({ job: id });
  await onlyJobOf(copy.id);
});

test('when its worker is killed the job goes on, and the next worker finds it', async () => {
  const copy = await slowCopy('orphan');
  const spool = join(clusters.folder, 'orphan-spool');
  const worker = startChild(`
    const { openDistCp } = require('./copiers/dist-cp.ts');
    const { simpleLogin } = require('./servers/login.ts');
    const { openWebHdfs } = require('./servers/webhdfs.ts');
    const { noControl } = require('./model/control.ts');
    const [hdfs, options, copy] = ${JSON.stringify([
      [clusters.source, clusters.remote].map(({ uri, httpAddress }) => [uri, httpAddress]),
      {
        hadoop: { hadoop: clusters.source.hadoopCommand, confDir: clusters.source.confDir },
        yarn: { resourceManagers: [clusters.yarn!.httpAddress] },
        spool,
      },
      copy,
    ])};
    const login = simpleLogin({ user: 'root' });
    const openHdfs = (wanted) => {
      const [uri, address] = hdfs.find(([uri]) => wanted.startsWith(uri + '/'));
      return { webHdfs: openWebHdfs([address], login), path: wanted.slice(uri.length) };
    };
    openDistCp({ ...options, login, openHdfs }).copyPart(copy, 0, noControl());
  `);
  await untilWriting('orphan');
  worker.kill('SIGKILL');
  await once(worker, 'exit');
  for (const mark = `job.tags=${copy.id}-0`; ; await sleep(50)) {
    const drivers = await processesWith('HADOOP_CONF_DIR');
    if (!drivers.some(({ command }) => command.includes(mark) && command.includes('tools.DistCp'))) break;
  }
  const job = await onlyJobOf(copy.id);
  expect(job.state).toBe('running');
  const control = listening();
  const copied = await (await on.worker()).copyPart(copy, 0, control);
  expect(copied).toMatchObject({ job: job.id });
  await onlyJobOf(copy.id);
  expect(await on.look(on.target, '/kept/orphan')).toEqual(await on.look(on.source, '/orphan'));
  expect(await leftIn('orphan')).toEqual([]);
  const reported = control.heard.map(({ bytes }) => bytes!);
  expect(reported).toEqual([...reported].sort((one, other) => one - other));
  expect(reported.some((bytes) => bytes > 0 && bytes < 40_000_000)).toBe(true);
});

test('a stop ends the job and leaves nothing of it', async () => {
  const copy = await slowCopy('stopped');
  const stop = new AbortController();
  const copying = (await on.worker()).copyPart(copy, 0, listening(stop.signal));
  const outcome = expect(copying).rejects.toMatchObject({ kind: 'cancelled' });
  await untilWriting('stopped');
  stop.abort();
  await outcome;
  expect(await onlyJobOf(copy.id)).toMatchObject({ state: 'killed', isOver: true });
  expect(await leftIn('stopped')).toEqual([]);
  await (await on.worker()).clear(copy);
});

test('a job that somebody else kills is not started again behind their back', async () => {
  const copy = await slowCopy('killed');
  const copying = (await on.worker()).copyPart(copy, 0, listening());
  const outcome = expect(copying).rejects.toMatchObject({
    kind: 'conflict',
    what: expect.stringMatching(/was killed in Yarn by user admin/) as string,
  });
  await untilWriting('killed');
  await openYarn([clusters.yarn!.httpAddress], simpleLogin({ user: 'admin' })).kill((await onlyJobOf(copy.id)).id);
  await outcome;
  await (await on.worker()).clear(copy);
  expect(await leftIn('killed')).toEqual([]);
});

test('what a job may not do is told in words', async () => {
  await on.source.create('/quota/file', Buffer.alloc(10, 1));
  await on.target.mkdirs('/small');
  await clusters.remote.hdfs('dfsadmin', '-setSpaceQuota', '1000', '/small');
  const worker = await on.worker();
  const copying = worker.copyPart(copyOf([on.tree('/quota', '/small/x')]), 0, listening());
  await expect(copying).rejects.toMatchObject({ kind: 'full', what: expect.stringMatching(/quota of/) as string });
});
