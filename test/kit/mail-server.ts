import type { AddressInfo } from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { testTls } from './test-tls';

export interface ReceivedMail {
  readonly from: string;
  readonly to: readonly string[];
  /** Headers and body, as they came. */
  readonly text: string;
  readonly secure: boolean;
  readonly user: string | undefined;
}

export interface MailServer {
  readonly port: number;
  readonly mails: ReceivedMail[];
  close(): Promise<void>;
}

/** A real SMTP server that keeps what it is sent; its one account is `cairn`, with this password. */
export async function startMailServer(
  password: string,
  { port = 0, ...options }: Partial<SMTPServerOptions> & { port?: number } = {},
): Promise<MailServer> {
  const mails: ReceivedMail[] = [];
  const server = new SMTPServer({
    key: testTls.key,
    cert: testTls.cert,
    authMethods: ['PLAIN'],
    logger: false,
    onAuth: (auth, _session, done) =>
      auth.username === 'cairn' && auth.password === password
        ? done(null, { user: 'cairn' })
        : done(new Error(`no such account with ${auth.password}`)),
    onData(stream, { envelope, secure, user }, done) {
      const pieces: Buffer[] = [];
      stream.on('data', (piece: Buffer) => pieces.push(piece));
      stream.on('end', () => {
        mails.push({
          from: envelope.mailFrom === false ? '' : envelope.mailFrom.address,
          to: envelope.rcptTo.map(({ address }) => address),
          text: Buffer.concat(pieces).toString(),
          secure,
          user: user as string | undefined,
        });
        done();
      });
    },
    ...options,
  });
  // A connection that its client breaks off is no error of the test.
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    port: (server.server.address() as AddressInfo).port,
    mails,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
