import { createHmac } from 'node:crypto';
import * as https from 'node:https';
import type { Channel, DeliveryTrouble } from '../model/channel';
import { BackupError, messageOf } from '../model/errors';
import type { Notification } from '../model/notification';
import { type WebhookConfig, webhookBody, webhookUrl } from '../model/notification-schema';
import type { SecretRef } from '../model/secret';
import { harmless } from '../model/text';
import { authority } from './authority';
import { codeOf, kindOfStatus } from './http';
import { readSecret } from './secrets';
import { type Incoming, sendOnce } from './transport';

/** Until the answer begins; what Standard Webhooks asks of those who send. */
const answersWithinMs = 15_000;

/**
 * Posts notifications, signed as Standard Webhooks 1.0.0 says. Redirects are not followed and no proxy is asked. Only a
 * status from 200 to 299 is a delivery. Of the address messages tell the origin: its path may be a secret.
 */
export function openWebhook(name: string, config: WebhookConfig): Channel {
  const what = `notifications.${name}.webhook`;
  const open = async () => ({
    url: await urlOf(config, what),
    keys: await Promise.all(
      [config.secret, ...(config.oldSecret ? [config.oldSecret] : [])].map((ref) => keyOf(ref, `${what}.secret`)),
    ),
    ca: config.ca === undefined ? undefined : await authority(config.ca, what),
  });
  return {
    check: async () => void (await open()),
    async deliver(notification, signal) {
      const { url, keys, ca } = await open();
      const place = `webhook ${name} at ${url.origin}`;
      const body = Buffer.from(webhookBody(notification));
      const headers = headersOf(notification, body, keys, Math.floor(Date.now() / 1000));
      const answer = await post(url, headers, body, ca, signal, place);
      return judged(answer, place);
    },
  };
}

async function urlOf({ url }: WebhookConfig, what: string): Promise<URL> {
  const text = typeof url === 'string' ? url : await readSecret(url, `${what}.url`);
  if (webhookUrl().safeParse(text).success) return new URL(text);
  throw new BackupError('invalid', `${what}.url: what its secret holds is no URL of a webhook`, {
    hint: 'http or https, without user, password and fragment',
  });
}

async function keyOf(ref: SecretRef, what: string): Promise<Buffer> {
  const [, text] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(await readSecret(ref, what)) ?? [];
  const key = Buffer.from(text ?? '', 'base64');
  if (key.length >= 24 && key.length <= 64) return key;
  throw new BackupError('invalid', `${what}: it is not "whsec_" with 24 to 64 bytes in base64 behind it`, {
    hint: 'make one: echo "whsec_$(openssl rand -base64 32)"',
  });
}

function headersOf({ id }: Notification, body: Buffer, keys: readonly Buffer[], seconds: number) {
  const signatures = keys.map(
    (key) => `v1,${createHmac('sha256', key).update(`${id}.${seconds}.`).update(body).digest('base64')}`,
  );
  return {
    'content-type': 'application/json',
    'content-length': String(body.length),
    'user-agent': 'cairn',
    'webhook-id': id,
    'webhook-timestamp': String(seconds),
    'webhook-signature': signatures.join(' '),
  };
}

async function post(
  url: URL,
  headers: Readonly<Record<string, string>>,
  body: Buffer,
  ca: string | undefined,
  outer: AbortSignal,
  place: string,
): Promise<Incoming> {
  const patience = AbortSignal.timeout(answersWithinMs);
  const signal = AbortSignal.any([outer, patience]);
  const agents = ca === undefined ? {} : { 'https:': new https.Agent({ ca }) };
  try {
    const answer = await sendOnce(url, { method: 'POST', headers, body: piecesOf(body), signal }, agents);
    // What it says is nobody's business; it is read so that the connection ends in peace, at most as long as the patience.
    answer.on('error', () => undefined).resume();
    return answer;
  } catch (cause) {
    if (outer.aborted) throw new BackupError('cancelled', `stopped while waiting for ${place}`);
    const why = patience.aborted ? `within ${answersWithinMs / 1000} s` : `(${codeOf(cause) ?? messageOf(cause)})`;
    throw new BackupError('unavailable', `no answer from ${place} ${why}`);
  }
}

async function* piecesOf(body: Buffer): AsyncIterable<Uint8Array> {
  yield body;
}

function judged({ statusCode = 0, statusMessage = '', headers }: Incoming, place: string): string {
  const said = harmless(`${statusCode} ${statusMessage}`).slice(0, 100).trim();
  if (statusCode >= 200 && statusCode < 300) return said;
  const trouble: DeliveryTrouble = {
    ...(statusCode === 410 && { isGone: true }),
    ...afterIn(headers['retry-after']),
  };
  const hint = hintOf(statusCode);
  throw new BackupError(kindOfStatus(statusCode), `${place} answered ${said}`, { ...trouble, ...(hint && { hint }) });
}

function hintOf(status: number): string | undefined {
  if (status >= 300 && status < 400) return 'redirects are not followed: configure the address that it leads to';
  if (status === 401 || status === 403) return 'its secret here and there must be the same';
  if (status === 410) return 'the receiver wants no more: take the channel out of cairn.yaml';
  return undefined;
}

/** Seconds, or a date. */
function afterIn(header: string | undefined): DeliveryTrouble {
  if (header === undefined) return {};
  const ms = /^\d{1,9}$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return ms > 0 ? { afterMs: ms } : {};
}
