import type { Order } from '../model/command';
import { BackupError } from '../model/errors';
import { isDataKind } from '../model/kinds';
import type { BackupTask } from '../model/task';
import { ask, type Answerer } from './ask';
import type { Site } from './cluster-state';
import { openDryRun } from './dry-run';
import { type FieldChange, fieldChanges } from './field-changes';
import { chooseCluster } from './known-clusters';
import { checkName } from './names';
import { type AskOptions, type Done, findTask } from './tasks';
import { asWritten, fromWritten, type WrittenPeriod, type WrittenSource, type WrittenTask } from './written-task';

/** A backup task; its cluster stands in the options, or is the only one. */
export type NewTask = Omit<BackupTask, 'cluster'>;

export interface NewTaskOptions extends AskOptions {
  /** Makes nothing, and needs no worker. */
  readonly dryRun?: boolean | undefined;
}

/** What the product lets people change of a backup task (product facts §10). */
export interface TaskChanges extends SourceChanges {
  /** Of a periodic task: its first planned time, with its zone. */
  readonly started?: string | undefined;
  /** Of a periodic task. */
  readonly period?: WrittenPeriod | undefined;
  /** Whose fields are meant. Needed only where several sources of the task have those that are given. */
  readonly source?: string | undefined;
}

interface SourceChanges {
  readonly copies?: number | undefined;
  readonly recoveryPoints?: number | undefined;
  readonly maps?: number | undefined;
  readonly bandwidth?: number | undefined;
  readonly targetPath?: string | undefined;
  /** Of target remoteHdfs. */
  readonly targetNameService?: string | undefined;
}

export interface ModifyOptions {
  /** May be left out where there is only one. */
  readonly cluster?: string | undefined;
  /** Changes nothing, and needs no worker. */
  readonly dryRun?: boolean | undefined;
}

export interface Modified extends Done {
  readonly did: 'changed' | 'unchanged';
  readonly changes: readonly FieldChange[];
  /** The service data whose next run copies everything, because its target is another. */
  readonly copiedWhole: readonly string[];
}

export async function createTask(
  site: Site,
  { kind, name, mode, period, sources }: NewTask,
  { cluster: named, key, dryRun }: NewTaskOptions,
): Promise<Done & { readonly spec: BackupTask }> {
  checkName('task', name);
  const cluster = await chooseCluster(site.client, named);
  // In the order of a file's tasks: the cluster compares tasks as text.
  const task: BackupTask = { kind, name, cluster, mode, ...(period && { period }), sources };
  const { did } = await put(site, { do: 'putTask', task, instead: null }, dryRun, key);
  return { cluster, task: name, did, spec: task };
}

export async function modifyTask(
  site: Site,
  name: string,
  changes: TaskChanges,
  { cluster: named, dryRun }: ModifyOptions,
): Promise<Modified> {
  requireSome(changes);
  const { spec, cluster } = await findTask(site, 'backup', name, named);
  const before = spec as BackupTask;
  const task = fromWritten(withChanges(asWritten(before), changes));
  const { did } = await put(site, { do: 'putTask', task, instead: before }, dryRun);
  return {
    cluster,
    task: name,
    did: did as Modified['did'],
    changes: fieldChanges(asWritten(before), asWritten(task)),
    copiedWhole: copiedWhole(before, task),
  };
}

type PutTask = Extract<Order, { do: 'putTask' }>;

async function put(site: Site, order: PutTask, dryRun = false, key?: string): Promise<{ readonly did: string }> {
  const { cluster } = order.task;
  if (!dryRun) return await ask(site.client, cluster, order, key);
  const clerk: Answerer<{ did: string }> = await openDryRun(site, [cluster]);
  return await clerk.ask(cluster, order);
}

/** That there is something to change: `invalid` otherwise. */
export function requireSome({ source: _whose, ...changes }: TaskChanges): void {
  if (Object.values(changes).some((value) => value !== undefined)) return;
  throw new BackupError('invalid', 'it is not said what to change', {
    hint: 'name a field with its new value; what is no option of this command is not changed: delete the task and create another, or apply a file',
  });
}

function withChanges(task: WrittenTask, { started, period, source, ...ofSource }: TaskChanges): WrittenTask {
  const given = Object.entries(ofSource).filter(([, value]) => value !== undefined);
  const fields = given.map(([field]) => field as keyof SourceChanges);
  const meant = fields.length === 0 ? undefined : sourceMeant(task, fields, source);
  return {
    ...task,
    ...(started !== undefined && { started }),
    ...(period !== undefined && { period }),
    sources: task.sources.map((one) => (one === meant ? changedSource(one, Object.fromEntries(given)) : one)),
  };
}

function changedSource(
  source: WrittenSource,
  { targetPath: path, targetNameService: nameService, ...fields }: SourceChanges,
): WrittenSource {
  const place = { ...(path !== undefined && { path }), ...(nameService !== undefined && { nameService }) };
  const target = { ...source.target, ...place };
  return { ...source, ...fields, target } as WrittenSource;
}

/** The one source that has these fields. */
function sourceMeant(
  { name, sources }: WrittenTask,
  fields: readonly (keyof SourceChanges)[],
  wanted?: string,
): WrittenSource {
  const all = sources.filter(({ source }) => wanted === undefined || source === wanted);
  if (all.length === 0)
    throw new BackupError('invalid', `task "${name}" has no source ${JSON.stringify(wanted)}`, {
      hint: `it has: ${namesOf(sources)}`,
    });
  const [meant, another] = all.filter((source) => fields.every((field) => canChange(source, field)));
  if (meant !== undefined && another === undefined) return meant;
  if (meant === undefined)
    throw new BackupError('invalid', `${fields.join(', ')} of ${namesOf(all)} in task "${name}" cannot be changed`, {
      hint: `${namesOf(all)} can change: ${all.map(changeable).join('; ')}`,
    });
  throw new BackupError('invalid', `it is not said which source of task "${name}" is meant`, {
    hint: `name it with --source: ${namesOf(sources)}`,
  });
}

const fieldsOfSource = [
  'copies',
  'recoveryPoints',
  'maps',
  'bandwidth',
  'targetPath',
  'targetNameService',
] as const satisfies readonly (keyof SourceChanges)[];

function canChange({ target, ...source }: WrittenSource, field: keyof SourceChanges): boolean {
  if (field === 'targetPath') return 'path' in target;
  if (field === 'targetNameService') return target.kind === 'remoteHdfs';
  return field in source;
}

function changeable(source: WrittenSource): string {
  return fieldsOfSource.filter((field) => canChange(source, field)).join(', ');
}

function namesOf(sources: readonly WrittenSource[]): string {
  return sources.map(({ source }) => source).join(', ');
}

function copiedWhole(before: BackupTask, after: BackupTask): string[] {
  const isElsewhere = ({ target }: BackupTask['sources'][number], place: number) =>
    fieldChanges(before.sources[place]?.target, target).length > 0;
  return after.sources.filter(isElsewhere).flatMap(({ source }) => (isDataKind(source) ? [source] : []));
}
