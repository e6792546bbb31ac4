import type { NameServiceConfig } from '../../model/name-node';
import { nameNodeParts } from '../../sources/name-node';

const config = (host: string): NameServiceConfig => ({
  nameNodes: [{ http: `http://${host}:9870`, host, nameDirs: ['/name'] }],
});
const both = { hacluster: config('nn1'), ns2: config('nn2') };

test('a task that names no NameService backs up all that the cluster has', () => {
  expect(nameNodeParts({ source: 'nameNode' }, both)).toEqual([
    {
      part: 'hacluster',
      writtenAs: 'NameNode',
      spec: { nameService: 'hacluster', nameNodes: both.hacluster.nameNodes },
      dumpHosts: [],
      loadHosts: ['nn1'],
    },
    {
      part: 'ns2',
      writtenAs: 'NameNode-ns2',
      spec: { nameService: 'ns2', nameNodes: both.ns2.nameNodes },
      dumpHosts: [],
      loadHosts: ['nn2'],
    },
  ]);
});

test('a NameService that is named twice makes one set', () => {
  const parts = nameNodeParts({ source: 'nameNode', nameServices: ['ns2', 'ns2'] }, both);
  expect(parts.map(({ writtenAs }) => writtenAs)).toEqual(['NameNode-ns2']);
});

test.each(['ns3', 'constructor', 'toString'])(
  'an unknown NameService such as %s is refused with those that exist',
  (name) => {
    expect(() => nameNodeParts({ source: 'nameNode', nameServices: [name] }, both)).toThrow(
      expect.objectContaining({
        kind: 'invalid',
        message: expect.stringMatching(/HINT: there are: hacluster, ns2/) as string,
      }),
    );
  },
);
