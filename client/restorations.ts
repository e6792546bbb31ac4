import type { CopyLimits } from '../model/copier';
import { BackupError } from '../model/errors';
import { copyLimitsSchema } from '../model/hdfs-schema';
import { checkInput } from '../model/input';
import { isDataKind } from '../model/kinds';
import { ordered } from '../model/restore-rules';
import type { ChosenSet, RestorationTask, TargetSpec } from '../model/task';
import { ask, refused } from './ask';
import { isOneSet } from './backup-path';
import { checkPathChoice, chosenWithPaths, type PathChoice } from './choose-paths';
import { findChosen, type SetChoice } from './choose-sets';
import { lastKnownState, type Site } from './cluster-state';
import { chooseCluster } from './known-clusters';
import { lookAhead, type Outlook } from './look-ahead';
import { checkName } from './names';
import { whatIsReplaced } from './replaced';
import {
  type AskOptions,
  type Done,
  findTaskIn,
  findTask,
  type Started,
  type StartOptions,
  startTask,
  type TaskView,
} from './tasks';

type SetsOfRestoration = Pick<SetChoice, 'names' | 'run' | 'backupPath' | 'recoveryPoint' | 'sources'>;

export interface CreateOptions extends AskOptions, SetsOfRestoration, PathChoice {
  /** Where the sets are looked for. Default: the targets of the cluster's backup tasks. */
  readonly target?: TargetSpec | undefined;
  /** Takes sets of another product version too. */
  readonly anyVersion?: boolean | undefined;
  /** For copying service data. Default: the product's. */
  readonly limits?: LimitOptions | undefined;
}

/** Queue of Yarn, maps at the most, MB/s that each map may take. */
export type LimitOptions = { readonly [limit in keyof CopyLimits]?: CopyLimits[limit] | undefined };

export interface Created extends Done {
  readonly sets: readonly string[];
  /** In words: what starting it will replace. */
  readonly replaces: readonly string[];
  /** Service data: why it would be refused if it was started now. It was made all the same. */
  readonly obstacle?: string;
}

/** A restoration task as people see it. */
export interface RestorationView extends TaskView {
  /** In words: what starting it will replace. */
  readonly replaces: readonly string[];
}

/** Makes a restoration task of sets that are there. Nothing is replaced until it is started. */
export async function createRestoration(site: Site, name: string, options: CreateOptions): Promise<Created> {
  checkName('task', name);
  requireChoice(options);
  checkPathChoice(options);
  const limits = checkedLimits(options.limits);
  const cluster = await chooseCluster(site.client, options.cluster);
  const found = await findChosen(site, { cluster, target: options.target }, options);
  const sets = found.map((set) => chosenWithPaths(set, options));
  if (limits !== undefined) requireServiceData(sets);
  const anyVersion = options.anyVersion === true ? { anyVersion: true } : {};
  const task = ordered({ kind: 'restoration', name, cluster, sets, ...anyVersion, ...(limits && { limits }) });
  const { did } = await ask(site.client, cluster, { do: 'putTask', task }, options.key);
  const outlook = await lookAhead(site.client, task);
  const { version } = (await lastKnownState(site, cluster)).cluster;
  return { cluster, task: name, did, sets: task.sets.map((set) => set.name), ...told(task, version, outlook) };
}

function told(task: RestorationTask, version: string, outlook: Outlook): Pick<Created, 'replaces' | 'obstacle'> {
  const replaces = whatIsReplaced(task, version, outlook);
  return 'refused' in outlook ? { replaces, obstacle: outlook.refused } : { replaces };
}

function requireChoice({ names, run, backupPath, recoveryPoint }: CreateOptions): void {
  const given = [names?.length ? names : undefined, run, backupPath].filter((one) => one !== undefined);
  if (given.length !== 1)
    throw new BackupError('invalid', 'a restoration takes either sets by their names, or a run, or a backup path', {
      hint: '--set SET…, or --run TASK@LABEL, or --backup-path PATH --recovery-point LABEL',
    });
  const isFolder = backupPath !== undefined && !isOneSet(backupPath);
  if (isFolder === (recoveryPoint !== undefined)) return;
  const what = isFolder
    ? `it is not said which recovery point of ${backupPath} is meant`
    : 'a recovery point is one of a folder that --backup-path names';
  throw new BackupError('invalid', what, {
    hint: '--backup-path FOLDER --recovery-point LABEL, as "cairn sets list" shows it',
  });
}

/** Only those that are given: the others are the product's when it runs. */
function checkedLimits(options: LimitOptions = {}): Partial<CopyLimits> | undefined {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  if (Object.keys(given).length === 0) return undefined;
  checkInput(copyLimitsSchema, given, 'this restoration');
  return given;
}

function requireServiceData(sets: readonly ChosenSet[]): void {
  if (sets.some(({ source }) => isDataKind(source))) return;
  throw new BackupError('invalid', 'queue, maps and bandwidth are for service data, and none of the sets is of it', {
    hint: 'leave them out',
  });
}

/** Starts a restoration once more that failed or was stopped; `conflict` for any other. */
export async function retryRestoration(site: Site, name: string, options: StartOptions): Promise<Started> {
  const { status } = await findTask(site, 'restoration', name, options.cluster);
  if (status === 'Ready')
    throw refused(
      'notStartable',
      `restoration task "${name}" has not run yet HINT: use "cairn restoration start ${name}"`,
    );
  return await startTask(site, 'restoration', name, options);
}

/** The task, with what starting it will replace; of one that cannot be started (it runs, it was successful) as its task tells. */
export async function showRestoration(
  site: Site,
  name: string,
  cluster?: string,
  look = true,
): Promise<RestorationView> {
  const { task, state } = await findTaskIn(site, 'restoration', name, cluster);
  const spec = task.spec as RestorationTask;
  const outlook = look && startable.includes(task.status) ? await lookAhead(site.client, spec) : undefined;
  return { ...task, replaces: whatIsReplaced(spec, state.cluster.version, outlook) };
}

const startable: readonly TaskView['status'][] = ['Ready', 'Failed', 'Stopped'];
