import { BackupError } from '../model/errors';
import type { RestorationTask, TargetSpec } from '../model/task';
import { ask, refused } from './ask';
import { chosenSet, type SetChoice, selectSets } from './choose-sets';
import { type Site } from './cluster-state';
import { chooseCluster } from './known-clusters';
import { checkName } from './names';
import { whatIsReplaced } from './replaced';
import { findSets } from './find-sets';
import { type AskOptions, type Done, findTask, type Started, startTask } from './tasks';

export interface CreateOptions extends AskOptions, Pick<SetChoice, 'names' | 'run' | 'sources'> {
  /** Where the sets are looked for. Default: the targets of the cluster's backup tasks. */
  readonly target?: TargetSpec | undefined;
  /** Takes sets of another product version too. */
  readonly anyVersion?: boolean | undefined;
}

export interface Created extends Done {
  readonly sets: readonly string[];
  /** In words: what starting it will replace. */
  readonly replaces: readonly string[];
}

/** Makes a restoration task of sets that are there. Nothing is replaced until it is started. */
export async function createRestoration(site: Site, name: string, options: CreateOptions): Promise<Created> {
  checkName('task', name);
  requireChoice(options);
  const cluster = await chooseCluster(site.client, options.cluster);
  const sets = selectSets(await findSets(site, { cluster, target: options.target }), options).map(chosenSet);
  const anyVersion = options.anyVersion === true ? { anyVersion: true } : {};
  const task: RestorationTask = { kind: 'restoration', name, cluster, sets, ...anyVersion };
  const { did } = await ask(site.client, cluster, { do: 'putTask', task }, options.key);
  return { cluster, task: name, did, sets: sets.map((set) => set.name), replaces: whatIsReplaced(task) };
}

function requireChoice({ names, run }: CreateOptions): void {
  const given = [names?.length ? names : undefined, run].filter((one) => one !== undefined);
  if (given.length !== 1)
    throw new BackupError('invalid', 'a restoration takes either sets by their names or a run', {
      hint: '--from SET… or --run TASK@LABEL',
    });
}

/** Starts a restoration once more that failed or was stopped; `conflict` for any other. */
export async function retryRestoration(site: Site, name: string, options: AskOptions): Promise<Started> {
  const { status } = await findTask(site, 'restoration', name, options.cluster);
  if (status === 'Ready')
    throw refused(
      'notStartable',
      `restoration task "${name}" has not run yet HINT: use "cairn restoration start ${name}"`,
    );
  return await startTask(site, 'restoration', name, options);
}

/** In words: what starting this restoration task will replace. */
export async function replacedBy(site: Site, name: string, cluster?: string): Promise<string[]> {
  const { spec } = await findTask(site, 'restoration', name, cluster);
  return spec.kind === 'restoration' ? whatIsReplaced(spec) : [];
}
