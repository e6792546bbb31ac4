import { spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { openCairn, type Cairn } from '../client';
import type { BackupTask } from '../model/task';
import { simpleLogin } from '../servers/login';
import { openWebHdfs, type WebHdfs } from '../servers/webhdfs';
import { backupPath, dataCluster, dataTask } from '../test/kit/data-cluster';
import { openStage } from '../test/kit/stage';
import { openTwoClusters, type TwoClusters } from '../test/kit/two-clusters';
import { spawnBuiltWorker } from './built-worker';
import { machine, median, printFigure } from './machine';
import { watchResident } from './resident';

/**
 * A backup of an HDFS directory of 1 GiB in 16 files to another HDFS, through cairn (check, freeze, list, copy, compare,
 * commit, release), against `hadoop distcp` alone, with the same options, on a snapshot of the same directory. Both copy
 * everything, each to a place of its own, in turns. Run: npm run bench -- dist-cp
 */
const rounds = Number(process.env['BENCH_ROUNDS'] ?? 5);
const files = 16;
const fileBytes = Number(process.env['BENCH_FILE_MIB'] ?? 64) * 1024 ** 2;
const data = '/data';

export async function benchDistCp(): Promise<void> {
  for (const yarn of [false, true]) await benchOn(yarn);
}

async function benchOn(yarn: boolean): Promise<void> {
  const stage = await openStage();
  const clusters = await openTwoClusters({ yarn });
  const { config } = await dataCluster(stage, '1', clusters);
  const spool = join(stage.folder, 'spool');
  await mkdir(spool, { recursive: true });
  const worker = await spawnBuiltWorker(
    { temporal: { address: stage.temporal.address }, host: 'here', spool, clusters: [config] },
    stage.folder,
  );
  const cairn = await openCairn({ address: stage.temporal.address });
  const [source, remote] = [clusters.source, clusters.remote].map(open) as [WebHdfs, WebHdfs];
  try {
    await fill(source);
    await source.allowSnapshots(data);
    await source.createSnapshot(data, 'peer');
    const resident = watchResident(worker.pid);
    const [ours, peers]: [number[], number[]] = [[], []];
    // The first round warms up both.
    for (let round = 0; round <= rounds; round += 1) {
      const peer = await measured(() => distCp(clusters, `/peer-${round}`));
      await remote.remove(`/peer-${round}`);
      const own = await measured(() => backUp(cairn, dataTask('1', `round-${round}`, [data])));
      await removeSets(remote);
      if (round === 0) continue;
      peers.push(peer);
      ours.push(own);
    }
    const { idle, peak } = resident.stop();
    const on = yarn ? 'on Yarn' : 'with the local runner';
    const [own, peer] = [median(ours), median(peers)];
    process.stdout.write(`${machine()}; hadoop 3.4.3; ${rounds} rounds\n`);
    printFigure(
      `1 GiB in ${files} files ${on}`,
      `cairn ${seconds(own)} s (${ours.map(seconds).join(' ')}), distcp ${seconds(peer)} s (${peers.map(seconds).join(' ')})`,
      `≤ 1.15 × + 2 s = ${seconds(peer * 1.15 + 2000)} s`,
    );
    printFigure(`resident memory of the worker ${on}`, `at first ${idle} MiB, highest ${peak} MiB`, '≤ 250 MiB');
  } finally {
    await cairn.close();
    await worker.stop();
    await clusters.close();
    await stage.close();
  }
}

function open({ httpAddress }: TwoClusters['source']): WebHdfs {
  return openWebHdfs([httpAddress], simpleLogin({ user: 'root' }));
}

/** Bytes that no layer can make fewer. */
async function fill(dfs: WebHdfs): Promise<void> {
  const block = Buffer.alloc(1024 ** 2);
  for (let place = 0; place < block.length; place += 4) block.writeUInt32LE((place * 2654435761) >>> 0, place);
  const body = { bytes: fileBytes, open: async () => repeated(block, fileBytes / block.length) };
  for (let file = 0; file < files; file += 1) await dfs.create(`${data}/file-${file}`, body);
}

function repeated(block: Buffer, times: number) {
  return Readable.from(
    (function* () {
      for (let time = 0; time < times; time += 1) yield block;
    })(),
  );
}

async function backUp(cairn: Cairn, task: BackupTask): Promise<void> {
  await cairn.apply([task]);
  const { outcome, reason } = await cairn.waitFor(await cairn.start(task.name));
  if (outcome !== 'Successful') throw new Error(reason);
}

/** The peer: the cluster's own command, with the options that cairn gives it. */
async function distCp({ source, remote, folder }: TwoClusters, to: string): Promise<void> {
  const options = ['-update', '-delete', '-prbugpcaxt', '-m', '20', '-bandwidth', '100'];
  const places = [`${source.uri}${data}/.snapshot/peer`, `${remote.uri}${to}`];
  const env = { ...process.env, HADOOP_CONF_DIR: source.confDir, HADOOP_USER_NAME: 'root' };
  const child = spawn(source.hadoopCommand, ['distcp', ...options, ...places], { env, cwd: folder, stdio: 'ignore' });
  const code = await new Promise((resolve) => child.once('exit', resolve));
  if (code !== 0) throw new Error(`distcp ended with ${String(code)}`);
}

async function removeSets(remote: WebHdfs): Promise<void> {
  for (const { path } of await remote.snapshottableDirectories()) {
    for (const { name } of await remote.snapshotsOf(path)) await remote.deleteSnapshot(path, name);
    await remote.remove(path);
  }
  await remote.remove(backupPath);
}

async function measured(work: () => Promise<void>): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, 3000));
  const begin = performance.now();
  await work();
  return performance.now() - begin;
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(1);
}
