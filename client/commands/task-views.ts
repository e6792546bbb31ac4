import { policyText } from '../../model/policy';
import type { ApprovalRequest } from '../../model/cluster-state';
import { labelAt, timeOf } from '../../model/label';
import { bytesText, durationText, labelText } from '../../model/text';
import type { HistoryEntry } from '../history';
import { type CopyLimits, limitsOf } from '../../model/copier';
import type { HdfsEntry } from '../../model/hdfs-schema';
import type { BackupTask, ChosenSet, RestorationTask, Task, TaskSource } from '../../model/task';
import { nameOfPart } from '../../model/failed-parts';
import type { RunSet } from '../run-account';
import type { RestorationView } from '../restorations';
import type { BackupTaskView } from '../show-task';
import type { NotRunView, TaskView } from '../tasks';
import { countText, targetText } from '../words';
import { factLines, tableLines } from '../terminal/table';

/** Lines for people, the same for backup and restoration tasks. */
export function taskListLines(tasks: readonly TaskView[]): string[] {
  if (tasks.length === 0) return ['no tasks'];
  const isPeriodic = tasks.some(({ next, locked }) => next !== undefined || locked !== undefined);
  const row = (task: TaskView) => [
    task.name,
    statusText(task),
    progressText(task),
    task.sources.join(', '),
    latestText(task),
    ...(isPeriodic ? [nextText(task)] : []),
    [...task.alarms.map((id) => `ALM-${id}`), task.reason].filter(Boolean).join(' '),
  ];
  const next = isPeriodic ? ['next run'] : [];
  return tableLines(['task', 'status', 'progress', 'sources', 'latest run', ...next, ''], tasks.map(row));
}

/** A backup task. */
export function taskLines(task: BackupTaskView): string[] {
  return [
    ...headLines(task, { expected: expectedText(task) }),
    '',
    ...specLines(task.spec),
    '',
    ...historyLines(task.runs),
    ...notRunLines(task.notRun),
  ];
}

function expectedText({ expected, notMeasured }: BackupTaskView): string {
  if (expected === undefined) return `not known before its first success${notMeasured ? `: ${notMeasured}` : ''}`;
  const { estimated, seconds, bytes } = expected;
  const [length, size] = [durationText(seconds * 1000), bytesText(bytes)];
  const why =
    estimated === 'median'
      ? `${size}; the median of its latest successful runs`
      : `estimated: ${size} of service data ÷ what its maps may take × 1.5`;
  return `${length} (${why})`;
}

/** A restoration task, with what it replaces. */
export function restorationLines(task: RestorationView): string[] {
  const replaces = ['it replaces:', ...task.replaces.map((line) => `  ${line}`)];
  return [...headLines(task), '', ...specLines(task.spec), '', ...replaces, '', ...historyLines(task.runs)];
}

function headLines(task: TaskView, more: { readonly [fact: string]: string } = {}): string[] {
  return factLines({
    [task.kind]: task.name,
    cluster: task.cluster,
    status: statusText(task),
    approval: task.awaits && requestText(task.name, task.awaits),
    reason: task.reason,
    created: labelText(task.creation),
    period: periodText(task.spec),
    next: task.locked === undefined ? nextText(task) : undefined,
    locked:
      task.locked &&
      `since ${labelText(labelAt(task.locked.since))}${task.locked.reason ? `, ${task.locked.reason}` : ''}`,
    alarms: task.alarms.map((id) => `ALM-${id}`).join(', '),
    ...more,
  });
}

/** A request for approval that stands. */
export function requestText(name: string, { by, since, until }: ApprovalRequest): string {
  const times = `at ${labelText(labelAt(since))}, stands until ${labelText(labelAt(until))}`;
  return `${by} asked for restoration "${name}" ${times}; somebody else approves or rejects it`;
}

/** A run as its cluster carries it, or with what its own record tells. */
type ShownRun = Omit<HistoryEntry, 'end'> & Partial<Pick<HistoryEntry, 'end'>>;

export function historyLines(runs: readonly ShownRun[]): string[] {
  if (runs.length === 0) return ['it has not run yet'];
  const isApproved = runs.some(({ approval }) => approval !== undefined);
  const row = (run: ShownRun) => [
    run.label,
    run.waited === true ? 'it never began' : labelText(run.label),
    run.waited === true ? '' : labelText(labelAt(run.end ?? timeOf(run.label) + run.seconds * 1000)),
    run.waited === true ? '' : durationText(run.seconds * 1000),
    run.outcome,
    run.trigger,
    run.bytes === undefined ? '' : bytesText(run.bytes),
    ...(isApproved ? [run.approval?.askedBy, run.approval?.approvedBy] : []),
  ];
  const people = isApproved ? ['asked by', 'approved by'] : [];
  const more = runs.flatMap((run) => accountLines(run).map((line) => `${run.label} ${line}`));
  return [
    ...tableLines(['label', 'started', 'ended', 'took', 'outcome', 'trigger', 'bytes', ...people], runs.map(row)),
    ...(more.length === 0 ? [] : ['', ...more]),
  ];
}

/** What a run's own record tells: why it failed, where its sets lie, and what it noted. */
function accountLines({ reason, sets = [], notes = [], forgotten }: ShownRun): string[] {
  return [
    ...(reason === undefined ? [] : [`reason: ${reason}`]),
    ...sets.map(setLine),
    ...notes,
    ...(forgotten === undefined ? [] : ['the server keeps its record no longer']),
  ];
}

function setLine({ target, host, set, ...part }: RunSet): string {
  const where = target === undefined ? '' : ` on ${targetText(target)}`;
  return `set of ${nameOfPart(part)}: ${set}${where}${host === undefined ? '' : ` of ${host}`}`;
}

/** Planned times that led to no run, below a task's runs. */
export function notRunLines(all: readonly NotRunView[]): string[] {
  if (all.length === 0) return [];
  const row = ({ planned, what, times, reason, next }: NotRunView) => [
    labelText(planned),
    times === 1 ? what : `${what}, ${times} times from then on`,
    next && labelText(labelAt(next)),
    reason,
  ];
  return ['', ...tableLines(['planned', 'no run', 'next planned', 'reason'], all.map(row))];
}

function periodText(spec: Task): string | undefined {
  if (spec.kind !== 'backup' || spec.period === undefined) return undefined;
  const { started, seconds } = spec.period;
  return `every ${periodLength(seconds)} from ${labelText(labelAt(started))}`;
}

function periodLength(seconds: number): string {
  if (seconds % 86_400 === 0) return countText(seconds / 86_400, 'day', 'days');
  return seconds % 3600 === 0 ? countText(seconds / 3600, 'hour', 'hours') : `${seconds} s`;
}

function nextText({ next, locked }: TaskView): string | undefined {
  if (locked !== undefined) return `locked${locked.reason === undefined ? '' : `: ${locked.reason}`}`;
  return next === undefined ? undefined : labelText(labelAt(next));
}

function statusText({ status, before, awaits }: TaskView): string {
  if (awaits !== undefined) return `${status}, awaits approval`;
  return before === undefined ? status : `${status} (${before} before it)`;
}

function progressText({ progress }: TaskView): string {
  if (progress === undefined) return '-';
  return progress.percent === undefined ? progress.phase : `${progress.phase} ${progress.percent} %`;
}

function latestText({ runs: [latest] }: TaskView): string {
  if (latest === undefined) return '';
  const took = latest.waited === true ? 'it never began' : durationText(latest.seconds * 1000);
  return `${labelText(latest.label)}, ${took}`;
}

function specLines(spec: Task): string[] {
  return spec.kind === 'backup' ? backupLines(spec) : chosenLines(spec);
}

function backupLines({ sources }: BackupTask): string[] {
  const row = ({ source, entry, target, copies }: TaskSource) => [source, partsText(entry), targetText(target), copies];
  return [
    ...tableLines(['source', 'parts', 'target', 'copies'], sources.map(row)),
    ...sources.flatMap(({ entry }) => (entry.source === 'hdfs' ? ['', ...hdfsLines(entry)] : [])),
  ];
}

function partsText(entry: TaskSource['entry']): string {
  if (entry.source === 'oms') return '';
  if (entry.source !== 'hdfs') return entry.nameServices?.join(', ') ?? 'all';
  const { paths = [], rows = [], nameService } = entry;
  const named = paths.length === 0 ? [] : [countText(paths.length, 'directory', 'directories')];
  const matched = rows.length === 0 ? [] : [countText(rows.length, 'row', 'rows')];
  return `${[...named, ...matched].join(' and ')} of ${nameService}`;
}

function hdfsLines({
  nameService,
  paths = [],
  rows = [],
  policy,
  recoveryPoints,
  queue,
  maps,
  bandwidth,
}: HdfsEntry): string[] {
  return tableLines(
    [],
    [
      ...paths.map((path, place) => [place === 0 ? 'directories:' : '', path]),
      ...rows.map(({ under, matching }, place) => [place === 0 ? 'rows:' : '', `in ${under}: ${matching}`]),
      ['NameService:', nameService],
      ['copies:', policyText(policy)],
      ['recovery points:', `${recoveryPoints} in the cluster`],
      ['copied by:', limitsText({ queue, maps, bandwidth })],
    ],
  );
}

function chosenLines({ sets, limits }: RestorationTask): string[] {
  const row = (set: ChosenSet) => [set.source, set.part, set.name, targetText(set.target)];
  return [
    ...tableLines(['source', 'part', 'set', 'target'], sets.map(row)),
    ...sets.flatMap(({ paths = [] }) =>
      paths.map(({ path, to }) => (path === to ? `  ${path}` : `  ${path} to ${to}`)),
    ),
    ...(limits === undefined ? [] : [`copied by: ${limitsText(limitsOf(limits))}`]),
  ];
}

function limitsText({ queue, maps, bandwidth }: CopyLimits): string {
  return `Yarn queue ${queue}, at most ${countText(maps, 'map', 'maps')}, ${bandwidth} MB/s for each`;
}
