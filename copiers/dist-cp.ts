import { setTimeout as sleep } from 'node:timers/promises';
import { type Control, handedOver } from '../model/control';
import type { Copied, Copier, Copy } from '../model/copier';
import type { Directory } from '../model/directory';
import { BackupError } from '../model/errors';
import { comparePaths } from '../model/tree';
import { environmentFor, findCommand } from '../servers/hadoop-command';
import { endCommandsWith } from '../servers/leftover-commands';
import type { Login } from '../servers/login';
import { startLongCommand } from '../servers/long-command';
import type { WebHdfs } from '../servers/webhdfs';
import { openYarn, type Yarn } from '../servers/yarn';
import { clearTheWay } from './clear-the-way';
import { argumentsOf, type DistCpWork, markOf, placeTagOf } from './dist-cp-arguments';
import { failureOf, isInTheWay, needsWhole } from './dist-cp-failure';
import {
  endJobs,
  findJob,
  followJob,
  growingWaits,
  isAtWork,
  jobFailure,
  jobNow,
  type ReportDone,
} from './dist-cp-job';
import { createDistCpOutput, type DistCpOutput, doneIn } from './dist-cp-output';
import { localStaging, type Staging, yarnStaging } from './dist-cp-staging';
import { copyRootAttributes, type Place } from './root-attributes';

export interface DistCpOptions {
  readonly login: Login;
  /** The cluster's `hadoop` command, a path or a name in PATH, and HADOOP_CONF_DIR for it. */
  readonly hadoop: { readonly hadoop: string; readonly confDir?: string };
  /** HTTP addresses of the ResourceManagers; `none`: the jobs run in the driver's own process. */
  readonly yarn: 'none' | { readonly resourceManagers: readonly string[] };
  /** Finds the HDFS that a location lies on; throws where it is none that is known. */
  readonly openHdfs: (uri: string) => { readonly webHdfs: WebHdfs; readonly path: string };
  /** A folder on this host, for what local jobs keep while they run. */
  readonly spool: Directory;
}

/**
 * Copies from HDFS to HDFS by DistCp, a job for each tree. A driver is a process on this host and dies with it; its job in
 * Yarn does not, and is found again by its tag.
 *
 * Made right beside what DistCp does: the attributes of a tree's root, and files that became directories or the other way
 * round. Left as DistCp does it: an xattr that something below the root lost stays at the target.
 */
export function openDistCp(options: DistCpOptions): Copier {
  const yarn = options.yarn === 'none' ? undefined : openYarn(options.yarn.resourceManagers, options.login);
  const tools: Tools = { ...options, yarn };
  return {
    accepts: ({ from, to }) => [from, to].every(({ uri }) => uri.startsWith('hdfs://')),
    async plan(copy) {
      await findCommand({ hdfs: options.hadoop.hadoop }, 'hadoop');
      if (yarn !== undefined) await requireQueue(yarn, copy.limits.queue);
      return { parts: copy.trees.length };
    },
    copyPart: (copy, part, control) => copyTree(tools, workOf(copy, part), control),
    async clear(copy) {
      for (const part of copy.trees.keys()) await clearWork(tools, workOf(copy, part));
    },
  };
}

interface Tools extends Omit<DistCpOptions, 'yarn'> {
  readonly yarn: Yarn | undefined;
}

function workOf(copy: Copy, part: number): DistCpWork {
  const tree = copy.trees[part];
  const tag = `${copy.id}-${part}`;
  // The tag becomes part of paths and arguments; Yarn takes no longer ones, and knows no capital letters.
  if (tree === undefined || !/^[a-z0-9][a-z0-9-]{0,99}$/.test(tag))
    throw new BackupError('invalid', `there is no part ${part} of the copy "${copy.id}"`);
  const title = `cairn ${copy.id} ${part + 1}/${copy.trees.length}`;
  return { tag, placeTag: placeTagOf(tree.to.uri), title, tree, limits: copy.limits };
}

async function requireQueue(yarn: Yarn, name: string): Promise<void> {
  const queue = await yarn.queue(name);
  const refuse = (what: string) =>
    new BackupError('precondition', what, { hint: 'choose a queue of Yarn that runs and takes applications' });
  if (queue === undefined) throw refuse(`Yarn has no queue "${name}"`);
  if (!queue.takesApplications) throw refuse(`the queue ${queue.name} of Yarn only holds other queues`);
  if ((queue.state ?? 'RUNNING') !== 'RUNNING') throw refuse(`the queue ${queue.name} of Yarn is ${queue.state}`);
}

async function copyTree(tools: Tools, work: DistCpWork, control: Control): Promise<Copied> {
  try {
    control.signal.throwIfAborted();
    const copied = await copyContent(tools, work, control);
    await copyRootAttributes(...placesOf(tools, work));
    await (await stagingOf(tools, work)).remove();
    return copied;
  } catch (error) {
    if (!control.signal.aborted) throw error;
    // A job in Yarn goes on without its driver, and the next attempt finds it again.
    if (control.signal.reason === handedOver) await endDrivers(tools, work).catch(() => undefined);
    // Whoever stopped it clears again, should this fail.
    else await clearWork(tools, work).catch(() => undefined);
    throw new BackupError('cancelled', `stopped while copying ${work.tree.from.uri}`, {}, { cause: error });
  }
}

function placesOf({ openHdfs }: Tools, { tree }: DistCpWork): [from: Place, to: Place] {
  return [openHdfs(tree.from.uri), openHdfs(tree.to.uri)];
}

async function stagingOf({ yarn, hadoop, login, openHdfs, spool }: Tools, work: DistCpWork): Promise<Staging> {
  if (yarn === undefined) return localStaging(spool, work.tag, work.limits.maps);
  return yarnStaging({ confDir: hadoop.confDir, user: login.rpcUser, openHdfs }, work.tag);
}

/** Everything but the root's attributes. Of this copy never more than one DistCp is at work. */
async function copyContent(tools: Tools, work: DistCpWork, control: Control): Promise<Copied> {
  const report = rising(control);
  await endDrivers(tools, work);
  const found = tools.yarn && (await findJob(tools.yarn, work.tag));
  if (tools.yarn !== undefined && found !== undefined && (isAtWork(found) || found.state === 'succeeded'))
    return { ...(await followJob(tools.yarn, found, work.tree.from.uri, report, control.signal)), ...foundAgain(work) };
  // Of a run that ended while Yarn could not be reached, a job may go on.
  if (tools.yarn !== undefined) await endJobs(tools.yarn, work.placeTag);
  const [from, to] = placesOf(tools, work);
  await requireDirectory(from);
  // DistCp fails for an empty directory when the target is not there.
  await to.webHdfs.mkdirs(to.path);
  if (work.tree.since === undefined) return await copyWhole(tools, work, report, control.signal);
  try {
    return await drive(tools, work, report, control.signal);
  } catch (error) {
    if (!needsWhole(error)) throw error;
    const { since, ...tree } = work.tree;
    const whole = `the target is not as it was in the snapshot ${since} any more`;
    return { ...(await copyWhole(tools, { ...work, tree }, report, control.signal)), whole };
  }
}

/** Nobody has seen whether that job copied what changed, or everything because it had to. */
function foundAgain({ tree: { since } }: DistCpWork): Pick<Copied, 'whole'> {
  return since === undefined ? {} : { whole: 'its job was found again after its worker had gone' };
}

async function copyWhole(tools: Tools, work: DistCpWork, report: ReportDone, signal: AbortSignal): Promise<Copied> {
  try {
    return await drive(tools, work, report, signal);
  } catch (error) {
    if (!isInTheWay(error) || (await clearTheWay(...placesOf(tools, work))) === 0) throw error;
    return drive(tools, work, report, signal);
  }
}

async function requireDirectory({ webHdfs, path }: Place): Promise<void> {
  const status = await webHdfs.status(path);
  if (status === undefined) throw new BackupError('missing', `HDFS has no ${path}`);
  if (status.type !== 'directory') throw new BackupError('unsupported', `${path} is no directory`);
}

/** Two attempts, and what Yarn and its maps count, may each begin anew: what is reported never goes back. */
function rising(control: Control): ReportDone {
  let [most, mostFiles] = [0, 0];
  return ({ bytes, files }) => {
    [most, mostFiles] = [Math.max(most, bytes), Math.max(mostFiles, files)];
    control.report({ bytes: most, files: mostFiles });
  };
}

/** Drivers of this copy that an older attempt has left on this host, in this process or in another one. */
async function endDrivers({ yarn }: Tools, work: DistCpWork): Promise<void> {
  const ended = await endCommandsWith(markOf(work.tag));
  // One that was just giving its job to Yarn: by now Yarn shows it.
  if (ended > 0 && yarn !== undefined) await sleep(1_000);
}

/** Runs a driver to its end, and follows its job further when the driver is gone before it. */
async function drive(tools: Tools, work: DistCpWork, report: ReportDone, signal: AbortSignal): Promise<Copied> {
  const { hadoop, login, yarn } = tools;
  const staging = await stagingOf(tools, work);
  await staging.make();
  const output = createDistCpOutput();
  // What it tells is read here, whatever the cluster's own commands log.
  const environment = { ...(await environmentFor(hadoop, login)), HADOOP_ROOT_LOGGER: 'INFO,console' };
  signal.throwIfAborted();
  const driver = startLongCommand([hadoop.hadoop, ...argumentsOf(work, staging.settings)], environment, output.hear);
  const stop = () => void driver.kill();
  signal.addEventListener('abort', stop, { once: true });
  const watching = new AbortController();
  const watched = watch(yarn, output, report, watching.signal);
  try {
    const { exitCode, said } = await driver.ended;
    signal.throwIfAborted();
    const job = yarn && applicationOf(output);
    if (exitCode === 0) return { ...output.totals(), ...(job === undefined ? {} : { job }) };
    const end = { exitCode, said, from: work.tree.from.uri };
    if (yarn === undefined || job === undefined) throw failureOf(end);
    const application = await jobNow(yarn, job);
    if (isAtWork(application) || application.state === 'succeeded')
      return await followJob(yarn, application, end.from, report, signal);
    throw jobFailure(application, end.from, said);
  } finally {
    signal.removeEventListener('abort', stop);
    watching.abort();
    await driver.kill();
    await watched;
  }
}

function applicationOf(output: DistCpOutput): string | undefined {
  return output.job()?.replace(/^job_/, 'application_');
}

/** Reports how far a driver's job has come, until it is told to end. A Yarn that does not answer is no news. */
async function watch(
  yarn: Yarn | undefined,
  output: DistCpOutput,
  report: ReportDone,
  signal: AbortSignal,
): Promise<void> {
  for (const wait of growingWaits()) {
    await sleep(wait, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    const job = yarn && applicationOf(output);
    if (yarn === undefined) report(output.done());
    const counters = job === undefined ? undefined : await yarn?.jobCounters(job);
    if (counters !== undefined && !signal.aborted) report(doneIn(counters));
  }
}

/** Driver, job, staging and temporary files. What was copied stays. */
async function clearWork(tools: Tools, work: DistCpWork): Promise<void> {
  await endDrivers(tools, work);
  if (tools.yarn !== undefined) await endJobs(tools.yarn, work.tag);
  await (await stagingOf(tools, work)).remove();
  await removeTemporaries(tools.openHdfs(work.tree.to.uri));
}

const temporary = '.distcp.tmp.attempt_';

/** DistCp writes each file at the root of the target under such a name, and leaves it there when it is killed. */
async function removeTemporaries({ webHdfs, path }: Place): Promise<void> {
  if ((await webHdfs.status(path)) === undefined) return;
  for await (const { name } of webHdfs.list(path)) {
    if (name.startsWith(temporary)) await webHdfs.remove(`${path}/${name}`);
    // They are listed by name: the directory may hold many more.
    else if (comparePaths(name, `${temporary}~`) > 0) return;
  }
}
