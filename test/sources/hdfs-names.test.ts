import { nameServiceSchema } from '../../model/name-node';
import { hdfsSpecOf } from '../../sources/hdfs';
import { ownName, parseView, tellsOwn, viewName } from '../../sources/hdfs-names';

const label = '20260203040506';

test.each(['a', 'a_b', 'a_own', '_', 'a_20260101000000', 'a_20260101000000_20260101000000_own'])(
  'the name of a view of task %j is read as it was written, also where cairn allowed it',
  (task) => {
    const id = { task, creation: '20260102030405', label };
    expect(parseView(viewName(id))).toEqual(id);
    expect(parseView(ownName(viewName(id)))).toEqual(id);
    expect([viewName(id), ownName(viewName(id))].map(tellsOwn)).toEqual([false, true]);
  },
);

test.each(['s1', 'cairn_', 'cairn_a_1_2', `cairn__${label}`, `cairn-before_${label}`, `cairn_a_${label}_${label}x`])(
  'the snapshot %j is nobody’s view',
  (name) => expect(parseView(name)).toBeUndefined(),
);

test('the NameService of an entry is the one that the configuration has', () => {
  const service = (more: object) =>
    nameServiceSchema.parse({ nameNodes: [{ http: 'http://nn1:9870', host: 'nn1', nameDirs: ['/name'] }], ...more });
  const config = { hacluster: service({}), ns2: service({ uri: 'hdfs://nn2:8020' }) };
  const specOf = (nameService: string) => hdfsSpecOf({ nameService, paths: ['/a'] }, config);
  expect(specOf('hacluster')).toEqual({
    hdfs: { nameService: 'hacluster', uri: 'hdfs://hacluster', nameNodes: ['http://nn1:9870'] },
    paths: ['/a'],
  });
  expect(specOf('ns2').hdfs.uri).toBe('hdfs://nn2:8020');
  for (const name of ['ns3', 'toString'])
    expect(() => specOf(name)).toThrow(
      expect.objectContaining({ kind: 'precondition', message: expect.stringMatching(/ns3|toString/) }),
    );
});
