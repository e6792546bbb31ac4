/** Ports on the loopback interface that nobody listens on. */
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/**
 * Below 32768: from there on the kernel takes ports for outgoing connections, and may take one just before our server.
 * CAIRN_PORTS, such as `11000-19999`, gives a process and its children ports that no other one takes: a server that is
 * stopped for a while finds its port free when it comes back.
 */
function range(): readonly [lowest: number, highest: number] {
  const told = process.env['CAIRN_PORTS'];
  if (told === undefined) return [11_000, 31_999];
  const [, lowest = 0, highest = 0] = (/^(\d+)-(\d+)$/.exec(told) ?? []).map(Number);
  if (lowest >= 1024 && lowest < highest && highest <= 65_535) return [lowest, highest];
  throw new Error(`CAIRN_PORTS is ${JSON.stringify(told)}\nHINT: two ports above 1023, such as 11000-19999`);
}

const givenOut = new Set<number>();

/**
 * A port that was free a moment ago: it was really bound. Tried at random, so that two processes asking at once
 * rarely get the same one; within a process no port is given out twice.
 */
export async function freePort(): Promise<number> {
  const [lowest, highest] = range();
  for (let tries = 0; tries < 200; tries += 1) {
    const port = randomInt(lowest, highest + 1);
    if (givenOut.has(port) || !(await canBeBound(port))) continue;
    givenOut.add(port);
    return port;
  }
  throw new Error(
    `no free port was found between ${lowest} and ${highest}\nHINT: end servers that are no longer needed`,
  );
}

/** So many different free ports. */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  while (ports.length < count) ports.push(await freePort());
  return ports;
}

/** Throws when something listens on one of these ports already. */
export async function requireFreePorts(ports: readonly number[], neededBy: string): Promise<void> {
  for (const port of ports) {
    if (await canBeBound(port)) continue;
    const what = `port ${port} is needed by ${neededBy}, and something else listens on it`;
    throw new Error(`${what}\nHINT: end that other process (\`lsof -i :${port}\` names it), or choose another port`);
  }
}

function canBeBound(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
