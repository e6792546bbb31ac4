import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { chosenSet } from '../../client/choose-sets';
import { noControl } from '../../model/control';
import { sftpSchema } from '../../model/sftp-schema';
import type { BackupTask, ChosenSet } from '../../model/task';
import { listSets } from '../../sets/list';
import { verifySet } from '../../sets/verify';
import { openSftpTarget } from '../../targets/sftp';
import { histories, smallHistories, textsOf } from '../kit/history';
import {
  bringBackNameNode,
  bundleFile,
  filesBelow,
  fill,
  openRealStage,
  pause,
  put,
  type RealCluster,
  realCluster,
  type RealStage,
  runTask,
  spoolOf,
  treeOf,
} from '../kit/real-cluster';
import { processesWith } from '../kit/processes';
import { describeWhere } from '../kit/skip';
import { ask } from '../kit/stage';
import { openTcpProxy, type TcpProxy } from '../kit/tcp-proxy';
import { spawnToldWorker, type WorkerChild } from '../kit/worker-child';
import { type OpenSsh, startOpenSsh, withoutOpenSsh } from '../servers/openssh';

/** Secrets of the worker's; found in no history, log, argument list or manifest. */
const canaries = { password: 'canary-password', passphrase: 'canary-passphrase' };
let stage: RealStage;
let cluster: RealCluster;
let ssh: OpenSsh;
let proxy: TcpProxy;
let worker: WorkerChild;
const commands = new Set<string>();

async function startAll() {
  stage = await openRealStage();
  ssh = await startOpenSsh(canaries);
  proxy = await openTcpProxy(ssh.port);
  cluster = await realCluster(stage, { id: '1', hdfs: stage.hdfs, settings: { attempts: 3 } });
  await fill(stage.hdfs, '/data', 8);
  for (const folder of ['by-password', 'by-key', 'bad']) await mkdir(join(ssh.root, folder));
  worker = await startWorker();
}

async function endAll() {
  await worker?.kill();
  await proxy?.close();
  await ssh?.end();
  await stage?.close();
}

async function startWorker(): Promise<WorkerChild> {
  const servers = [ssh.server];
  const secrets = {
    password: { env: 'CAIRN_TEST_PASSWORD', servers },
    key: { env: 'CAIRN_TEST_KEY', servers },
    passphrase: { env: 'CAIRN_TEST_PASSPHRASE', servers },
    'for-others': { env: 'CAIRN_TEST_PASSWORD', servers: ['sftp.example.com'] },
    wrong: { env: 'CAIRN_TEST_WRONG', servers },
  };
  const config = {
    temporal: { address: stage.temporal.address },
    host: 'here',
    spool: spoolOf(stage),
    secrets,
    clusters: [cluster.config],
  };
  const env = {
    CAIRN_WORKFLOW_BUNDLE: await bundleFile(stage),
    CAIRN_LOG: 'DEBUG',
    CAIRN_TEST_PASSWORD: canaries.password,
    CAIRN_TEST_KEY: ssh.key,
    CAIRN_TEST_PASSPHRASE: canaries.passphrase,
    CAIRN_TEST_WRONG: 'canary-password-wrong',
  };
  return await spawnToldWorker({ config, options: { stickyQueueScheduleToStartTimeout: '1 second' } }, env);
}

/** As a task file has it. */
function targetIn(folder: string, fields: object) {
  const { server, username, hostKey } = ssh;
  const path = join(ssh.root, folder);
  return sftpSchema.parse({ kind: 'sftp', server, port: ssh.port, username, hostKey, path, ...fields });
}

function taskTo(name: string, target: ReturnType<typeof targetIn>, copies = 24): BackupTask {
  const entry = { source: 'nameNode' as const };
  const sources = [{ source: 'nameNode' as const, entry, copies, target }];
  return { kind: 'backup', name, cluster: cluster.id, mode: 'manual', sources };
}

function openedAt(folder: string) {
  const { server, port, username, hostKey, root } = ssh;
  const password = async () => canaries.password;
  return openSftpTarget({ server, port, username, hostKey, password, path: join(root, folder) });
}

async function setsAt(folder: string, spec: ReturnType<typeof targetIn>): Promise<ChosenSet[]> {
  await using target = openedAt(folder);
  const sets: ChosenSet[] = [];
  for await (const set of listSets(target, '')) sets.push(chosenSet({ ...set, target: spec }));
  return sets.sort((one, other) => (one.label < other.label ? -1 : 1));
}

/** Argument lists of all processes while something is done. */
async function watching<T>(work: Promise<T>): Promise<T> {
  let isOver = false;
  const watch = (async () => {
    for (; !isOver; await pause(100))
      for (const { command } of await processesWith(`CAIRN_LOG=DEBUG`)) commands.add(command);
  })();
  return await work.finally(async () => {
    isOver = true;
    await watch;
  });
}

describeWhere(withoutOpenSsh)('NameNode metadata on an SFTP server', () => {
  beforeAll(startAll);
  afterAll(endAll);

  const logins = {
    'by-password': { passwordSecret: 'password' },
    'by-key': { keySecret: 'key', keyPassphraseSecret: 'passphrase' },
  };

  test.each(Object.entries(logins))(
    '%s: of three backups the two newest are left, and each brings back the tree it was made of',
    async (folder, login) => {
      const target = targetIn(folder, login);
      await put(stage, taskTo(folder, target, 2));
      const trees: Record<string, string>[] = [];
      for (const round of [1, 2, 3]) {
        await fill(stage.hdfs, `/data/${folder}-${round}`, 8);
        trees.push(await treeOf(stage.hdfs));
        const result = await watching(runTask(stage, cluster.id, folder));
        expect(result).toMatchObject({ outcome: 'Successful' });
      }
      const sets = await setsAt(folder, target);
      expect(sets).toHaveLength(2);
      expect(await filesBelow(join(ssh.root, folder))).toHaveLength(4);
      await using place = openedAt(folder);
      for (const { name } of sets)
        expect(await verifySet(place, name, 'content', noControl())).toMatchObject({ problems: [] });

      for (const [n, set] of sets.entries()) {
        await bringBackNameNode(stage, cluster.id, `${folder}-back-${n}`, set);
        expect(Object.keys(await treeOf(stage.hdfs))).toEqual(Object.keys(trees[n + 1]!));
      }
    },
  );

  test('a server that is away at first, and back within the retries, has the set in the end', async () => {
    const target = targetIn('bad', { port: proxy.port, passwordSecret: 'password' });
    await put(stage, taskTo('away', target));
    await proxy.refuse();
    const run = runTask(stage, cluster.id, 'away');
    await pause(1500);
    await proxy.accept();
    expect(await run).toMatchObject({ outcome: 'Successful' });
    expect(await setsAt('bad', target)).toHaveLength(1);
  });

  test('one that stays away fails the run, and says where', async () => {
    await proxy.refuse();
    const result = await runTask(stage, cluster.id, 'away');
    expect(result).toMatchObject({ outcome: 'Failed', parts: [{ errorKind: 'unavailable' }] });
    expect(result.reason).toMatch(/no connection to sftp server 127\.0\.0\.1.*HINT/s);
    await proxy.accept();
    expect(await filesBelow(join(ssh.root, 'bad'))).toHaveLength(2);
    expect(await filesBelow(spoolOf(stage))).toEqual([]);
  });

  test.each([
    ['a wrong password', { passwordSecret: 'wrong' }, /refuses user .* HINT/s],
    ['a secret that is for another server', { passwordSecret: 'for-others' }, /is not for 127\.0\.0\.1.*HINT/s],
    ['an unknown host key', { passwordSecret: 'password', hostKey: undefined }, /not known.*HINT.*SHA256:/s],
  ])('%s fails the run at once, and nothing is left', async (what, fields, says) => {
    const name = what.replaceAll(' ', '-');
    await mkdir(join(ssh.root, name));
    await put(stage, taskTo(name, targetIn(name, fields)));
    const result = await runTask(stage, cluster.id, name);
    expect(result).toMatchObject({ outcome: 'Failed', parts: [{ errorKind: 'denied' }] });
    expect(result.reason).toMatch(says);
    expect(await readdir(join(ssh.root, name))).toEqual([]);
  });

  test('a secret that the workers do not know is refused when the task is made', async () => {
    const task = taskTo('unknown', targetIn('bad', { passwordSecret: 'no-such' }));
    const answer = await ask(stage, cluster.id, { do: 'putTask', task });
    expect(answer).toMatchObject({ accepted: false, message: expect.stringContaining('know no secret') });
  });

  test('no secret stands in a history, in the log, in an argument list or on the target; histories stay small', async () => {
    const inHistories: string[] = [];
    for await (const { events } of histories(stage.client)) inHistories.push(...events.flatMap(textsOf));
    const manifests = (await filesBelow(ssh.root)).filter((name) => name.endsWith('.json'));
    const onTarget = await Promise.all(manifests.map((name) => readFile(join(ssh.root, name), 'utf8')));
    const places = [inHistories, [worker.log()], [...commands], onTarget].map((texts) => texts.join('\n'));
    for (const text of places) expect(text.length).toBeGreaterThan(100);
    const keyLines = ssh.key.split('\n').filter((line) => line.length > 40);
    for (const secret of [...Object.values(canaries), 'canary-password-wrong', ...keyLines])
      expect(places.map((text) => text.includes(secret))).toEqual([false, false, false, false]);
    expect(await smallHistories(stage.client)).toBeGreaterThan(5);
  });
});
