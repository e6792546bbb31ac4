import { type ClusterState, parseShortRun, type TaskState } from '../model/cluster-state';
import { bytesText, durationText, labelText } from '../model/text';

/** Details have at most 20,000 bytes in the Temporal UI; so many tasks fit surely. */
const shownTasks = 100;

/** The page of a cluster as Markdown: what runs, what waits, what stands. */
export function clusterPage(state: ClusterState): string {
  const tasks = Object.entries(state.tasks);
  return [
    `**Cluster ${state.cluster.id}** · product version ${state.cluster.version} · hosts ${state.cluster.hosts.join(', ')}`,
    '',
    `Running: ${runningText(state)} · waiting: ${state.queue.map((one) => one.task).join(', ') || 'nothing'}`,
    ...state.alarms.map((alarm) => `\n**ALM-${alarm.id}** ${alarm.text}`),
    '',
    '| task | kind | status | latest run | |',
    '| --- | --- | --- | --- | --- |',
    ...tasks.slice(0, shownTasks).map(([name, task]) => row(name, task)),
    ...(tasks.length > shownTasks ? [`\n… and ${tasks.length - shownTasks} more: \`cairn task list\``] : []),
  ].join('\n');
}

function runningText({ running }: ClusterState): string {
  if (running === undefined) return 'nothing';
  if (running.found === true) return 'a run that was found going on';
  return `${running.task} (${running.kind}, ${running.label})`;
}

function row(name: string, task: TaskState): string {
  const latest = task.runs[0] === undefined ? undefined : parseShortRun(task.runs[0]);
  const text =
    latest && `${labelText(latest.label)}, ${durationText(latest.seconds * 1000)}, ${bytesText(latest.bytes)}`;
  const reason = task.status === 'Failed' || task.status === 'Stopped' ? oneLine(task.reason ?? '') : '';
  return `| ${name} | ${task.spec.kind} | ${task.status} | ${text ?? ''} | ${reason} |`;
}

function oneLine(text: string): string {
  return text.replaceAll('|', '/').replace(/\s+/g, ' ').slice(0, 80);
}
