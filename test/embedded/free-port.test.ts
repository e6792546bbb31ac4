import { createServer, type AddressInfo } from 'node:net';
import { freePort, freePorts, requireFreePorts } from '../../embedded/free-port';

test('free ports lie below those that the kernel gives to outgoing connections, and differ', async () => {
  const ports = await freePorts(20);
  expect(new Set(ports).size).toBe(20);
  for (const port of ports) expect(port > 1024 && port < 32768).toBe(true);
});

test('a port that something listens on is named', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await expect(requireFreePorts([port], 'temporal')).rejects.toThrow(`port ${port} is needed by temporal`);
  await new Promise((resolve) => server.close(resolve));
  await expect(requireFreePorts([await freePort()], 'temporal')).resolves.toBeUndefined();
});

describe('with CAIRN_PORTS', () => {
  const before = process.env['CAIRN_PORTS'];
  afterEach(() => void (process.env['CAIRN_PORTS'] = before));

  test('free ports lie in its range', async () => {
    process.env['CAIRN_PORTS'] = '9100-9149';
    for (const port of await freePorts(10)) expect(port >= 9100 && port < 9150).toBe(true);
  });

  test.each(['9100', '9100-', '80-443', '9200-9100', '9100-70000', ''])(
    'that is %j the hint says how',
    async (told) => {
      process.env['CAIRN_PORTS'] = told;
      await expect(freePort()).rejects.toThrow(`CAIRN_PORTS is "${told}"\nHINT: `);
    },
  );
});
