import { headline } from '../model/notification-texts';
import type { Delivery, NotifyInput } from './notify';
import { cut, plain, table } from './markdown';
import { reasonText } from './run-markdown';

/** What is told, and who has been told. */
export function notifyPage({ notification, channels }: NotifyInput, found: readonly Delivery[]): string {
  const { cluster, timestamp, reason } = notification;
  const rows = channels.map((channel) => {
    const delivery = found.find((one) => one.channel === channel);
    const how = delivery === undefined ? 'is being tried' : delivery.delivered ? 'delivered' : '**not delivered**';
    return [plain(channel), how, delivery === undefined ? '' : plain(cut(delivery.answer, 400))];
  });
  return [
    `Cluster **${plain(cluster)}**: **${plain(headline(notification))}**`,
    `At ${plain(readable(timestamp))}${reason === undefined ? '' : `: ${reasonText(reason)}`}`,
    table(['channel', 'delivery', 'answer'], rows).join('\n'),
    'Why a try failed, and when the next one is, stands under *Pending Activities*. *Terminate* gives it up.',
  ].join('\n\n');
}

/** `2026-11-22T17:15:00.000Z` as on all pages. */
function readable(timestamp: string): string {
  return timestamp.replace(/^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(\.\d+)?Z$/, '$1 $2 UTC');
}
