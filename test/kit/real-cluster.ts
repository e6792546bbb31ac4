import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Runtime } from '@temporalio/worker';
import { chosenSet } from '../../client/choose-sets';
import { resultOfRun } from '../../client/run-result';
import { createHdfs, type EmbeddedHdfs } from '../../embedded/hdfs';
import { noControl } from '../../model/control';
import type { RunResult } from '../../model/run';
import type { Verification } from '../../model/set';
import type { BackupTarget } from '../../model/target';
import type { BackupTask, ChosenSet, RestorationTask, TargetSpec } from '../../model/task';
import { simpleLogin } from '../../servers/login';
import { openWebHdfs } from '../../servers/webhdfs';
import { listSets } from '../../sets/list';
import { verifySet } from '../../sets/verify';
import { openLocalDir } from '../../targets/local-dir';
import { bundleWorkflows } from '../../workers/workflow-bundle';
import { growingPauses, patienceMs } from './pauses';
import { ask, openStage, type Stage, stateOf } from './stage';
import { spawnToldWorker, type WorkerChild } from './worker-child';

/** A real Temporal, and a real HDFS that serves. */
export interface RealStage extends Stage {
  readonly hdfs: EmbeddedHdfs;
}

/** `coreSite`: settings of HDFS beside the embedded one's own. */
export async function openRealStage(coreSite: Readonly<Record<string, string>> = {}): Promise<RealStage> {
  const stage = await openStage();
  try {
    const hdfs = await createHdfs({ folder: join(stage.folder, 'hdfs') });
    await addSettings(join(hdfs.confDir, 'core-site.xml'), coreSite);
    await hdfs.start();
    return { ...stage, hdfs, close: () => closeAll(hdfs, stage) };
  } catch (error) {
    await stage.close();
    throw error;
  }
}

async function addSettings(file: string, settings: Readonly<Record<string, string>>): Promise<void> {
  const text = await readFile(file, 'utf8');
  const added = Object.entries(settings).map(
    ([name, value]) => `<property><name>${name}</name><value>${value}</value></property>`,
  );
  await writeFile(file, text.replace('</configuration>', `${added.join('')}</configuration>`));
}

async function closeAll(hdfs: EmbeddedHdfs, stage: Stage): Promise<void> {
  await hdfs.stop().finally(() => stage.close());
  // It ends with the last worker of its process; here all workers had processes of their own, and jest would wait for ever.
  await Runtime.instance().shutdown();
}

/** A cluster whose NameNode is real. Hand it to `ask`, `runTask` and so on by its id. */
export interface RealCluster {
  readonly id: string;
  readonly hdfs: EmbeddedHdfs;
  /** What the worker's cairn.yaml says of it. */
  readonly config: object;
  readonly localBackup: string;
}

interface RealClusterOptions {
  readonly id: string;
  readonly hdfs: EmbeddedHdfs;
  readonly localBackup?: string;
  readonly settings?: Readonly<Record<string, number>>;
  readonly hadoop?: object;
  /** NameServices beside `hacluster`, all of the one NameNode. */
  readonly more?: readonly string[];
}

export async function realCluster(stage: Stage, options: RealClusterOptions): Promise<RealCluster> {
  const { id, hdfs, settings, more = [] } = options;
  const localBackup = options.localBackup ?? join(stage.folder, 'LocalBackup');
  await mkdir(localBackup, { recursive: true });
  const nameNodes = [{ http: hdfs.httpAddress, host: 'here', nameDirs: [...hdfs.nameDirs] }];
  const nameServices = Object.fromEntries(['hacluster', ...more].map((name) => [name, { nameNodes }]));
  const config = {
    id,
    version: '3.3.0',
    defaultTask: false,
    localBackup: { path: localBackup, hosts: ['here'] },
    hadoop: { hdfs: hdfs.hdfsCommand, confDir: hdfs.confDir, user: 'root', ...options.hadoop },
    services: { nameNode: { nameServices } },
    settings: { freeLocalBytes: 1, heartbeatSeconds: 3, ...settings },
  };
  return { id, hdfs, config, localBackup };
}

/** The folder of the worker's spool. */
export const spoolOf = (stage: Stage) => join(stage.folder, 'spool');

/**
 * A worker of its own process for these clusters, with the real plug-ins. Whatever it starts inherits `HADOOP_…` of `env`.
 * `more`: more fields of its cairn.yaml. `archived`: a folder whose content is backed up in place of the NameNode's.
 */
export async function spawnRealWorker(
  stage: Stage,
  clusters: readonly RealCluster[],
  env: NodeJS.ProcessEnv = {},
  more: object = {},
  archived?: string,
): Promise<WorkerChild> {
  const config = {
    ...more,
    temporal: { address: stage.temporal.address },
    host: 'here',
    spool: spoolOf(stage),
    clusters: clusters.map((cluster) => cluster.config),
  };
  // A killed worker's workflows are asked for by the next one at once, not only after Temporal's 10 s.
  const options = { stickyQueueScheduleToStartTimeout: '1 second' };
  const told = { config, options, ...(archived !== undefined && { archived }) };
  return await spawnToldWorker(told, { CAIRN_WORKFLOW_BUNDLE: await bundleFile(stage), ...env });
}

const bundles = new Map<string, Promise<string>>();

/** The workflows, bundled once for all workers of a stage. */
export function bundleFile(stage: Stage): Promise<string> {
  const made = bundles.get(stage.folder) ?? writeBundle(stage);
  bundles.set(stage.folder, made);
  return made;
}

async function writeBundle(stage: Stage): Promise<string> {
  const given = process.env['CAIRN_WORKFLOW_BUNDLE'];
  if (given !== undefined) return given;
  const file = join(stage.folder, 'workflow-bundle.js');
  await writeFile(file, (await bundleWorkflows()).code);
  return file;
}

/** A task that backs up the NameNode to localDir. */
export function nameNodeTask(cluster: string, name = 'nn', copies = 24): BackupTask {
  const entry = { source: 'nameNode' as const };
  const target = { kind: 'localDir' as const };
  return { kind: 'backup', name, cluster, mode: 'manual', sources: [{ source: 'nameNode', entry, copies, target }] };
}

export function restorationOf(cluster: string, name: string, sets: readonly ChosenSet[]): RestorationTask {
  return { kind: 'restoration', name, cluster, sets };
}

/** Creates a task as `cairn apply` does. */
export async function put(stage: Stage, task: BackupTask | RestorationTask): Promise<void> {
  const answer = await ask(stage, task.cluster, { do: 'putTask', task });
  if (!answer.accepted) throw new Error(`task ${task.name} was refused: ${answer.message}`);
}

let started = 0;

/** Starts a task and waits for the record of its run, however it ends. */
export async function runTask(stage: Stage, cluster: string, task: string): Promise<RunResult> {
  const key = `run-${task}-${(started += 1)}`;
  expect(await ask(stage, cluster, { do: 'start', task, trigger: 'manual' }, key)).toMatchObject({ accepted: true });
  return await endOfRun(stage, cluster, key);
}

/** Loses the NameNode with all its metadata, brings it back from a set by a task of this name, and has it serve. */
export async function bringBackNameNode(
  stage: RealStage,
  cluster: string,
  task: string,
  set: ChosenSet,
): Promise<void> {
  await stage.hdfs.stopNameNode();
  await rm(stage.hdfs.nameDir, { recursive: true });
  await put(stage, restorationOf(cluster, task, [set]));
  expect(await runTask(stage, cluster, task)).toMatchObject({ outcome: 'Successful' });
  await stage.hdfs.startNameNode();
  await stage.hdfs.waitUntilServing();
}

/** Waits for the record of the run that was asked for with this key. Workers and Temporal may be away meanwhile. */
export async function endOfRun(stage: Stage, cluster: string, key: string, withinMs = patienceMs): Promise<RunResult> {
  let last: unknown;
  const deadline = Date.now() + withinMs;
  for (const rest = growingPauses(); Date.now() < deadline; await rest()) {
    const state = await stateOf(stage, cluster).catch((error: unknown) => void (last = error));
    const end = state?.ended.find((one) => one.key === key);
    last = state ?? last;
    if (end?.runId === undefined) continue;
    const result = await resultOfRun(stage.client, cluster, end.runId);
    if (result !== undefined) return result;
  }
  throw new Error(`the run ${key} has not ended within ${withinMs} ms: ${JSON.stringify(last, null, 1)}`);
}

/** The sets below a prefix of LocalBackup, oldest first, as a restoration chooses them. Damaged ones are an error. */
export async function setsIn(localBackup: string, prefix: string): Promise<ChosenSet[]> {
  return await setsOn(openLocalDir({ root: localBackup }), { kind: 'localDir' }, prefix);
}

/** The same of any target, which tasks write so. */
export async function setsOn(target: BackupTarget, written: TargetSpec, prefix = ''): Promise<ChosenSet[]> {
  const sets: ChosenSet[] = [];
  for await (const set of listSets(target, prefix)) sets.push(chosenSet({ ...set, target: written }));
  return sets.sort((one, other) => (`${one.label} ${one.part}` < `${other.label} ${other.part}` ? -1 : 1));
}

/** Reads every byte of a set, without any worker. */
export async function verify(localBackup: string, name: string): Promise<Verification> {
  return await verifySet(openLocalDir({ root: localBackup }), name, 'content', noControl());
}

/** Every regular file below a folder; an absent folder has none. */
export async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

/** Each file below a folder with its digest: the same twice means that not a byte was changed. */
export async function bytesBelow(folder: string): Promise<Record<string, string>> {
  const files = await filesBelow(folder);
  return Object.fromEntries(
    await Promise.all(files.map(async (name) => [name, sha256(await readFile(join(folder, name)))])),
  ) as Record<string, string>;
}

/** Names that a careless program would break. */
const names = ['plain', 'with space', '100%', '%41', 'a+b', 'a#b', 'ünï-漢字', '.hidden'];

/** Writes small files below a directory of HDFS, in directories of eight. */
export async function fill(hdfs: EmbeddedHdfs, directory: string, files: number): Promise<void> {
  const dfs = webHdfs(hdfs);
  for (let n = 0; n < files; n += names.length) {
    await dfs.mkdirs(`${directory}/${n} ä`);
    const some = names.slice(0, files - n);
    await Promise.all(some.map((name) => dfs.create(`${directory}/${n} ä/${name}`, Buffer.from(`${n} ${name}`))));
  }
}

/** Everything in HDFS: of directories what is known about them, of files also what they hold. */
export async function treeOf(hdfs: EmbeddedHdfs): Promise<Record<string, string>> {
  const dfs = webHdfs(hdfs);
  const tree: Record<string, string> = {};
  const walk = async (directory: string): Promise<void> => {
    for await (const { name, type, ...about } of dfs.list(directory || '/')) {
      const path = `${directory}/${name}`;
      const held = type === 'file' ? sha256(await bytesOf(await dfs.open(path))) : '';
      tree[path] = `${type} ${JSON.stringify(about)} ${held}`;
      if (type === 'directory') await walk(path);
    }
  };
  await walk('');
  return tree;
}

export function webHdfs(hdfs: EmbeddedHdfs) {
  return openWebHdfs([hdfs.httpAddress], simpleLogin({ user: 'root' }));
}

async function bytesOf(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

export async function pause(milliseconds: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
}
