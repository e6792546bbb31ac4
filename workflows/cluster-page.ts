import { type Alarm, type ClusterState, parseShortRun, type TaskState } from '../model/cluster-state';
import { type Label, labelAt } from '../model/label';
import { workflowIds } from '../model/names';
import { nextRunOf, periodOf } from '../model/periodic';
import type { TaskStatus } from '../model/task';
import { bytesText, labelText } from '../model/text';
import { cut, fitting, plain, table, unbroken, workflowLink } from './markdown';
import { reasonText, timeText } from './run-markdown';

/** Details have at most 20,000 bytes in the Temporal UI. */
const room = { hosts: 500, waiting: 1500, alarms: 2500, approvals: 2000, rows: 7500, reasons: 4000 };

/** What people look for first stands first. */
const order: readonly TaskStatus[] = ['Running', 'Waiting', 'Failed', 'Stopped', 'Ready', 'Successful'];

/** The page of a cluster as Markdown: what runs, what waits, what stands, what went wrong. */
export function clusterPage(state: ClusterState, namespace: string): string {
  const { id, version, hosts } = state.cluster;
  const tasks = Object.entries(state.tasks).sort(byOrder);
  const now = Date.now();
  return [
    `**Cluster ${plain(id)}** · product version ${plain(version)} · hosts ${plain(cut(hosts.join(', '), room.hosts)) || 'not known yet'}`,
    '',
    ...listOf(state.alarms.map(alarmText), room.alarms, ''),
    ...(state.paused === undefined ? [] : [pausedText(state.paused), '']),
    `Running: ${runningText(state, namespace)}`,
    '',
    `Waiting: ${waitingText(state)}`,
    '',
    ...listOf(tasks.flatMap(approvalOf), room.approvals, 'More: `cairn restoration list`'),
    ...tasksTable(tasks, now),
    '',
    ...listOf(tasks.flatMap(reasonOf), room.reasons, 'More: `cairn task list`'),
  ].join('\n');
}

function runningText({ running, cluster }: ClusterState, namespace: string): string {
  if (running === undefined) return 'nothing';
  const { found, kind, task, label, since, runId } = running;
  if (found === true) return 'a run that was found going on';
  const what = `${kind === 'cleanUp' ? 'clean-up behind' : kind} ${task}`;
  const shown = runId === undefined ? plain(what) : workflowLink(what, namespace, workflowIds.run(cluster.id), runId);
  return `**${shown}** · label ${label} · since ${timeText(since)}`;
}

function pausedText({ owner, until }: NonNullable<ClusterState['paused']>): string {
  return `**Paused** for ${plain(cut(owner, 300))}, until that has ended; without it until ${labelText(labelAt(until))}`;
}

function waitingText({ queue }: ClusterState): string {
  if (queue.length === 0) return 'nothing';
  const { lines, left } = fitting(
    queue.map(({ task }, place) => `${place + 1}. ${plain(task)}`),
    room.waiting,
  );
  return `${lines.join(', ')}${left === 0 ? '' : ` … and ${left} more`}`;
}

function tasksTable(tasks: readonly (readonly [string, TaskState])[], now: number): string[] {
  if (tasks.length === 0) return ['There are no tasks yet: `cairn apply -f tasks.yaml` creates them.'];
  const isPeriodic = tasks.some(([, { spec }]) => periodOf(spec) !== undefined);
  const rows = tasks.map(([name, task]) => [...row(name, task), ...(isPeriodic ? [nextText(task, now)] : [])]);
  const { lines, left } = fitting(
    rows.map((cells) => cells.join('\u2003 | ')),
    room.rows,
  );
  return [
    ...table([...columns, ...(isPeriodic ? ['next run, UTC'] : [])], rows.slice(0, lines.length)),
    ...(left === 0 ? [] : ['', `… and ${left} more: \`cairn task list\``]),
  ];
}

const columns = ['task', 'kind', 'status', 'latest run, UTC', 'bytes'];

/** Narrow: the UI gives half of its width to details. */
function row(name: string, task: TaskState): string[] {
  const latest = task.runs[0] === undefined ? undefined : parseShortRun(task.runs[0]);
  const isBad = task.status === 'Failed' || task.status === 'Stopped';
  return [
    plain(name),
    task.spec.kind,
    isBad ? `**${task.status}**` : task.status,
    latest === undefined ? '–' : unbroken(minuteText(latest.label)),
    latest?.outcome === 'Successful' ? unbroken(bytesText(latest.bytes)) : '',
  ];
}

/** As it was when the page was made: a page older than this moment tells of a time that has passed. */
function nextText(task: TaskState, now: number): string {
  if (task.locked !== undefined) return '**locked**';
  const next = nextRunOf(task, now);
  return next === undefined ? '' : unbroken(minuteText(labelAt(next)));
}

function minuteText(label: Label): string {
  return labelText(label).slice(0, 'yyyy-mm-dd hh:mm'.length);
}

function reasonOf([name, { status, reason }]: readonly [string, TaskState]): string[] {
  const isBad = status === 'Failed' || status === 'Stopped';
  return isBad && reason ? [`- **${plain(name)}** ${status}: ${reasonText(reason)}`] : [];
}

function alarmText({ id, task, text, raised }: Alarm): string {
  return `- **ALM-${id}**${task === undefined ? '' : ` ${plain(task)}`}, since ${new Date(raised).toISOString().slice(0, 10)} ${timeText(raised)}: ${plain(text)}`;
}

function approvalOf([name, { awaits }]: readonly [string, TaskState]): string[] {
  if (awaits === undefined) return [];
  const { by, until } = awaits;
  const how = `somebody else than ${plain(by)} approves it with \`cairn restoration approve ${name}\``;
  return [`- **${plain(name)}** awaits approval until ${labelText(labelAt(until))}: ${how}`];
}

function listOf(items: readonly string[], bytes: number, more: string): string[] {
  const { lines, left } = fitting(items, bytes);
  return lines.length === 0 ? [] : [...lines, ...(left === 0 ? [] : [`- … and ${left} more. ${more}`]), ''];
}

function byOrder([name, task]: readonly [string, TaskState], [other, that]: readonly [string, TaskState]): number {
  return order.indexOf(task.status) - order.indexOf(that.status) || (name < other ? -1 : 1);
}
