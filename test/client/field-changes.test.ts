import { fieldChanges } from '../../client/field-changes';

it('values that are equal have none, whatever the order of their fields', () => {
  expect(fieldChanges({ a: 1, b: [{ c: null }] }, { b: [{ c: null }], a: 1 })).toEqual([]);
});

it('a field is named by its path, with what it was and what it becomes', () => {
  const from = { sources: [{ target: { kind: 'localHdfs', path: '/a' }, copies: 7 }] };
  const to = { sources: [{ target: { kind: 'localHdfs', path: '/b' }, copies: 8 }] };
  expect(fieldChanges(from, to)).toEqual([
    { path: 'sources[0].target.path', from: '/a', to: '/b' },
    { path: 'sources[0].copies', from: 7, to: 8 },
  ]);
});

it('what comes has no from, what goes no to', () => {
  expect(fieldChanges({ paths: ['/a', '/b'], gone: 0 }, { paths: ['/a'], queue: 'q' })).toEqual([
    { path: 'paths[1]', from: '/b' },
    { path: 'gone', from: 0 },
    { path: 'queue', to: 'q' },
  ]);
});

it('a value of another kind is another one as a whole', () => {
  expect(fieldChanges({ a: [1] }, { a: { 0: 1 } })).toEqual([{ path: 'a', from: [1], to: { 0: 1 } }]);
  expect(fieldChanges({ a: null }, { a: {} })).toEqual([{ path: 'a', from: null, to: {} }]);
});
