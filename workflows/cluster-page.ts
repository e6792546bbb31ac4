import { type Alarm, type ClusterState, parseShortRun, type TaskState } from '../model/cluster-state';
import { type Label, labelAt } from '../model/label';
import { workflowIds } from '../model/names';
import { parseNotRun } from '../model/period';
import { nextRunOf, periodOf } from '../model/periodic';
import type { TaskStatus } from '../model/task';
import { bytesText, labelText } from '../model/text';
import { cut, fitting, plain, table, unbroken, workflowLink } from './markdown';
import { reasonText, timeText } from './run-markdown';

/** Details have at most 20,000 bytes in the Temporal UI. */
const room = { hosts: 500, waiting: 1500, alarms: 2500, approvals: 2000, rows: 6500, notRun: 1200, reasons: 3500 };

/** What people look for first stands first. */
const order: readonly TaskStatus[] = ['Running', 'Waiting', 'Failed', 'Stopped', 'Ready', 'Successful'];

type Named = readonly [name: string, task: TaskState];

/** The page of a cluster as Markdown: what runs, what waits, what stands, what went wrong. */
export function clusterPage(state: ClusterState, namespace: string): string {
  const { id, version, hosts } = state.cluster;
  const title = `**Cluster ${plain(id)}** · product version ${plain(version)} · hosts ${plain(cut(hosts.join(', '), room.hosts)) || 'not known yet'}`;
  if (state.removed !== undefined) return [title, '', removedText(state)].join('\n');
  const tasks = Object.entries(state.tasks).sort(byOrder);
  return [
    title,
    '',
    // One list without gaps, and narrow tables: the UI gives details half of its width, and much space to a paragraph.
    ...listOf(state.alarms.map(alarmText), room.alarms, '`cairn alarm list`'),
    ...(state.paused === undefined ? [] : [pausedText(state.paused)]),
    `- Running: ${runningText(state, namespace)}`,
    `- Waiting: ${waitingText(state)}`,
    ...listOf(tasks.flatMap(approvalOf), room.approvals, '`cairn restoration list`'),
    '',
    ...tables(tasks, Date.now()),
    ...listOf(tasks.flatMap(notRunOf), room.notRun, '`cairn task history`'),
    ...listOf(tasks.flatMap(reasonOf), room.reasons, '`cairn task list`'),
  ].join('\n');
}

function removedText({ removed = 0, unsynced = [] }: ClusterState): string {
  const left = unsynced.length === 0 ? '' : ` ${unsynced.length} of its schedules are still to be deleted.`;
  return `**Removed** at ${labelText(labelAt(removed))}: its tasks, schedules and alarms are gone, its sets stay where they are.${left}`;
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
  return `- **Paused** for ${plain(cut(owner, 300))}, until that has ended; without it until ${labelText(labelAt(until))}`;
}

function waitingText({ queue }: ClusterState): string {
  if (queue.length === 0) return 'nothing';
  const { lines, left } = fitting(
    queue.map(({ task }, place) => `${place + 1}. ${plain(task)}`),
    room.waiting,
  );
  return `${lines.join(', ')}${left === 0 ? '' : ` … and ${left} more`}`;
}

function tables(tasks: readonly Named[], now: number): string[] {
  if (tasks.length === 0) return ['There are no tasks yet: `cairn apply -f tasks.yaml` creates them.', ''];
  const backups = tasks.filter(([, { spec }]) => spec.kind === 'backup');
  const restorations = tasks.filter(([, { spec }]) => spec.kind === 'restoration');
  const isPeriodic = backups.some(([, { spec }]) => periodOf(spec) !== undefined);
  const next = (task: TaskState) => (isPeriodic ? [nextText(task, now)] : []);
  return [
    ...tableOf(
      ['backup task', 'status', 'latest run, UTC', ...(isPeriodic ? ['next run, UTC'] : [])],
      backups.map(([name, task]) => [...row(name, task, now), ...next(task)]),
      '`cairn task list`',
    ),
    ...tableOf(
      ['restoration task', 'status', 'latest run, UTC'],
      restorations.map(([name, task]) => row(name, task, now)),
      '`cairn restoration list`',
    ),
  ];
}

/** Each of the two has half of the room. */
function tableOf(heads: readonly string[], rows: readonly (readonly string[])[], more: string): string[] {
  if (rows.length === 0) return [];
  const { lines, left } = fitting(
    rows.map((cells) => cells.join('\u2003 | ')),
    room.rows / 2,
  );
  return [...table(heads, rows.slice(0, lines.length)), '', ...(left === 0 ? [] : [`… and ${left} more: ${more}`, ''])];
}

function row(name: string, task: TaskState, now: number): string[] {
  const latest = task.runs[0] === undefined ? undefined : parseShortRun(task.runs[0]);
  const bytes = latest?.outcome === 'Successful' ? `, ${unbroken(bytesText(latest.bytes))}` : '';
  return [
    plain(name),
    isBad(task) ? `**${task.status}**` : task.status,
    latest === undefined ? '–' : `${minuteText(latest.label, now)}${bytes}`,
  ];
}

/** As it was when the page was made: a page older than this moment tells of a time that has passed. */
function nextText(task: TaskState, now: number): string {
  if (task.locked !== undefined) return '**locked**';
  const next = nextRunOf(task, now);
  return next === undefined ? 'by hand only' : minuteText(labelAt(next), now);
}

/** `11-26 22:00`; with the year where it is not this one. */
function minuteText(label: Label, now: number): string {
  const text = labelText(label).slice(0, 'yyyy-mm-dd hh:mm'.length);
  const isThisYear = label.slice(0, 4) === labelAt(now).slice(0, 4);
  return unbroken(isThisYear ? text.slice('yyyy-'.length) : text);
}

/** The newest planned time of a task that led to no run, until there is a run that is newer. */
function notRunOf([name, { notRun = [], lastLabel = '' }]: Named): string[] {
  const newest = notRun[0] === undefined ? undefined : parseNotRun(notRun[0]);
  if (newest === undefined || newest.planned < lastLabel) return [];
  const { what, planned, times, reason } = newest;
  const more = times === 1 ? '' : ` and ${times - 1} more`;
  return [`- **${plain(name)}** ${what}: the run planned for ${labelText(planned)}${more}, because ${plain(reason)}`];
}

function reasonOf([name, task]: Named): string[] {
  return isBad(task) && task.reason ? [`- **${plain(name)}** ${task.status}: ${reasonText(task.reason)}`] : [];
}

function isBad({ status }: TaskState): boolean {
  return status === 'Failed' || status === 'Stopped';
}

function alarmText({ id, task, text, raised }: Alarm): string {
  return `- **ALM-${id}**${task === undefined ? '' : ` ${plain(task)}`}, since ${labelText(labelAt(raised))}: ${plain(text)}`;
}

function approvalOf([name, { awaits }]: Named): string[] {
  if (awaits === undefined) return [];
  const { by, until } = awaits;
  const how = `somebody else than ${plain(by)} approves it with \`cairn restoration approve ${name}\``;
  return [`- **${plain(name)}** awaits approval until ${labelText(labelAt(until))}: ${how}`];
}

function listOf(items: readonly string[], bytes: number, more: string): string[] {
  const { lines, left } = fitting(items, bytes);
  return [...lines, ...(left === 0 ? [] : [`- … and ${left} more: ${more}`])];
}

function byOrder([name, task]: Named, [other, that]: Named): number {
  return order.indexOf(task.status) - order.indexOf(that.status) || (name < other ? -1 : 1);
}
