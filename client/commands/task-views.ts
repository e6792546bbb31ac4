import { bytesText, durationText, labelText } from '../../model/text';
import type { HistoryEntry } from '../history';
import type { TargetSpec, TaskSource } from '../../model/task';
import { whatIsReplaced } from '../replaced';
import type { TaskView } from '../tasks';
import { factLines, tableLines } from '../terminal/table';

/** Lines for people, the same for backup and restoration tasks. */
export function taskListLines(tasks: readonly TaskView[]): string[] {
  if (tasks.length === 0) return ['no tasks'];
  const row = (task: TaskView) => [task.name, statusText(task), task.sources.join(', '), latestText(task), task.reason];
  return tableLines(['task', 'status', 'sources', 'latest run', ''], tasks.map(row));
}

export function taskLines(task: TaskView): string[] {
  const facts = {
    [task.kind]: task.name,
    cluster: task.cluster,
    status: statusText(task),
    reason: task.reason,
    created: labelText(task.creation),
  };
  return [...factLines(facts), '', ...specLines(task), '', ...historyLines(task.runs)];
}

export function historyLines(runs: readonly HistoryEntry[]): string[] {
  if (runs.length === 0) return ['it has not run yet'];
  const row = (run: HistoryEntry) => [
    run.label,
    labelText(run.label),
    durationText(run.seconds * 1000),
    run.outcome,
    run.trigger,
    run.bytes === undefined ? '' : bytesText(run.bytes),
  ];
  return tableLines(['label', 'started', 'took', 'outcome', 'trigger', 'bytes'], runs.map(row));
}

function statusText({ status, before }: TaskView): string {
  return before === undefined ? status : `${status} (${before} before it)`;
}

function latestText({ runs: [latest] }: TaskView): string {
  return latest === undefined ? '' : `${labelText(latest.label)}, ${durationText(latest.seconds * 1000)}`;
}

function specLines({ spec }: TaskView): string[] {
  if (spec.kind === 'restoration')
    return [
      ...tableLines(
        ['source', 'part', 'set'],
        spec.sets.map((set) => [set.source, set.part, set.name]),
      ),
      '',
      'it replaces:',
      ...whatIsReplaced(spec).map((line) => `  ${line}`),
    ];
  const row = ({ source, entry, target, copies }: (typeof spec.sources)[number]) => [
    source,
    partsText(entry),
    targetText(target),
    copies,
  ];
  return tableLines(['source', 'parts', 'target', 'copies'], spec.sources.map(row));
}

/** Where it is, as far as it has more than one place. */
function targetText(target: TargetSpec): string {
  return target.kind === 'localDir' ? target.kind : `${target.kind} ${target.nameService}:${target.path}`;
}

function partsText(entry: TaskSource['entry']): string {
  return entry.source === 'hdfs' ? entry.paths.join(', ') : (entry.nameServices?.join(', ') ?? 'all');
}
