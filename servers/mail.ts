import { createTransport } from 'nodemailer';
import type { Channel } from '../model/channel';
import { BackupError, type ErrorKind, messageOf } from '../model/errors';
import type { Notification } from '../model/notification';
import type { EmailConfig } from '../model/notification-schema';
import { mailOf } from '../model/notification-texts';
import { harmless } from '../model/text';
import { authority } from './authority';
import { readSecret } from './secrets';

/** For one mail: to connect, to be greeted, and for each answer. */
const waits = {
  connectionTimeout: 10_000,
  greetingTimeout: 10_000,
  socketTimeout: 15_000,
  dnsTimeout: 10_000,
} as const;
const wholeMs = 30_000;

/** Sends notifications as plain text by SMTP. A mail that some of several recipients get counts as delivered. */
export function openMail(name: string, { smtp, from, to }: EmailConfig): Channel {
  const what = `notifications.${name}.email.smtp`;
  const open = async () => ({
    password: smtp.password && (await readSecret(smtp.password, `${what}.password`)),
    ca: smtp.ca === undefined ? undefined : await authority(smtp.ca, what),
  });
  const place = `mail server ${smtp.host}:${smtp.port} of ${name}`;
  return {
    check: async () => void (await open()),
    async deliver(notification, outer) {
      const { password, ca } = await open();
      const patience = AbortSignal.timeout(wholeMs);
      const transport = createTransport({
        host: smtp.host,
        port: smtp.port,
        secure: smtp.tls === 'implicit',
        requireTLS: smtp.tls === 'starttls',
        ignoreTLS: smtp.tls === 'none',
        tls: { minVersion: 'TLSv1.2', ...(ca !== undefined && { ca }) },
        ...(password !== undefined && { auth: { user: smtp.user!, pass: password } }),
        ...waits,
        // Nothing of a mail is ever read from a file or an address.
        disableFileAccess: true,
        disableUrlAccess: true,
      });
      const signal = AbortSignal.any([outer, patience]);
      try {
        const { response, rejected } = await transport.sendMail({ ...letterOf(notification, from, to), signal });
        return answerText(response, rejected, password);
      } catch (cause) {
        if (outer.aborted) throw new BackupError('cancelled', `stopped while waiting for ${place}`);
        if (patience.aborted) throw new BackupError('unavailable', `no end with ${place} within ${wholeMs / 1000} s`);
        throw refusalOf(cause, place, password);
      } finally {
        transport.close();
      }
    },
  };
}

function letterOf(notification: Notification, from: string, to: readonly string[]) {
  return {
    ...mailOf(notification),
    from,
    to: [...to],
    // The same for the same notification, so that mail programs tell doubles.
    messageId: `<${notification.id.replace(/[^A-Za-z0-9_-]+/g, '.').slice(0, 200)}@${from.split('@')[1]}>`,
    headers: { 'auto-submitted': 'auto-generated' },
  };
}

function answerText(response: string, rejected: readonly unknown[], password: string | undefined): string {
  const said = shown(response, password);
  return rejected.length === 0 ? said : `${said}; refused for ${shown(rejected.map(String).join(', '), password)}`;
}

function refusalOf(cause: unknown, place: string, password: string | undefined): BackupError {
  const { code } = cause as { code?: string };
  const what = `${place}: ${shown(messageOf(cause), password)}`;
  const hint = hints[code ?? ''];
  return new BackupError(kinds[code ?? ''] ?? 'unavailable', what, hint === undefined ? {} : { hint });
}

const kinds: { readonly [code: string]: ErrorKind } = { EAUTH: 'denied', EENVELOPE: 'denied', EMESSAGE: 'denied' };
const hints: { readonly [code: string]: string } = {
  EAUTH: 'user and password must be those of the mail server',
  ETLS: 'tls says how the server is spoken to, ca whose certificates are believed',
  EENVELOPE: 'the server must take mail from `from` for `to`',
};

/** What a server says, without what it was told: some repeat it. */
function shown(text: string, password: string | undefined): string {
  const hidden = password === undefined ? [] : [password, Buffer.from(password).toString('base64')];
  const clean = hidden.reduce((so, secret) => so.replaceAll(secret, '…'), text);
  return harmless(clean.replace(/\s+/g, ' ')).slice(0, 300);
}
