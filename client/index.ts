/** The library that pipelines call: `openCairn`. See `api.ts` for what it can do. */
import type { Cairn } from './api';
import { listAlarms } from './alarms';
import { approveRestoration, awaitedRequest, rejectRestoration } from './approval';
import { applyTasks } from './apply';
import { checkCluster } from './check';
import { checkTargetOf } from './check-target';
import { cleanSetsOf } from './clean-sets';
import { listClusters } from './cluster-list';
import type { Site } from './cluster-state';
import { type ConnectOptions, connect, type Connected } from './connect';
import { withFailures } from './failures';
import { taskHistory } from './history';
import { checkName } from './names';
import { testNotifications } from './notifications';
import { previewRuns } from './preview';
import { removeCluster } from './removal';
import { rescueCluster } from './rescue';
import { createTask, modifyTask } from './single-task';
import { createRestoration, retryRestoration, showRestoration } from './restorations';
import { findChosen } from './choose-sets';
import { findSets } from './find-sets';
import { showTask } from './show-task';
import { deleteTask, listTasks, lockTask, startTask, stopTask, unlockTask } from './tasks';
import { verify } from './verify';
import { waitFor } from './wait-for';

export type { Cairn } from './api';
export type { AlarmOptions, AlarmView, SilentCluster } from './alarms';
export type { ApproveOptions, RejectOptions } from './approval';
export type { Applied, ApplyOptions } from './apply';
export type { ClusterCheck } from './check';
export type { CheckTargetOptions, TargetCheckView } from './check-target';
export type { Cleaned, CleanOptions } from './clean-sets';
export type { SetChoice } from './choose-sets';
export type { ClusterView } from './cluster-list';
export type { ConnectOptions } from './connect';
export type { FieldChange } from './field-changes';
export type { HistoryEntry, HistoryOptions, TaskHistory } from './history';
export type { RunSet } from './run-account';
export type { LiveProgress, ShortProgress } from './run-progress';
export type { TestOptions } from './notifications';
export type { PreviewOptions } from './preview';
export type { Created, CreateOptions, LimitOptions, RestorationView } from './restorations';
export type { Elsewhere, PathChoice } from './choose-paths';
export type { LocatedSet, SetsOptions, Unreachable } from './find-sets';
export type { Modified, ModifyOptions, NewTask, NewTaskOptions, TaskChanges } from './single-task';
export type { BackupTaskView } from './show-task';
export type { AskOptions, Deleted, Done, LockOptions, NotRunView, Started, StartOptions, TaskView } from './tasks';
export type { VerifyOptions } from './verify';
export type { WaitOptions, WaitState } from './wait-for';
export type { Removed } from './removal';
export type { ApprovalRequest } from '../model/cluster-state';
export type { Preview } from '../model/preview';
export type { DayAhead, RunAhead, TaskAhead } from '../model/preview-book';
export type { SetsAhead } from '../model/sets-ahead';
export type { Approval, PartResult, RunResult } from '../model/run';
export type { Verification } from '../model/set';
export type { CaseResult, TargetFinding, TargetSpeed } from '../model/target-check';
export type { FoundRemains, Remain } from '../model/remains';
export type { Delivery } from '../workflows/notify';
export type { BackupTask, ChosenSet, RestorationTask, TargetSpec } from '../model/task';
export { BackupError, isKind } from '../model/errors';

export interface OpenOptions extends ConnectOptions {
  /** Called with remarks for people, such as that no worker answers and what is told is the last that was known. */
  readonly onNote?: ((text: string) => void) | undefined;
}

/**
 * Connects to Temporal. `unavailable` when it does not answer within three seconds.
 *
 * @example
 * const cairn = await openCairn();
 * const run = await cairn.start('nightly', { key: `build-${process.env.BUILD_ID}` });
 * const { outcome, parts } = await cairn.waitFor(run);
 * await cairn.close();
 */
export async function openCairn(options: OpenOptions = {}): Promise<Cairn> {
  const connected = await connect(options);
  return withFailures(methods(connected, options.onNote ?? (() => undefined)), connected.address);
}

function methods({ client, close }: Connected, note: Site['note']): Cairn {
  const site = { client, note };
  return {
    apply: (tasks, options = {}) => applyTasks(site, tasks, options),
    create: (task, options = {}) => createTask(site, task, options),
    modify: (task, changes, options = {}) => modifyTask(site, task, changes, options),
    tasks: (cluster) => listTasks(site, 'backup', cluster),
    task: (name, cluster) => showTask(site, name, cluster),
    start: (task, options = {}) => startTask(site, 'backup', task, options),
    stop: (task, options = {}) => stopTask(site, 'backup', task, options),
    delete: (task, options = {}) => deleteTask(site, 'backup', task, options),
    lock: (task, options = {}) => lockTask(site, task, options),
    unlock: (task, options = {}) => unlockTask(site, task, options),
    history: (task, options = {}) => taskHistory(site, 'backup', task, options),
    waitFor: (run, options) => waitFor(client, run, options),
    sets: async (options = {}) =>
      options.names === undefined ? await findSets(site, options) : await findChosen(site, options, options),
    verify: (options) => verify(site, options),
    clean: (options = {}) => cleanSetsOf(site, options),
    checkTarget: (options) => checkTargetOf(site, options),
    restorations: {
      create: (name, options) => createRestoration(site, name, options),
      replaces: async (name, cluster, look) => (await showRestoration(site, name, cluster, look)).replaces,
      start: (name, options = {}) => startTask(site, 'restoration', name, options),
      retry: (name, options = {}) => retryRestoration(site, name, options),
      awaited: (name, cluster) => awaitedRequest(site, name, cluster),
      approve: (name, options = {}) => approveRestoration(site, name, options),
      reject: (name, options = {}) => rejectRestoration(site, name, options),
      stop: (name, options = {}) => stopTask(site, 'restoration', name, options),
      delete: (name, options = {}) => deleteTask(site, 'restoration', name, options),
      list: (cluster) => listTasks(site, 'restoration', cluster),
      show: (name, cluster) => showRestoration(site, name, cluster),
      history: (name, options = {}) => taskHistory(site, 'restoration', name, options),
    },
    preview: (options = {}) => previewRuns(site, options),
    alarms: (cluster, options = {}) => listAlarms(site, cluster, options),
    testNotifications: (options = {}) => testNotifications(site, options),
    clusters: () => listClusters(client),
    check: (cluster) => checkCluster(client, cluster),
    remove: (cluster, options = {}) => removeCluster(site, cluster, options),
    rescue: (cluster) => rescueCluster(client, checkName('cluster', cluster)),
    close,
  };
}
