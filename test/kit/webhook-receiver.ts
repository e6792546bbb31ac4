import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { type WebhookBody, webhookBodySchema } from '../../model/notification-schema';

export interface Receiver {
  readonly port: number;
  /** What came, verified and understood; also what was then answered with an error. */
  readonly heard: WebhookBody[];
  /** Takes the place of `204 No Content`. */
  answer?: ((response: ServerResponse, body: WebhookBody) => void) | undefined;
  close(): Promise<void>;
}

/** A real receiver of webhooks. What is not signed with the secret is answered with 401 and not kept. */
export async function startReceiver(secret: string, port = 0): Promise<Receiver> {
  const heard: WebhookBody[] = [];
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      const body = verified(secret, Buffer.concat(pieces), request.headers);
      if (body === undefined) return void response.writeHead(401).end();
      heard.push(body);
      if (receiver.answer === undefined) response.writeHead(204).end();
      else receiver.answer(response, body);
    });
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
  const receiver: Receiver = {
    port: (server.address() as AddressInfo).port,
    heard,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return receiver;
}

function verified(secret: string, body: Buffer, headers: IncomingHttpHeaders): WebhookBody | undefined {
  try {
    new Webhook(secret).verify(body, headers as Record<string, string>);
  } catch {
    return undefined;
  }
  return webhookBodySchema.parse(JSON.parse(body.toString()));
}
