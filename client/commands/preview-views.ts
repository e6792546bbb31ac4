import { labelAt } from '../../model/label';
import type { Preview } from '../../model/preview';
import type { DayAhead, RunAhead, TaskAhead } from '../../model/preview-book';
import type { SetsAhead } from '../../model/sets-ahead';
import { bytesText, durationText, labelText } from '../../model/text';
import { tableLines } from '../terminal/table';

/** Lines for people: the next runs, the days, the tasks at the end, and what to look at. */
export function previewLines(preview: Preview): string[] {
  const { tasks, days, warnings } = preview;
  return [
    ...nextLines(preview),
    '',
    ...dayLines(days),
    ...(tasks.length === 0 ? [] : ['', ...taskLines(preview)]),
    ...(warnings.length === 0 ? [] : ['', ...warnings.map((text) => `warning: ${text}`)]),
  ];
}

/** The others are told with `--json`. */
const shownRuns = 20;

function nextLines({ next }: Preview): string[] {
  if (next.length === 0) return ['no runs to come: no task starts by itself in that time, and none waits'];
  const row = (run: RunAhead) => [
    timeText(run.planned),
    run.task,
    timeText(run.starts),
    secondsText(run.waitsSeconds),
    run.what === 'postponed' ? '' : lengthText(run),
    noteOf(run),
  ];
  return tableLines(['planned', 'task', 'starts', 'waits', 'takes', ''], next.slice(0, shownRuns).map(row));
}

function noteOf({ what, starts, reason }: RunAhead): string {
  if (what === 'goesOn') return 'goes on';
  if (what === 'postponed') return `postponed: ${reason ?? ''}`;
  if (starts === undefined) return 'still waits at the end';
  return what === 'waits' ? 'waits already' : '';
}

function dayLines(days: readonly DayAhead[]): string[] {
  const row = ({ day, runs, postponed, longestWaitSeconds, sets }: DayAhead) => [
    day,
    runs,
    postponed,
    secondsText(longestWaitSeconds),
    spaceText(sets),
    pointsText(sets),
  ];
  return tableLines(['day', 'runs', 'postponed', 'longest wait', 'space', 'recovery points'], days.map(row));
}

/** For each kind of target, or kinds where a task has several. */
function spaceText(sets: readonly SetsAhead[]): string {
  const kinds = [...new Set(sets.map(kindsText))].sort();
  const bytesOf = (kind: string) =>
    sets.filter((one) => kindsText(one) === kind).reduce((sum, { bytes }) => sum + bytes, 0);
  return kinds.map((kind) => `${kind} ${bytesText(bytesOf(kind))}`).join(', ');
}

function kindsText({ targets }: SetsAhead): string {
  return targets.join(' + ');
}

function pointsText(sets: readonly SetsAhead[]): string {
  const points = sets.reduce((sum, one) => sum + one.points, 0);
  const oldest = sets.flatMap((one) => one.oldest ?? []).sort()[0];
  return oldest === undefined ? '0' : `${points}, oldest ${labelText(oldest)}`;
}

function taskLines({ tasks, days }: Preview): string[] {
  const { sets } = days.at(-1)!;
  const row = (task: TaskAhead) => {
    const own = sets.find((one) => one.task === task.task)!;
    const { runs, postponed, longestWaitSeconds } = task;
    const [oldest, newest] = [own.oldest, own.newest].map((label) => label && labelText(label));
    const space = task.estimated === 'none' && own.points > 0 ? 'not known' : spaceText([own]);
    return [task.task, runs, postponed, secondsText(longestWaitSeconds), space, own.points, oldest, newest];
  };
  const head = ['task', 'runs', 'postponed', 'longest wait', 'space then', 'recovery points then', 'oldest', 'newest'];
  return tableLines(head, tasks.map(row));
}

function timeText(moment: number | undefined): string {
  return moment === undefined ? '' : labelText(labelAt(moment));
}

function lengthText({ seconds, estimated }: RunAhead): string {
  if (seconds === undefined) return 'not known';
  return `${durationText(seconds * 1000)}${estimated === true ? ' (estimated)' : ''}`;
}

/** Nothing where there is none to speak of. */
function secondsText(seconds: number | undefined): string {
  return seconds === undefined || seconds === 0 ? '' : durationText(seconds * 1000);
}
