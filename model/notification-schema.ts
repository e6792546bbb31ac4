import { z } from 'zod';
import { alarmIds } from './alarms';
import { clusterIdPattern, hostPattern } from './names';
import { type Notification, notificationTypes } from './notification';
import { outcomes } from './run';
import { secretSchema } from './secret-schema';

/** Who is told what happens: channels by name, in a worker's `cairn.yaml`. */
const path = z.string().regex(/^\/[^\0]*$/, 'an absolute path');
const address = z
  .string()
  .max(254)
  .regex(
    /^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/,
    'an e-mail address without a name',
  );

const ca = path.optional().describe('certificates (PEM) of the authority that is believed; the usual ones when absent');

const webhookSchema = z.strictObject({
  url: z
    .union([webhookUrl(), secretSchema])
    .describe('where it is posted to; from a secret, where the address itself is one'),
  secret: secretSchema.describe('what it is signed with: `whsec_` and 24 to 64 bytes in base64'),
  oldSecret: secretSchema.optional().describe('signs as well, while the secret is exchanged'),
  ca,
});
export type WebhookConfig = z.infer<typeof webhookSchema>;

const smtpSchema = z
  .strictObject({
    host: z.string().regex(hostPattern, 'a host name').describe('the mail server'),
    port: z.int().min(1).max(65_535).default(587),
    tls: z
      .enum(['starttls', 'implicit', 'none'])
      .default('starttls')
      .describe('starttls: the connection must become encrypted; implicit: it is from the start (port 465); none'),
    ca,
    user: z
      .string()
      .min(1)
      .max(254)
      .regex(/^[^\x00-\x1f\x7f]*$/, 'a user name')
      .optional(),
    password: secretSchema.optional(),
  })
  .refine(({ user, password }) => (user === undefined) === (password === undefined), '`user` and `password` together')
  .refine(({ tls, password }) => tls !== 'none' || password === undefined, 'no password without TLS');

const emailSchema = z.strictObject({
  smtp: smtpSchema,
  from: address.describe('who writes'),
  to: z.array(address).min(1).max(20).describe('who is written to'),
});
export type EmailConfig = z.infer<typeof emailSchema>;

const channelSchema = z
  .strictObject({
    webhook: webhookSchema.optional().describe('a POST, signed as Standard Webhooks says'),
    email: emailSchema.optional(),
    events: z
      .array(z.enum(notificationTypes))
      .min(1)
      .max(notificationTypes.length)
      .optional()
      .describe(`all when absent: ${notificationTypes.join(', ')}`),
    clusters: z
      .array(z.string().regex(clusterIdPattern, 'the id of a cluster'))
      .min(1)
      .max(50)
      .optional()
      .describe('of which clusters; of all that stand here when absent'),
  })
  .refine(({ webhook, email }) => (webhook === undefined) !== (email === undefined), 'either `webhook` or `email`');
export type ChannelConfig = z.infer<typeof channelSchema>;

/** Each has a queue of its own. */
const mostChannels = 10;

export const notificationsSchema = z
  .record(z.string().regex(/^[a-z0-9][a-z0-9-]{0,31}$/, 'small letters, digits and "-", at most 32'), channelSchema)
  .refine((channels) => Object.keys(channels).length <= mostChannels, `at most ${mostChannels} channels`);
export type NotificationsConfig = z.infer<typeof notificationsSchema>;

export function webhookUrl() {
  return z
    .url({ protocol: /^https?$/ })
    .max(2000)
    .refine((url) => !url.includes('@') && !url.includes('#'), 'a URL without user, password and fragment');
}

const time = z.iso.datetime().describe('UTC');
const text = z.string();

/** What a webhook receives, as JSON. */
export const webhookBodySchema = z.strictObject({
  type: z.enum([...notificationTypes, 'notification.test']),
  timestamp: time.describe('when it happened, in UTC; `webhook-timestamp` tells when it was sent'),
  data: z.strictObject({
    id: text.describe('the same as in `webhook-id`: who has seen it before may drop it'),
    cluster: text,
    task: text.optional(),
    run: z
      .strictObject({
        kind: z.enum(['backup', 'restoration']),
        label: text.describe('yyyyMMddHHmmss; the same for all sets of a run'),
        trigger: z.enum(['manual', 'schedule']),
        begin: time,
        end: time.optional(),
        bytes: z.int().nonnegative().optional(),
        parts: z
          .array(
            z.strictObject({
              source: text,
              part: text,
              outcome: z.enum(outcomes),
              set: text.optional().describe("the set's name on its target"),
              bytes: z.int().nonnegative(),
              files: z.int().nonnegative(),
              reason: text.optional(),
              errorKind: text.optional(),
            }),
          )
          .optional()
          .describe('what became of each set; of a run that has ended'),
        more: z.int().positive().optional().describe('so many further parts are not told of'),
      })
      .optional()
      .describe('of `run.started`, `run.successful`, `run.failed` and `run.stopped`'),
    planned: z
      .strictObject({ first: time, times: z.int().positive().describe('so many planned times in a row') })
      .optional()
      .describe('of `run.postponed` and `run.missed`'),
    alarm: z
      .strictObject({ id: z.enum(alarmIds), title: text, raised: time })
      .optional()
      .describe('of `alarm.raised` and `alarm.cleared`'),
    reason: text.optional().describe('why, in words'),
  }),
});
export type WebhookBody = z.infer<typeof webhookBodySchema>;

/** A notification as a webhook receives it. */
export function webhookBody({ type, timestamp, ...data }: Notification): string {
  return JSON.stringify({ type, timestamp, data });
}
