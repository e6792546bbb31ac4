import type { SMTPServerOptions } from 'smtp-server';
import type { Notification } from '../../model/notification';
import { type EmailConfig, notificationsSchema } from '../../model/notification-schema';
import { openMail } from '../../servers/mail';
import { type MailServer, startMailServer } from '../kit/mail-server';
import { testTls } from '../kit/test-tls';

const password = 'canary-password';
const notification: Notification = {
  id: '1:daily:20261126100000:failed',
  type: 'run.failed',
  timestamp: '2026-11-26T10:01:00.000Z',
  cluster: '1',
  task: 'daily',
  run: {
    kind: 'backup',
    label: '20261126100000',
    trigger: 'schedule',
    begin: '2026-11-26T10:00:00.000Z',
    end: '2026-11-26T10:01:00.000Z',
    bytes: 0,
    parts: [{ source: 'nameNode', part: 'hacluster', outcome: 'Failed', bytes: 0, files: 0, reason: 'no space' }],
  },
  reason: 'nameNode hacluster: no space HINT: make room',
};

let server: MailServer;
afterEach(() => server?.close());

async function serve(options: Partial<SMTPServerOptions> = {}): Promise<void> {
  server = await startMailServer(password, options);
}

function open(smtp: Partial<EmailConfig['smtp']> = {}, to = ['ops@example.com']) {
  process.env['MAIL_PASSWORD'] = password;
  const common = { host: 'localhost', port: server.port, tls: 'starttls', ca: testTls.ca } as const;
  const account = { user: 'cairn', password: { env: 'MAIL_PASSWORD' } };
  return openMail('mail', { smtp: { ...common, ...account, ...smtp }, from: 'cairn@example.com', to });
}

const never = new AbortController().signal;

/** What a delivery fails with. */
async function failureOf(channel: ReturnType<typeof open>, told = notification): Promise<Error & { kind?: string }> {
  const error: unknown = await channel.deliver(told, never).then(
    () => undefined,
    (caught: unknown) => caught,
  );
  expect(error).toBeInstanceOf(Error);
  expect((error as Error).message).not.toContain(password);
  expect((error as Error).message).not.toContain(Buffer.from(password).toString('base64'));
  return error as Error;
}

it('sends a plain text, encrypted by STARTTLS, as who it is', async () => {
  await serve();
  expect(await open({}, ['ops@example.com', 'boss@example.com']).deliver(notification, never)).toMatch(/^250 /);
  const [mail] = server.mails;
  expect(mail).toMatchObject({
    from: 'cairn@example.com',
    to: ['ops@example.com', 'boss@example.com'],
    secure: true,
    user: 'cairn',
  });
  const [head = '', ...body] = mail!.text.split('\r\n\r\n');
  expect(head.split('\r\n')).toEqual(
    expect.arrayContaining([
      'Subject: [cairn] cluster 1: daily failed',
      'Message-ID: <1.daily.20261126100000.failed@example.com>',
      'Auto-Submitted: auto-generated',
    ]),
  );
  expect(head).toContain('Content-Type: text/plain');
  expect(body.join('\r\n\r\n')).toContain('Why:     nameNode hacluster: no space\r\nTo do:   make room');
});

it('and over a connection that is encrypted from the start', async () => {
  await serve({ secure: true });
  await open({ tls: 'implicit' }).deliver(notification, never);
  expect(server.mails).toMatchObject([{ secure: true }]);
});

it('and without any of it, where the configuration says so', async () => {
  await serve({ authOptional: true, hideSTARTTLS: true });
  await open({ tls: 'none', password: undefined, user: undefined }).deliver(notification, never);
  expect(server.mails).toMatchObject([{ secure: false }]);
});

it('the same notification has the same Message-ID each time', async () => {
  await serve();
  for (let time = 0; time < 2; time += 1) await open().deliver(notification, never);
  const ids = server.mails.map(({ text }) => /^Message-ID: (.*)$/m.exec(text)![1]);
  expect(new Set(ids).size).toBe(1);
});

describe('no delivery is', () => {
  it('a wrong password, which nobody is told, although the server repeats it', async () => {
    await serve();
    process.env['OTHER_PASSWORD'] = 'canary-other';
    const error = await failureOf(open({ password: { env: 'OTHER_PASSWORD' } }));
    expect(error).toMatchObject({ kind: 'denied', message: expect.stringContaining('535') as string });
    expect(error.message).not.toContain('canary-other');
    expect(server.mails).toEqual([]);
  });

  it('a server that offers no encryption: neither password nor text is sent', async () => {
    await serve({ hideSTARTTLS: true, disabledCommands: ['STARTTLS'] });
    expect(await failureOf(open())).toMatchObject({ kind: 'unavailable' });
    expect(server.mails).toEqual([]);
  });

  it('an authority that nobody named', async () => {
    await serve();
    expect((await failureOf(open({ ca: undefined }))).message).toMatch(/self-signed|certificate|issuer/i);
  });

  it('a server that takes no mail for anybody', async () => {
    await serve({
      onRcptTo: (_, _session, done) => done(Object.assign(new Error('no such user'), { responseCode: 550 })),
    });
    expect(await failureOf(open())).toMatchObject({ kind: 'denied' });
  });

  it('a server that is away; once it is back, it is', async () => {
    await serve();
    const { port } = server;
    const channel = open();
    await server.close();
    expect(await failureOf(channel)).toMatchObject({ kind: 'unavailable' });
    server = await startMailServer(password, { port });
    await channel.deliver(notification, never);
    expect(server.mails).toHaveLength(1);
  });

  it('one that is stopped', async () => {
    await serve({ onMailFrom: () => undefined });
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 300);
    await expect(open().deliver(notification, stop.signal)).rejects.toMatchObject({ kind: 'cancelled' });
  });
});

it('a mail that some get is delivered, and tells who did not', async () => {
  await serve({
    onRcptTo: ({ address }, _session, done) => done(address.startsWith('nobody') ? new Error('no such user') : null),
  });
  const answer = await open({}, ['nobody@example.com', 'ops@example.com']).deliver(notification, never);
  expect(answer).toMatch(/^250 .*; refused for nobody@example.com$/);
});

it('whoever makes up a notification adds no header and no recipient', async () => {
  await serve();
  const evil = 'x\r\nBcc: victim@example.com\r\n\r\n.\r\nMAIL FROM:<a@b>\u202e';
  await open().deliver({ ...notification, id: evil, cluster: evil, task: evil, reason: evil }, never);
  const [{ text, to }] = server.mails as [(typeof server.mails)[number]];
  expect(to).toEqual(['ops@example.com']);
  const head = text.split('\r\n\r\n', 1)[0]!;
  expect(head).not.toMatch(/^bcc/im);
  expect(head).not.toContain('\u202e');
  expect(server.mails).toHaveLength(1);
});

describe('its check tells', () => {
  it('a password or an authority that is not there', async () => {
    await serve();
    await expect(open({ password: { env: 'NOT_SET' } }).check()).rejects.toMatchObject({
      kind: 'missing',
      message: "notifications.mail.email.smtp.password: NOT_SET is not set HINT: set it in the worker's environment",
    });
    await expect(open({ ca: '/nowhere' }).check()).rejects.toMatchObject({ kind: 'missing' });
    await open().check();
  });
});

describe('the configuration refuses', () => {
  const smtp = { host: 'mail.example.com' };
  const email = { smtp, from: 'cairn@example.com', to: ['ops@example.com'] };
  const secret = { env: 'SECRET' };
  const webhook = { url: 'https://example.com/x', secret };
  it.each([
    ['a password without TLS', { email: { ...email, smtp: { ...smtp, tls: 'none', user: 'u', password: secret } } }],
    ['a user without a password', { email: { ...email, smtp: { ...smtp, user: 'u' } } }],
    ['an address with a line break', { email: { ...email, to: ['a@b.example\nBcc: c@d.example'] } }],
    ['an address with a name', { email: { ...email, from: 'Cairn <a@b.example>' } }],
    ['neither of both', {}],
    ['both', { email, webhook }],
    ['a URL with a password', { webhook: { ...webhook, url: 'https://u:p@example.com/' } }],
    ['a URL of another kind', { webhook: { ...webhook, url: 'file:///etc/passwd' } }],
    ['a secret that stands there itself', { webhook: { ...webhook, secret: 'whsec_abc' } }],
    ['a secret from two places', { webhook: { ...webhook, secret: { env: 'A', file: '/b' } } }],
    ['an event that does not exist', { webhook, events: ['run.exploded'] }],
  ])('%s', (_, channel) => expect(notificationsSchema.safeParse({ ops: channel }).success).toBe(false));

  it.each(['Ops', 'a/b', '', 'ö'])('the name %j', (name) =>
    expect(notificationsSchema.safeParse({ [name]: { webhook } }).success).toBe(false),
  );

  it('nothing of what is right', () => {
    const channels = { ops: { webhook, events: ['run.failed'], clusters: ['1'] }, mail: { email } };
    expect(notificationsSchema.parse(channels)).toMatchObject({
      mail: { email: { smtp: { port: 587, tls: 'starttls' } } },
    });
  });
});
