import type { Answer, Order } from '../model/command';
import { labelAt } from '../model/label';
import { labelText } from '../model/text';
import { taskIn } from './labels';
import { code, cut, plain } from './markdown';
import { reasonText } from './run-markdown';

/** What was asked of a cluster, and what it answered. */
export function requestPage(
  { cluster, key, order }: { readonly cluster: string; readonly key: string; readonly order: Order },
  answer?: Answer,
): string {
  return [
    `Asked of cluster **${plain(cluster)}**${whoAsked(order)}: **${words[order.do]}** ${plain(subjectOf(order))}`,
    answer === undefined ? 'Not answered yet.' : answerText(answer),
    `Key ${code(cut(key, 200))}: whoever asks the same with this key again gets this answer.`,
  ].join('\n\n');
}

const words: { readonly [what in Order['do']]: string } = {
  putTask: 'create or change task',
  deleteTask: 'delete task',
  start: 'start task',
  stop: 'stop task',
  approve: 'approve restoration',
  reject: 'reject restoration',
  trigger: 'start, because it is planned, task',
  lock: 'lock task',
  unlock: 'unlock task',
  hold: 'leave alone while they are read',
  release: 'no longer leave alone',
  pause: 'start nothing, for',
  resume: 'go on, after',
  removeCluster: 'remove it, with all its tasks',
  prune: 'may be removed?',
  mirrored: 'note how equal a standby host is:',
};

function whoAsked(order: Order): string {
  return 'by' in order && typeof order.by === 'string' ? ` by **${plain(cut(order.by, 100))}**` : '';
}

function subjectOf(order: Order): string {
  const task = taskIn(order);
  if (task !== undefined) return task;
  return cut(
    'sets' in order
      ? order.sets.join(', ')
      : 'hold' in order
        ? order.hold
        : 'owner' in order
          ? order.owner
          : 'report' in order
            ? order.report.host
            : '',
    2000,
  );
}

function answerText(answer: Answer): string {
  if (!answer.accepted) return `**Refused** (${answer.refusal}): ${reasonText(answer.message)}`;
  const { did, position, until } = answer;
  const place = position ? `, ${position} before it in the queue` : '';
  const end = until === undefined ? '' : ` until ${labelText(labelAt(until))}`;
  return `**Accepted**: ${plain(did)}${place}${end}`;
}
