import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Notification } from '../../model/notification';
import { openWebhook } from '../../servers/webhook';

const secret = (letter: string) => `whsec_${Buffer.alloc(32, letter).toString('base64')}`;
const file = join(__dirname, '..', '..', 'examples', 'webhook-receiver', 'receiver.mjs');
const never = new AbortController().signal;

test('the receiver of the examples takes what cairn sends, doubles once, and nothing that is signed with another secret', async () => {
  const child = spawn(process.execPath, [file, '0'], {
    env: { CAIRN_WEBHOOK_SECRET: secret('r') },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const next = async () => (await lines.next()).value as string;
    const [, port] = /^listens on (\d+)$/.exec(await next())!;
    const notification = (id: string): Notification => ({
      id,
      type: 'run.failed',
      timestamp: '2026-11-26T10:00:00.000Z',
      cluster: '1',
      task: id,
      reason: 'no space',
    });
    process.env['EXAMPLE_SECRET'] = secret('r');
    process.env['EXAMPLE_OTHER'] = secret('x');
    const channel = (env: string, old?: string) =>
      openWebhook('ops', {
        url: `http://127.0.0.1:${port}/`,
        secret: { env },
        ...(old !== undefined && { oldSecret: { env: old } }),
      });
    await expect(channel('EXAMPLE_OTHER').deliver(notification('a'), never)).rejects.toMatchObject({ kind: 'denied' });
    for (const id of ['a', 'a', 'b'])
      expect(await channel('EXAMPLE_SECRET').deliver(notification(id), never)).toBe('204 No Content');
    await channel('EXAMPLE_OTHER', 'EXAMPLE_SECRET').deliver(notification('c'), never);
    const told = (id: string) => `2026-11-26T10:00:00.000Z run.failed cluster 1 ${id} no space`;
    expect([await next(), await next(), await next()]).toEqual(['a', 'b', 'c'].map(told));
  } finally {
    child.kill('SIGKILL');
  }
});
