import type { Notification, NotifiedPart, NotifiedRun } from './notification';
import { bytesText, durationText, harmless, labelText } from './text';

/** A mail's subject and text, made of a notification. */
export interface Mail {
  readonly subject: string;
  readonly text: string;
}

/** Both hold nothing that a terminal or a mail program could take for more than text; the subject is one line. */
export function mailOf(notification: Notification): Mail {
  return {
    subject: harmless(`[cairn] cluster ${notification.cluster}: ${headline(notification)}`).slice(0, 200),
    text: `${linesOf(notification)
      .map((line) => harmless(line))
      .join('\n')}\n`,
  };
}

/** What happened, in a few words: `daily failed`. */
export function headline({ type, task = '', run, planned, alarm }: Notification): string {
  // An alarm of the whole cluster has no task.
  const ofTask = task === '' ? '' : ` of ${task}`;
  const times = planned !== undefined && planned.times > 1 ? ` (${planned.times} times)` : '';
  switch (type) {
    case 'run.started':
    case 'run.successful':
    case 'run.failed':
    case 'run.stopped': {
      const what = {
        'run.started': 'started',
        'run.successful': 'was successful',
        'run.failed': 'failed',
        'run.stopped': 'was stopped',
      };
      return `${run?.kind === 'restoration' ? 'restoration ' : ''}${task} ${what[type]}`;
    }
    case 'run.postponed':
      return `a planned run of ${task} is postponed`;
    case 'run.missed':
      return `a planned run of ${task} was missed${times}`;
    case 'alarm.raised':
      return `ALM-${alarm?.id}${ofTask} is raised`;
    case 'alarm.cleared':
      return `ALM-${alarm?.id}${ofTask} is cleared`;
    case 'notification.test':
      return 'this is a test';
  }
}

function linesOf(notification: Notification): string[] {
  const { id, cluster, timestamp, task, run, planned, alarm, reason } = notification;
  const [what = '', hint] = (reason ?? '').replace(/\s+/g, ' ').split(' HINT: ', 2);
  return [
    headline(notification),
    '',
    ...(what === '' ? [] : [`Why:     ${what}`]),
    ...(hint === undefined ? [] : [`To do:   ${hint}`]),
    `Cluster: ${cluster}`,
    ...(task === undefined ? [] : [`Task:    ${task}`]),
    ...(run === undefined ? [] : runLines(run)),
    ...(planned === undefined ? [] : [`Planned: ${readable(planned.first)}`]),
    ...(alarm === undefined ? [] : [`Alarm:   ALM-${alarm.id} ${alarm.title}, since ${readable(alarm.raised)}`]),
    `When:    ${readable(timestamp)}`,
    '',
    ...(run?.parts ?? []).flatMap(partLines),
    ...(run?.more === undefined ? [] : [`… and ${run.more} more`]),
    '',
    `-- `,
    `cairn, notification ${id}`,
  ];
}

function runLines({ kind, label, trigger, begin, end, bytes }: NotifiedRun): string[] {
  const lasted = end === undefined ? '' : `, ${durationText(Date.parse(end) - Date.parse(begin))}`;
  const size = bytes === undefined || bytes === 0 ? '' : `, ${bytesText(bytes)}`;
  return [`Run:     ${kind} ${label} (${labelText(label)}), ${trigger}${lasted}${size}`];
}

function partLines({ source, part, outcome, set, bytes, reason }: NotifiedPart): string[] {
  const size = outcome === 'Successful' ? `, ${bytesText(bytes)}` : '';
  return [
    `${`${source} ${part}`.trim()}: ${outcome}${size}`,
    ...(set === undefined ? [] : [`  ${set}`]),
    ...(reason === undefined ? [] : [`  ${reason.replace(/\s+/g, ' ')}`]),
  ];
}

/** `2026-11-22 17:15:00 UTC`. */
function readable(time: string): string {
  return `${time.slice(0, 19).replace('T', ' ')} UTC`;
}
