import type { Channel } from '../model/channel';
import type { WorkerConfig } from '../model/config';
import { BackupError } from '../model/errors';
import type { ChannelConfig } from '../model/notification-schema';
import { openMail } from '../servers/mail';
import { openWebhook } from '../servers/webhook';

/** The channels of a worker's configuration, by name. */
export function openChannels({
  notifications = {},
}: Pick<WorkerConfig, 'notifications'>): ReadonlyMap<string, Channel> {
  return new Map(Object.entries(notifications).map(([name, config]) => [name, openChannel(name, config)]));
}

function openChannel(name: string, { webhook, email }: ChannelConfig): Channel {
  return webhook === undefined ? openMail(name, email!) : openWebhook(name, webhook);
}

/** Throws at a worker's start what would else be found when something is to be told: a missing secret, an unknown cluster. */
export async function checkChannels({ notifications = {}, clusters }: WorkerConfig): Promise<void> {
  for (const [name, { clusters: wanted = [] }] of Object.entries(notifications)) {
    const unknown = wanted.find((id) => clusters.every((one) => one.id !== id));
    if (unknown !== undefined)
      throw new BackupError('invalid', `notifications.${name}.clusters: there is no cluster ${unknown} in cairn.yaml`);
  }
  for (const channel of openChannels({ notifications }).values()) await channel.check();
}
