import type { Applied } from '../apply';
import type { FieldChange } from '../field-changes';
import { tableLines } from '../terminal/table';

/** What became of tasks; of a dry run what would, with each field that would change on a line below its task. */
export function appliedLines(applied: readonly Applied[], isDry: boolean): string[] {
  const [head = '', ...rows] = tableLines(
    ['cluster', 'task', ''],
    applied.map((one) => [one.cluster, one.task, didText(one, isDry)]),
  );
  return [head, ...rows.flatMap((row, place) => [row, ...linesBelow(applied[place]!)])];
}

const words: { readonly [did in Applied['did']]: string } = {
  created: 'created',
  changed: 'changed',
  unchanged: 'unchanged',
  deleted: 'deleted; its sets stay',
  kept: 'kept, because a task of the file is refused',
  refused: 'refused',
};

function didText({ did, message }: Applied, isDry: boolean): string {
  const text = message === undefined ? words[did] : `${words[did]}: ${message}`;
  return isDry && did !== 'unchanged' ? `would be ${text}` : text;
}

function linesBelow({ changes = [], releasedBy }: Applied): string[] {
  const release = releasedBy === undefined ? [] : [`snapshots that it keeps in the cluster go: workflow ${releasedBy}`];
  return [...changes.map(changeText), ...release].map((line) => `    ${line}`);
}

function changeText({ path, from, to }: FieldChange): string {
  return `${path}: ${valueText(from)} → ${valueText(to)}`;
}

const longest = 60;

/** Both ends of a long value: paths differ at their end. */
function valueText(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value);
  return text.length <= longest ? text : `${text.slice(0, longest / 2)}…${text.slice(1 - longest / 2)}`;
}
